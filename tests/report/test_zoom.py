from dataclasses import replace

import pytest

from ikura.records import History, OptionCounts, Region, Span, Trial
from ikura.report.zoom import Step, zooms
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    layers=Int(1, 4),
    optimizer=Choice("sgd", "adam", "rmsprop"),
    dropout=Float(0, 1),
)


def found(*regions, rounds=None, space=SPACE, earlier=()):
    history = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, 3, regions=regions)
    for at in range(rounds or 1):
        history = history.with_round([Trial(at, {}, at)])
    return {zoom.dimension: zoom for zoom in zooms(space, history, earlier)}


def span(name, low, high, inside=9, elites=10):
    return Span(name, low, high, inside, elites, None)


def test_each_region_is_a_band_with_its_reason():
    rate = found(Region(1, 64, (span("rate", 0.01, 0.1),)))["rate"]
    first, second = rate.steps
    assert (first.bands, first.reason) == (((0.0, 1.0, 1.0),), "the whole range")
    assert second.bands == ((pytest.approx(0.5), pytest.approx(0.75), 1.0),)
    assert second.reason == "9 of 10 best between 0.01 and 0.1"
    assert rate.width == pytest.approx(0.25)


def test_an_integer_band_holds_the_whole_cells_of_its_levels():
    (_, step) = found(Region(1, 64, (span("layers", 2, 3, 10),)))["layers"].steps
    assert step.bands == ((pytest.approx(0.25), pytest.approx(0.75), 1.0),)
    assert step.reason == "10 of 10 best between 2 and 3"
    (_, alone) = found(Region(1, 64, (span("layers", 2, 2),)))["layers"].steps
    assert alone.reason == "9 of 10 best at 2"


def test_shares_are_weighted_bands_named_most_frequent_first():
    shares = OptionCounts("optimizer", (("sgd", 1), ("adam", 7), ("rmsprop", 2)), 10)
    optimizer = found(Region(1, 64, (shares,)))["optimizer"]
    assert optimizer.steps[1].reason == "adam in 7 of 10 best, rmsprop in 2, sgd in 1"
    assert [weight for _, _, weight in optimizer.steps[1].bands] == [0.1, 0.7, 0.2]
    assert optimizer.steps[1].bands[1][:2] == pytest.approx((1 / 3, 2 / 3))
    assert optimizer.width == pytest.approx(0.3)


def test_shares_of_a_numeric_choice_lie_where_the_space_puts_its_options():
    space = Space(batch_size=Choice(64, 32))
    batch_size = found(Region(1, 8, (OptionCounts("batch_size", ((64, 4), (32, 0)), 4),)), space=space)["batch_size"]
    assert batch_size.steps[1].bands == ((0.5, 1.0, 1.0),)


def test_the_most_narrowed_dimension_comes_first():
    region = Region(1, 64, (span("dropout", 0.0, 0.95), span("rate", 0.01, 0.02)))
    zoomed = found(region)
    assert list(zoomed) == ["rate", "dropout"]
    assert zoomed["dropout"].steps[1].reason == "still the whole range"


def test_rounds_with_one_reason_are_told_together_and_one_without_region_starts_afresh():
    wide, narrow = span("dropout", 0.0, 1.0), span("dropout", 0.2, 0.4)
    zoomed = found(*(Region(at, at, (item,)) for at, item in [(1, wide), (2, wide), (4, narrow)]), rounds=5)["dropout"]
    assert zoomed.reasons == (
        ("round 1", "the whole range"),
        ("rounds 2–3", "still the whole range"),
        ("round 4", "afresh from the whole range"),
        ("round 5", "9 of 10 best between 0.2 and 0.4"),
    )


def test_a_dimension_that_no_elite_has_is_said_to_be_unused():
    zoomed = found(Region(1, 64, (span("dropout", float("nan"), float("nan"), inside=0, elites=0),)))["dropout"]
    assert (zoomed.steps[1].bands, zoomed.steps[1].reason) == ((), "none of the best trials has it")
    assert zoomed.width == 1.0


def test_a_study_without_regions_has_no_zoom():
    assert found() == {}


def test_a_round_of_a_space_of_before_has_the_range_of_that():
    before = Space(rate=Float(1e-3, 0.1, scale="log"), optimizer=Choice("adam", "rmsprop"))
    now = Space(**{**SPACE.dimensions, "optimizer": Choice("sgd")})
    parts = (
        *(span(name, 0.5, 1) for name in ("rate", "layers", "dropout")),
        OptionCounts("optimizer", (("sgd", 0),), 4),
    )
    drawn = found(Region(1, 4, parts), earlier=[(1, before), (9, now)])
    steps = {name: zoom.steps for name, zoom in drawn.items()}
    assert steps["rate"][0].bands == ((pytest.approx(0.25), pytest.approx(0.75), 1.0),)
    assert steps["optimizer"][0].bands == (
        (pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0),
        (pytest.approx(2 / 3), pytest.approx(1.0), 1.0),
    )
    assert steps["dropout"][0] == Step(0, (), "not in the space")
    assert steps["optimizer"][1] == Step(1, (), "the best trials have options that are left out")


@pytest.mark.parametrize(
    ("length_scale", "words"),
    [
        (0.12, "matters much: results change over 12 % of its range"),
        (0.5, "matters: results change over 50 % of its range"),
        (2.5, "little effect seen: results would change over 2.5 times its range"),
        (40.0, "no effect seen: results would change over 40 times its range"),
        (None, None),
    ],
)
def test_length_scales_say_how_much_a_dimension_matters(length_scale, words):
    early = replace(span("rate", 0.01, 0.1), length_scale=9.0)
    last = replace(span("rate", 0.01, 0.1), length_scale=length_scale)
    matters = found(Region(1, 9, (early,)), Region(2, 18, (last,)))["rate"].matters
    assert (matters and matters.replace("\u00a0", " ")) == words

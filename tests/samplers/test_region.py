import numpy as np
import pytest

from ikura.records import History, OptionCounts, Span
from ikura.samplers import CoarseToFineSampler
from ikura.samplers.elites import choose_elites
from ikura.samplers.region import describe_region, edge
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)


def test_a_region_says_where_it_samples_and_why(append):
    space = Space(
        rate=Float(1e-4, 1.0, scale="log"),
        momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["sgd"]}),
        units=Int(1, 9),
        optimizer=Choice("sgd", "adam", "lion"),
    )
    configs = [
        {"rate": 0.01, "units": 5, "momentum": 0.99, "optimizer": "sgd"},
        {"rate": 0.01, "units": 5, "momentum": 0.99, "optimizer": "sgd"},
        {"rate": 0.01, "units": 5, "optimizer": "adam"},
        {"rate": 0.9, "units": 5, "momentum": 0.99, "optimizer": "sgd"},
    ]
    history = append(EMPTY, configs, lambda config: 0.5)
    elites = choose_elites(space, history, history.ranking)
    region = describe_region(space, elites, round_number=3, trials=4)
    assert (region.round, region.trials) == (3, 4)
    rate, momentum, units, optimizer = region.dimensions
    assert rate.inside == sum(rate.low <= config["rate"] <= rate.high for config in configs)
    assert (rate.dimension, rate.elites) == ("rate", 4)
    bounds = (elites.center[0] + 2 * elites.spread[0] * np.array([-1, 1])).clip(0, 1)
    assert [rate.low, rate.high] == pytest.approx(1e-4 * 1e4**bounds)
    assert 0.9 <= momentum.low < 0.99 < momentum.high <= 0.999
    assert (momentum.inside, momentum.elites) == (3, 3)
    assert units == Span("units", 4, 6, inside=4, elites=4, edge=None)
    assert optimizer == OptionCounts("optimizer", (("sgd", 3), ("adam", 1), ("lion", 0)), elites=4)


@pytest.mark.parametrize(
    ("center", "spread", "expected"),
    [
        (0.5, 0.289, None),
        (0.35, 0.25, None),
        (0.05, 0.04, "low"),
        (0.95, 0.04, "high"),
        (0.01, 0.01, "low"),
        (0.1, 0.01, None),
        (0.9, 0.02, None),
        (0.15, 0.15, None),
    ],
)
def test_the_edge_needs_a_small_region_at_the_bound(center, spread, expected):
    assert edge(center, spread) == expected


SPACE = Space(
    at_low=Float(1e-4, 1.0, scale="log"),
    inner=Float(0, 1),
    at_high=Float(0, 0.999, scale="one-minus-log"),
    idle=Float(0, 1),
)


def bowl(config):
    low, high = np.log10(config["at_low"]) / 4 + 1, -np.log10(1 - config["at_high"]) / 3
    return -(low**2) - (config["inner"] - 0.6) ** 2 - (high - 1) ** 2


def last_spans(search, seeds):
    for seed in seeds:
        region = search(CoarseToFineSampler(), SPACE, bowl, 256, seed).regions[-1]
        yield {span.dimension: span for span in region.dimensions}


def test_an_optimum_on_a_bound_is_reported_and_no_other(search):
    edges = [{name: span.edge for name, span in spans.items()} for spans in last_spans(search, range(20))]
    # In 400 searches with other seeds 82 % of these are found and 2.5 % of the idle blamed; the limits lie 3 sigma off.
    assert sum((edge["at_low"] == "low") + (edge["at_high"] == "high") for edge in edges) >= 25
    assert not any(edge["at_low"] == "high" or edge["at_high"] == "low" for edge in edges)
    assert not any(edge["inner"] for edge in edges)
    assert sum(edge["idle"] is not None for edge in edges) <= 2


def test_the_region_closes_in_on_the_optimum_and_stays_wide_where_nothing_matters(search):
    spans = list(last_spans(search, range(20)))
    widths = {name: np.median([span[name].high - span[name].low for span in spans]) for name in ("inner", "idle")}
    assert widths["inner"] < 0.2
    assert widths["idle"] > 0.4
    assert sum(span["inner"].low <= 0.6 <= span["inner"].high for span in spans) >= 18

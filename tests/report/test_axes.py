import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.report.axes import MOST_TICKS, axes
from ikura.space import Choice, Float, Int, Space


def ticks(dimension):
    return [text for _, text in axes(Space(x=dimension))[0].ticks]


@pytest.mark.parametrize(
    ("dimension", "texts"),
    [
        (Float(1e-4, 1.0, scale="log"), ["0.0001", "0.001", "0.01", "0.1", "1"]),
        (Float(0.9, 0.999, scale="one-minus-log"), ["0.9", "0.99", "0.999"]),
        (Float(0.9, 0.99, scale="one-minus-log"), ["0.9", "0.95", "0.98", "0.99"]),
        (Float(0.0, 0.5), ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
        (Float(0.01, 0.03, scale="log"), ["0.01", "0.015", "0.02", "0.025", "0.03"]),
        (Int(1, 3), ["1", "2", "3"]),
        (Int(16, 256, scale="log"), ["16", "32", "64", "128", "256"]),
        (Int(10, 500), ["100", "200", "300", "400", "500"]),
        (Choice("adam", "rmsprop"), ["adam", "rmsprop"]),
        (Choice(64, 32), ["64", "32"]),
        (Choice(True, False), ["True", "False"]),
    ],
)
def test_ticks_stand_at_round_values(dimension, texts):
    assert ticks(dimension) == texts


def test_ticks_lie_where_the_space_puts_their_values():
    (axis,) = axes(Space(momentum=Float(0.9, 0.999, scale="one-minus-log")))
    assert [place for place, _ in axis.ticks] == pytest.approx([0.0, 0.5, 1.0])
    (choice,) = axes(Space(batch_size=Choice(64, 32)))
    assert choice.ticks == ((0.75, "64"), (0.25, "32"))


@settings(deadline=None)
@given(
    low=st.floats(1e-8, 1e6),
    factor=st.floats(1.001, 1e9),
    scale=st.sampled_from(["linear", "log"]),
    whole=st.booleans(),
)
def test_any_range_has_a_few_ticks_inside_it(low, factor, scale, whole):
    dimension = (
        Int(1 + int(low), 2 + int(min(low * factor, 1e12)), scale=scale)
        if whole
        else Float(low, low * factor, scale=scale)
    )
    (axis,) = axes(Space(x=dimension))
    places = [place for place, _ in axis.ticks]
    assert 1 <= len(places) <= 2 * MOST_TICKS
    assert places == sorted(places)
    assert np.all((np.array(places) >= 0) & (np.array(places) <= 1))


def test_trials_of_few_levels_are_spread_but_stay_in_their_cells():
    few, many, continuous = axes(Space(a=Int(1, 4), b=Int(1, 400), c=Float(0, 1)))
    assert few.spread == pytest.approx(0.35 / 4)
    assert few.spread < 0.5 / 4
    assert (many.spread, continuous.spread) == (0, 0)


def test_scales_and_conditions_are_said_in_words():
    space = Space(
        optimizer=Choice("sgd", "momentum", "nesterov"),
        momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["momentum", "nesterov"]}),
    )
    optimizer, momentum = axes(space)
    assert (optimizer.scale, optimizer.condition) == ("choice", None)
    assert momentum.scale == "log scale of 1 − x"
    assert momentum.condition == "only when optimizer is momentum or nesterov"

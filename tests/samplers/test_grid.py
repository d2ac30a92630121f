import pytest

from ikura.errors import SettingError
from ikura.records import History
from ikura.samplers import GridSampler
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)


def grid(space, limit=1000, points=None):
    return GridSampler(points).propose(space, EMPTY, limit, seed=0).configs


def test_every_combination_is_tried_in_order():
    space = Space(rate=Float(0.001, 0.1, scale="log"), optimizer=Choice("sgd", "adam"))
    rates = [0.001, pytest.approx(0.01), 0.1]
    assert grid(space, 6) == [{"rate": rate, "optimizer": name} for rate in rates for name in ("sgd", "adam")]


def test_points_set_the_values_of_each_range():
    assert grid(Space(x=Float(0, 1)), points=5) == [{"x": x} for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert grid(Space(n=Int(1, 9)), points=3) == [{"n": 1}, {"n": 5}, {"n": 9}]
    assert grid(Space(n=Int(1, 3)), points=7) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert grid(Space(n=Int(1, 64, scale="log")), points=4)[0] == {"n": 1}


def test_without_points_the_finest_grid_that_fits_is_taken():
    space = Space(x=Float(0, 1), y=Float(0, 1), kind=Choice("a", "b"))
    assert [len(grid(space, budget)) for budget in (8, 17, 18, 31, 64, 1000)] == [8, 8, 18, 18, 50, 968]


def test_dimensions_that_do_not_exist_do_not_multiply():
    space = Space(
        optimizer=Choice("sgd", "adam"),
        momentum=Choice(0.9, 0.99, when={"optimizer": ["sgd"]}),
        beta=Choice(0.9, 0.99, 0.999, when={"optimizer": ["adam"]}),
    )
    assert len(grid(space, 5)) == 5
    with pytest.raises(SettingError, match="5 configurations"):
        grid(space, 4)


def test_a_grid_larger_than_the_budget_says_what_to_do():
    space = Space(**{f"x{i}": Float(0, 1) for i in range(10)})
    with pytest.raises(SettingError) as caught:
        grid(space, 64)
    for words in (
        "even the coarsest grid",
        "1024 configurations",
        "64 trials",
        "raise the trials to 1024",
        "another sampler",
    ):
        assert words in str(caught.value)
    with pytest.raises(SettingError, match=r"the 9-point grid of this space has 81 configurations"):
        grid(Space(x=Float(0, 1), y=Float(0, 1)), 64, points=9)


def test_an_enormous_grid_is_refused_at_once():
    with pytest.raises(SettingError, match=str(2**100)):
        grid(Space(**{f"x{i}": Int(0, 2**40) for i in range(100)}), 64)


def test_a_grid_goes_on_where_it_was_left(append):
    space = Space(x=Float(0, 1), y=Int(1, 4))
    whole = grid(space, 40)
    history = append(EMPTY, whole[:10], lambda config: 0.5)
    assert GridSampler().propose(space, history, 30, seed=0).configs == whole[10:]


def test_a_grid_needs_two_points():
    with pytest.raises(SettingError, match="points is 1"):
        GridSampler(points=1)

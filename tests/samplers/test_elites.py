from dataclasses import replace

import numpy as np
import pytest

from ikura.records import Edit, History
from ikura.samplers.elites import choose_elites, draw_around
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)

SPACE = Space(
    x=Float(0, 1),
    kind=Choice("a", "b", "c"),
    beta=Float(0, 1, when={"kind": ["b"]}),
    layers=Int(1, 4),
)


def elites_of(append, space, configs):
    history = append(EMPTY, configs, lambda config: 1 - configs.index(config) / 100)
    return choose_elites(space, history, history.ranking)


@pytest.mark.parametrize(("trials", "count"), [(1, 1), (3, 3), (16, 4), (64, 4), (100, 5), (256, 8), (10_000, 24)])
def test_about_half_the_root_of_the_trials_are_elites(append, trials, count):
    space = Space(x=Float(0, 1))
    history = append(EMPTY, [{"x": x} for x in np.linspace(0, 1, trials).tolist()], lambda config: config["x"])
    elites = choose_elites(space, history, history.ranking)
    assert len(elites.configs) == count
    assert elites.configs[0] == {"x": 1.0} or trials == 1
    assert elites.weights.sum() == pytest.approx(1)
    assert (np.diff(elites.weights) < 0).all()


def test_center_and_spread_are_weighted(append):
    xs = [0.3, 0.5, 0.8, 0.4]
    elites = elites_of(append, Space(x=Float(0, 1)), [{"x": x} for x in xs])
    weights = np.log(4.5) - np.log([1, 2, 3, 4])
    center = np.average(xs, weights=weights)
    assert elites.center == pytest.approx([center])
    assert elites.spread == pytest.approx([np.sqrt(np.average((np.array(xs) - center) ** 2, weights=weights))])


def test_the_spread_never_falls_below_a_floor(append):
    elites = elites_of(
        append, Space(x=Float(0, 1), layers=Int(1, 4)), [{"x": 0.5 + i * 1e-9, "layers": 2} for i in range(4)]
    )
    assert elites.spread == pytest.approx([0.01, 0.1])


def test_elites_without_a_dimension_say_nothing_about_it(append):
    none = elites_of(append, SPACE, [{"x": x, "kind": "a", "layers": 1} for x in (0.1, 0.2, 0.3, 0.4)])
    assert (none.center[2], none.spread[2]) == pytest.approx((0.5, np.sqrt(1 / 12)))
    one = elites_of(
        append,
        SPACE,
        [{"x": 0.1, "kind": "b", "beta": 0.9, "layers": 1}]
        + [{"x": x, "kind": "a", "layers": 1} for x in (0.2, 0.3, 0.4)],
    )
    assert one.center[2] == pytest.approx(0.9)
    assert 0.1 < one.spread[2] < np.sqrt(1 / 12)
    drawn = draw_around(SPACE, none, np.random.default_rng(0))[:, 2]
    assert np.histogram(drawn, bins=4, range=(0, 1))[0].min() > 40


def test_points_are_drawn_around_the_elites_and_a_tenth_anywhere(append):
    configs = [{"x": 0.2 + i / 1000, "kind": "b", "beta": 0.999, "layers": 3} for i in range(4)]
    elites = elites_of(append, SPACE, configs)
    rng = np.random.default_rng(0)
    unit = np.concatenate([draw_around(SPACE, elites, rng) for _ in range(40)])
    assert ((unit >= 0) & (unit <= 1)).all()
    near = np.abs(unit[:, 0] - 0.2) < 0.05
    assert near.mean() == pytest.approx(0.9 + 0.1 * 0.1, abs=0.01)
    assert (unit[:, 2] > 0.95).mean() == pytest.approx(0.9 + 0.1 * 0.05, abs=0.01)
    kinds = np.bincount((unit[:, 1] * 3).astype(int)) / len(unit)
    # Nine tenths: half inherit b, half draw by (0 + 1, 4 + 1, 0 + 1) / 7; one tenth any.
    assert kinds == pytest.approx([0.9 / 14 + 0.1 / 3, 0.9 * (0.5 + 5 / 14) + 0.1 / 3, 0.9 / 14 + 0.1 / 3], abs=0.015)


def test_children_mix_their_parents(append):
    space = Space(x=Float(0, 1), y=Float(0, 1))
    elites = elites_of(append, space, [{"x": 0.1, "y": 0.1}, {"x": 0.9, "y": 0.9}])
    narrow = type(elites)(elites.configs, elites.unit, np.array([0.5, 0.5]), elites.center, np.array([0.01, 0.01]))
    rng = np.random.default_rng(1)
    high = np.concatenate([draw_around(space, narrow, rng) for _ in range(20)]) > 0.5
    # Each dimension keeps the first parent's value half of the time, and draws its own parent otherwise.
    assert (high[:, 0] != high[:, 1]).mean() == pytest.approx(0.9 * 3 / 8 + 0.1 / 2, abs=0.02)


def test_a_trial_that_was_changed_under_training_counts_as_what_it_became(append):
    history = append(EMPTY, [{"x": x} for x in (0.1, 0.2, 0.3)], lambda config: config["x"])
    changed = replace(history, edits={2: (Edit(1, {"x": 0.9}),)})
    assert choose_elites(Space(x=Float(0, 1)), changed, changed.ranking).configs == [{"x": 0.9}, {"x": 0.2}, {"x": 0.1}]

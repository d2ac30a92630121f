import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.schedulers.explore import explore
from ikura.space import Choice, Float, Int, Space

RESAMPLE = 0.25
"""How often a value is to be drawn from the whole dimension."""


def moved(dimension, value, count=4000):
    """What becomes of a value, so many times; and those that were perturbed only."""
    rng, space = np.random.default_rng(0), Space(x=dimension)
    return [explore(space, frozenset({"x"}), {"x": value}, rng)["x"] for _ in range(count)]


def perturbed(dimension, value):
    """The values that come too often to have been drawn from the whole dimension, with how often they come."""
    values = moved(dimension, value)
    found, counts = np.unique(values, return_counts=True)
    return {value: count / len(values) for value, count in zip(found.tolist(), counts, strict=True) if count > 40}


HALF = pytest.approx((1 - RESAMPLE) / 2, abs=0.025)


@pytest.mark.parametrize(
    ("dimension", "value", "down", "up"),
    [
        (Float(1e-4, 1.0, scale="log"), 0.01, 0.008, 0.012),
        (Float(0.0, 0.5), 0.2, 0.16, 0.24),
        (Float(-1.0, 1.0), -0.5, -0.6, -0.4),
        (Float(0.5, 0.9999, scale="one-minus-log"), 0.9, 0.88, 0.92),
        (Float(1e-4, 1.0, scale="log"), 1.0, 0.8, 1.0),
        (Float(0.1, 0.5), 0.1, 0.1, 0.12),
        (Float(0, 1), 1.0, 0.8, 1.0),
    ],
)
def test_floats_are_multiplied_on_their_own_scale_and_clipped(dimension, value, down, up):
    shares = perturbed(dimension, value)
    assert list(shares) == pytest.approx([down, up])
    assert list(shares.values()) == [HALF, HALF]


@pytest.mark.parametrize(
    ("dimension", "value", "down", "up"),
    [
        (Int(1, 1000, static=False), 100, 80, 120),
        (Int(0, 1000, step=10, static=False), 100, 80, 120),
        (Int(1, 1000, static=False), 2, 1, 3),
        (Int(0, 1000, step=250, static=False), 500, 250, 750),
        (Int(0, 1000, static=False), 1000, 800, 1000),
        (Int(0, 1000, static=False), 0, 0, 1),
        (Int(-1000, 0, static=False), -100, -120, -80),
    ],
)
def test_integers_move_by_a_step_at_least(dimension, value, down, up):
    often = {v: share for v, share in perturbed(dimension, value).items() if share > 0.3}
    spread = RESAMPLE / dimension.levels
    assert often == {each: pytest.approx((1 - RESAMPLE) / 2 + spread, abs=0.025) for each in (down, up)}


def test_options_that_are_numbers_move_to_a_neighbour_by_value():
    shares = perturbed(Choice(64, 16, 32, 128), 32)
    step = (1 - RESAMPLE) / 2
    assert shares == {
        16: pytest.approx(step + RESAMPLE / 4, abs=0.025),
        32: pytest.approx(RESAMPLE / 4, abs=0.025),
        64: pytest.approx(step + RESAMPLE / 4, abs=0.025),
        128: pytest.approx(RESAMPLE / 4, abs=0.025),
    }
    assert perturbed(Choice(16, 32, 64), 16)[16] == pytest.approx(step + RESAMPLE / 3, abs=0.025)


def test_options_without_an_order_are_only_drawn_anew():
    shares = perturbed(Choice("a", "b", "c"), "b")
    assert shares == {
        "a": pytest.approx(RESAMPLE / 3, abs=0.025),
        "b": pytest.approx(1 - RESAMPLE * 2 / 3, abs=0.025),
        "c": pytest.approx(RESAMPLE / 3, abs=0.025),
    }


def test_one_in_four_is_drawn_from_the_whole_dimension():
    values = np.array(moved(Float(1e-4, 1.0, scale="log"), 0.01))
    drawn = values[~np.isclose(values, 0.008) & ~np.isclose(values, 0.012)]
    assert len(drawn) / len(values) == pytest.approx(RESAMPLE, abs=0.025)
    assert np.quantile(np.log10(drawn), [0.25, 0.5, 0.75]) == pytest.approx([-3, -2, -1], abs=0.2)


@given(st.integers(0, 2**32))
@settings(deadline=None)
def test_what_comes_out_belongs_to_the_space_and_what_is_not_free_stays(space, seed):
    rng = np.random.default_rng(seed)
    [config] = space.decode(rng.random((1, len(space))))
    free = frozenset({"rate", "momentum", "dropout", "warmup", "decay", "clip", "epsilon", "batch_size"})
    for _ in range(5):
        explored = explore(space, free, config, rng)
        space.check(explored)
        assert explored.keys() == config.keys()
        assert all(explored[name] == config[name] for name in config if name not in free)
        # Python's own numbers, which JSON can write.
        assert {type(value) for value in explored.values()} <= {int, float, str, bool}
        config = explored


def test_the_order_of_a_configurations_keys_does_not_matter(space):
    [config] = space.decode(np.full((1, len(space)), 0.4))
    backwards = dict(reversed(config.items()))
    free = frozenset(space.names)
    first, second = (explore(space, free, each, np.random.default_rng(5)) for each in (config, backwards))
    assert first == second != config


def test_what_a_space_of_before_had_is_drawn_anew_or_kept():
    space = Space(rate=Float(0.1, 0.5), units=Int(8, 32, step=8), batch=Choice(16, 32), kind=Choice("a", "b"))
    before = {"rate": 3.0, "units": 9, "batch": 64, "kind": "gone", "momentum": 0.9}
    rng = np.random.default_rng(0)
    for _ in range(50):
        after = explore(space, frozenset(space.names), before, rng)
        assert after.pop("momentum") == 0.9
        space.check(after)

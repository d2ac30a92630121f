"""Configurations that say only some of their values."""

import numpy as np

from ikura.space import Choice, Float, Space, completed, drawn_values, shared

SPACE = Space(
    other=Float(0, 1, when={"kind": ["c"]}), kind=Choice("a", "b", "c", when={"on": [True]}), on=Choice(True, False)
)


def test_what_decides_whether_a_value_can_be_is_such_that_it_can():
    for seed in range(20):
        values = drawn_values(SPACE, np.random.default_rng(seed))
        assert completed(SPACE, {"other": 0.5}, values) == {"other": 0.5, "kind": "c", "on": True}
        drawn = completed(SPACE, {}, values)
        SPACE.check(drawn)
        assert drawn.items() <= values.items()


def test_values_are_as_the_space_would_draw_them():
    given = {"other": np.float32(0.5), "kind": "c", "on": True}
    assert [type(value) for value in completed(SPACE, given, {}).values()] == [float, str, bool]
    sizes = Space(size=Choice(16, 32))
    assert type(completed(sizes, {"size": 32.0}, {})["size"]) is int


def test_what_lies_beyond_the_space_is_not_shared_and_what_it_lacks_is_left_out():
    values = {"other": 0.25, "kind": "a", "on": True}
    assert shared(SPACE, {"kind": "c", "far": 1}, values) == {"other": 0.25, "kind": "c", "on": True}
    assert shared(SPACE, {"kind": "a", "other": 9}, values) == {"kind": "a", "on": True}
    assert shared(SPACE, {"kind": "d"}, values) is None

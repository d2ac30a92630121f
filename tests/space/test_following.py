"""Spaces of one study, one after the other."""

import numpy as np
import pytest

from ikura.errors import SpaceError
from ikura.space import Choice, Float, Int, Space, check_follows, differences, holding, united

MOMENTA = {"optimizer": ["momentum"]}
BEFORE = Space(
    rate=Float(1e-3, 0.1, scale="log"),
    units=Int(8, 64),
    optimizer=Choice("adam", "momentum"),
    momentum=Float(0.8, 0.99, when=MOMENTA),
)


def changed(**dimensions):
    return Space(**{**BEFORE.dimensions, **dimensions})


@pytest.mark.parametrize(
    "after",
    [
        changed(rate=Float(1e-5, 2.0)),
        changed(rate=Choice(0.01), units=Choice(16, 32)),
        changed(units=Float(1.0, 9.0)),
        changed(optimizer=Choice("adam", "sgd", "momentum"), dropout=Float(0, 0.5)),
        # What can exist no more may go.
        Space(rate=Float(1e-3, 0.1), units=Int(8, 64), optimizer=Choice("adam")),
    ],
)
def test_what_may_follow(after):
    check_follows(BEFORE, after)


@pytest.mark.parametrize(
    ("after", "line"),
    [
        (
            Space(rate=Float(1e-3, 0.1), optimizer=Choice("adam")),
            "units: is not in the new space; a dimension of a study stays: keep it, or ",
        ),
        (
            Space(rate=Float(1e-3, 0.1), units=Int(8, 64), optimizer=Choice("adam", "momentum")),
            "momentum: is not in the new space; ",
        ),
        (
            changed(rate=Choice("high", "low")),
            "rate: was a number from 0.001 to 0.1, and is 'high' or 'low' in the new",
        ),
    ],
)
def test_what_may_not_follow(after, line):
    with pytest.raises(SpaceError) as refused:
        check_follows(BEFORE, after)
    assert str(refused.value).startswith(line)


def test_a_united_space_holds_what_is_in_any():
    after = Space(
        rate=Float(0.0, 0.05),
        units=Choice(4, 12),
        optimizer=Choice("adam", "sgd"),
        dropout=Float(0, 0.5, when={"optimizer": ["sgd"]}),
    )
    found = united([BEFORE, after])
    assert found == Space(
        rate=Float(0.0, 0.1),
        units=Int(4, 64),
        optimizer=Choice("adam", "sgd", "momentum"),
        dropout=Float(0, 0.5, when={"optimizer": ["sgd"]}),
        momentum=Float(0.8, 0.99, when=MOMENTA),
    )
    for space in (BEFORE, after):
        for config in space.decode(np.random.default_rng(0).random((50, len(space)))):
            assert all(found.dimensions[name].accepts(value) for name, value in config.items())
    assert united([BEFORE]) == BEFORE


def test_steps_are_as_wide_as_all_values_allow():
    assert united([Space(x=Int(8, 64, step=8)), Space(x=Choice(4, 12))]).dimensions["x"] == Int(4, 64, step=4)
    assert united([Space(x=Int(3, 3)), Space(x=Int(3, 3))]).dimensions["x"] == Int(3, 3)


def test_the_last_scale_that_fits_is_taken():
    narrow, wide, zero = Float(0.1, 0.9, scale="one-minus-log"), Float(0.01, 2.0, scale="log"), Float(0.0, 0.5)
    assert united([Space(x=narrow), Space(x=wide)]).dimensions["x"].scale == "log"
    assert united([Space(x=wide), Space(x=narrow)]).dimensions["x"].scale == "log"
    assert united([Space(x=zero), Space(x=wide)]).dimensions["x"] == Float(0.0, 2.0)
    assert united([Space(x=narrow), Space(x=zero)]).dimensions["x"].scale == "linear"
    assert united([Space(x=Int(1, 9, scale="log")), Space(x=Float(0.5, 0.9, scale="one-minus-log"))]) == Space(
        x=Float(0.5, 9, scale="log")
    )


def test_a_condition_that_names_what_is_a_float_by_now_is_none():
    before = Space(a=Int(1, 3), b=Float(0, 1, when={"a": [2]}), c=Float(0, 1))
    assert united([before, Space(a=Float(0.5, 3.0), c=Float(0, 1))]).dimensions["b"].when is None


def test_a_role_stays_with_what_is_united_unless_it_was_fixed_only_at_last():
    free = Space(a=Choice("x", "y"), b=Int(1, 4), c=Float(0, 1))
    fixed = Space(a=Choice("x", role="fixed"), b=Choice(2, role="fixed"), c=Float(0, 2, role="scientific"))
    assert [dimension.role for _, dimension in united([free, fixed]).items] == ["nuisance", "nuisance", "scientific"]
    assert united([fixed, fixed]).dimensions["a"] == fixed.dimensions["a"]
    asked = Space(**{**free.dimensions, "c": Float(0, 1, role="scientific")})
    assert list(differences(free, asked)) == ["c is scientific (before: nuisance)"]


def test_other_values_join():
    assert holding(Choice("gelu", "tanh"), ["gelu", "relu"]) == Choice("gelu", "tanh", "relu")
    assert holding(Float(1e-6, 1e-2, scale="log"), [0.0, 1e-3]) == Float(0.0, 1e-2)
    assert holding(Choice("a"), ["a"]) == Choice("a")


def test_differences_in_words():
    after = Space(
        rate=Float(1e-3, 0.1),
        units=Int(8, 128),
        optimizer=Choice("adam"),
        dropout=Float(0, 0.5),
    )
    assert list(differences(BEFORE, after)) == [
        "rate is drawn on another scale",
        "units is an integer from 8 to 128 (before: an integer from 8 to 64)",
        "optimizer is 'adam' (before: 'adam' or 'momentum')",
        "dropout is new: a number from 0 to 0.5",
        "momentum is left out",
    ]
    assert list(differences(BEFORE, changed(momentum=Float(0.8, 0.99)))) == ["momentum exists on another condition"]
    assert list(differences(BEFORE, BEFORE)) == []


def test_what_is_beyond_a_space_has_a_place():
    space = changed(one=Float(0.5, 0.9, scale="one-minus-log"))
    config = {"rate": 0.0, "units": 500, "optimizer": "sgd", "momentum": 0.9, "one": 2.0}
    unit = space.encode([config, config | {"rate": 7.0}])
    assert np.isnan(unit[:, 2]).all()
    assert np.array_equal(np.delete(unit, [2, 3], axis=1), [[0, 1, 1], [1, 1, 1]])
    space.check(space.decode(unit)[0])


def test_a_configuration_is_filled():
    known = {"momentum": 0.9, "dropout": 0.0, "optimizer": "momentum", "other": 1}
    space = changed(dropout=Float(0.1, 0.5))
    assert space.filled({"rate": 0.01, "units": 8}, known) == {
        "rate": 0.01, "units": 8, "optimizer": "momentum", "momentum": 0.9, "dropout": 0.0,
    }  # fmt: skip
    adam = {"rate": 0.01, "units": 8, "optimizer": "adam", "dropout": 0.2}
    assert space.filled(adam, known) == adam
    with pytest.raises(KeyError, match="dropout"):
        space.filled({"rate": 0.01, "units": 8, "optimizer": "adam"}, {})

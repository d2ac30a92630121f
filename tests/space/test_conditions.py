import numpy as np
import pytest

from ikura.errors import SpaceError
from ikura.space import Choice, Float, Int, Space


def nested() -> Space:
    return Space(
        beta=Float(0.8, 0.99, when={"optimizer": ["adam"], "tuned": [True]}),
        tuned=Choice(True, False, when={"optimizer": ["adam", "rmsprop"]}),
        optimizer=Choice("sgd", "rmsprop", "adam"),
        width=Int(1, 4),
        second=Int(1, 4, when={"width": [3, 4]}),
    )


def test_a_dimension_exists_only_under_its_condition():
    unit = np.random.default_rng(0).random((500, 5))
    for config in nested().decode(unit):
        assert ("tuned" in config) == (config["optimizer"] != "sgd")
        assert ("beta" in config) == (config["optimizer"] == "adam" and config.get("tuned", False))
        assert ("second" in config) == (config["width"] >= 3)


def test_a_condition_fails_where_the_other_dimension_does_not_exist():
    space = Space(a=Choice("x", "y"), b=Choice(1, when={"a": ["x"]}), c=Float(0, 1, when={"b": [1]}))
    assert space.decode([[0.9, 0.5, 0.5]]) == [{"a": "y"}]
    assert space.active(np.array([[0.9, 0.5, 0.5], [0.1, 0.5, 0.5]])).tolist() == [[True, False, False], [True] * 3]


def test_values_of_a_condition_keep_their_type():
    space = Space(kind=Choice("1", 1), size=Float(0, 1, when={"kind": [1]}), label=Float(0, 1, when={"kind": ["1"]}))
    assert space.decode([[0.1, 0.5, 0.5], [0.9, 0.5, 0.5]]) == [{"kind": "1", "label": 0.5}, {"kind": 1, "size": 0.5}]


def test_a_condition_may_list_text_and_numbers_together():
    space = Space(kind=Choice("a", 1, "b"), size=Float(0, 1, when={"kind": ["a", 1]}))
    assert space.decode([[0.1, 0.5], [0.5, 0.5], [0.9, 0.5]]) == [
        {"kind": "a", "size": 0.5},
        {"kind": 1, "size": 0.5},
        {"kind": "b"},
    ]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"optimiser": ["adam"]}, ["'optimiser'", "did you mean 'optimizer'?"]),
        ({"optimizer": ["adamw"]}, ["'adamw'", "'sgd' or 'adam'"]),
        ({"layers": [4]}, ["lists 4", "an integer from 1 to 3"]),
        ({"layers": [True]}, ["lists True"]),
        ({"rate": [0.5]}, ["rate, a float"]),
        ({"dial": [0.5]}, ["circle", "(dial -> dial)"]),
    ],
)
def test_a_bad_condition_gets_one_line(when, words):
    with pytest.raises(SpaceError) as caught:
        Space(optimizer=Choice("sgd", "adam"), layers=Int(1, 3), rate=Float(0, 1), dial=Float(0, 1, when=when))
    assert str(caught.value).startswith("dial: ")
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_conditions_in_a_circle_are_refused():
    with pytest.raises(SpaceError, match=r"circle") as caught:
        Space(a=Int(1, 2, when={"b": [1]}), b=Int(1, 2, when={"c": [1]}), c=Int(1, 2, when={"a": [1]}), d=Int(1, 2))
    assert str(caught.value).count(" -> ") == 3
    assert "a -> b" in str(caught.value) or "(b -> c -> a -> b)" in str(caught.value)


def test_a_lone_dimension_is_not_told_to_name_itself():
    with pytest.raises(SpaceError, match="leave it out"):
        Space(dial=Float(0, 1, when={"other": [1]}))

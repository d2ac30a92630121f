import pytest

from ikura.errors import SpaceError
from ikura.space import Choice, Float, Int, Space

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    units=Int(16, 64, scale="log", step=8, static=False),
    optimizer=Choice("sgd", "rmsprop", "adam"),
    beta=Float(0.8, 0.99, when={"optimizer": ["rmsprop", "adam"]}),
    second=Float(0.9, 0.999, when={"optimizer": ["adam"]}),
)


def test_a_box_cuts_ranges_and_choices_and_keeps_the_rest():
    narrow = SPACE.narrow({"rate": (1e-3, 0.1), "units": (20.5, 47.0), "optimizer": ["adam", "sgd"]})
    assert narrow.dimensions["rate"] == Float(1e-3, 0.1, scale="log")
    assert narrow.dimensions["units"] == Int(24, 40, scale="log", step=8, static=False)
    assert narrow.dimensions["optimizer"] == Choice("adam", "sgd")
    assert narrow.dimensions["beta"] == Float(0.8, 0.99, when={"optimizer": ["adam"]})
    assert narrow.names == SPACE.names


def test_dimensions_that_can_no_longer_exist_are_left_out():
    assert SPACE.narrow({"optimizer": ["rmsprop"]}).names == ("rate", "units", "optimizer", "beta")
    assert SPACE.narrow({"optimizer": ["sgd"]}).names == ("rate", "units", "optimizer")
    chain = Space(a=Int(1, 3), b=Int(1, 3, when={"a": [3]}), c=Float(0, 1, when={"b": [1]}))
    assert chain.narrow({"a": (1, 2)}).names == ("a",)


def test_a_role_stays_and_a_question_with_one_value_left_is_settled():
    asked = Space(
        rate=Float(1e-4, 1.0, role="scientific"),
        units=Int(1, 4, role="scientific"),
        optimizer=Choice("sgd", "rmsprop", "adam", role="scientific"),
    )
    narrow = asked.narrow({"rate": (0.1, 0.2), "units": (2, 2), "optimizer": ["adam", "sgd"]})
    assert [dimension.role for _, dimension in narrow.items] == ["scientific", "fixed", "scientific"]
    assert narrow.narrow({"optimizer": ["sgd"]}).dimensions["optimizer"] == Choice("sgd", role="fixed")


def test_an_empty_box_changes_nothing():
    assert SPACE.narrow({}) == SPACE


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ({"rat": (0, 1)}, ["rat:", "did you mean 'rate'?"]),
        ({"rate": (1e-5, 0.1)}, ["outside", "0.0001 and 1.0"]),
        ({"rate": (0.1, 0.01)}, ["swap"]),
        ({"units": (17, 20)}, ["none of its values"]),
        ({"units": (16, 80)}, ["outside"]),
        ({"optimizer": ["adam", "lion"]}, ["'lion'"]),
        ({"optimizer": []}, ["no options"]),
    ],
)
def test_a_box_must_lie_within_the_space(box, words):
    with pytest.raises(SpaceError) as caught:
        SPACE.narrow(box)
    for word in words:
        assert word in str(caught.value)

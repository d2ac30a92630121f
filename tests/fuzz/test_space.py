"""The TOML space reader."""

import json

import hypothesis.strategies as st
from hypothesis import given, settings

from ikura.space import Choice, Float, Int, Space

FUZZ = settings.get_profile("fuzz")

SPACE = Space(
    learning_rate=Float(1e-4, 1.0, scale="log"),
    optimizer=Choice("momentum", "adam"),
    momentum=Float(0.8, 0.99, scale="one-minus-log", when={"optimizer": ["momentum"]}),
    hidden_units=Int(8, 64, scale="log"),
    layers=Choice(1, 2),
)
VALUES = st.one_of(
    st.integers(-(2**64), 2**64).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["true", "inf", "-nan", "1e400", "1" * 5000, "0x7f", "1979-05-27", "07:32:00", "[]", "{}", "[[1]]", "[" * 5000]
    ),
    st.sampled_from(['"float"', '"int"', '"choice"', '"log"', '"linear"', '"one-minus-log"', '["a", "b"]', "[1, 1.0]"]),
    st.sampled_from(["{ a = [1] }", '{ b = ["x", 2], a = 1 }', "[1, [2], { a = 1 }, 1979-05-27]", "[true, 1, nan]"]),
    st.text(max_size=6).map(json.dumps),
    st.just(str([*range(5000)])),
)
KEYS = st.sampled_from(["type", "low", "high", "scale", "when", "options", "step", "static", "x", '"a b"', "self"])
NAMES = st.sampled_from(["a", "b", "learning_rate", "self", "größe", '""', '"<b>"', "class", "a.b", "__init__"])
TABLES = st.tuples(NAMES, st.dictionaries(KEYS, VALUES, max_size=6))


def text_of(tables) -> str:
    return "\n".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in t.items()) for name, t in tables)


def read(text: str):
    space = Space.from_toml(text)
    assert Space.from_toml(space.to_toml()) == space
    return space


@FUZZ
@given(st.text())
def test_any_text(attempt, text):
    attempt(lambda: read(text))


@FUZZ
@given(st.lists(TABLES, min_size=1, max_size=3).map(text_of))
def test_any_tables(attempt, text):
    attempt(lambda: read(text))


@FUZZ
@given(st.data())
def test_a_space_that_was_changed(attempt, mutations, data):
    content = data.draw(mutations(SPACE.to_toml().encode()))
    attempt(lambda: read(content.decode(errors="replace")))

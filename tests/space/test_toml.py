import pytest

from ikura.errors import SpaceError
from ikura.space import Choice, Float, Int, Space

TEXT = """\
[learning_rate]
type = "float"
low = 0.0001
high = 1.0
scale = "log"

[momentum]
type = "float"
low = 0.9
high = 0.999
scale = "one-minus-log"
when = { optimizer = ["momentum", "nesterov"], batch_norm = [true] }

[hidden_units]
type = "int"
low = 16
high = 256
step = 16

[optimizer]
type = "choice"
options = ["momentum", "nesterov", "adam"]

[batch_norm]
type = "choice"
options = [true, false]
static = false
role = "scientific"
"""
SPACE = Space(
    learning_rate=Float(1e-4, 1.0, scale="log"),
    momentum=Float(
        0.9, 0.999, scale="one-minus-log", when={"optimizer": ["momentum", "nesterov"], "batch_norm": [True]}
    ),
    hidden_units=Int(16, 256, step=16),
    optimizer=Choice("momentum", "nesterov", "adam"),
    batch_norm=Choice(True, False, static=False, role="scientific"),
)


def test_a_space_is_read_from_toml():
    assert repr(Space.from_toml(TEXT)) == repr(SPACE)


def test_a_mark_that_editors_on_windows_begin_a_file_with_is_no_key():
    assert repr(Space.from_toml("\ufeff" + TEXT)) == repr(SPACE)


def test_a_space_is_written_as_one_would_by_hand():
    assert SPACE.to_toml() == TEXT


@pytest.mark.parametrize("option", ['"', "\\", "\n", "\x00", "\x7f", "é", "鮭 🐟", "", "a = 1 # [b]"])
def test_any_text_may_be_an_option(option):
    space = Space(öl=Choice(option, "other"))
    assert Space.from_toml(space.to_toml()) == space


@pytest.mark.parametrize("value", [1e-300, 1e22, 5e-324, 123456789.123456789])
def test_every_digit_of_a_number_is_kept(value):
    space = Space(x=Float(-value, value), y=Choice(value))
    assert Space.from_toml(space.to_toml()) == space


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["empty"]),
        ("[a]\ntype = 'float'\nlow = 0\nhigh = 1\n[b]\n[a]\n", ["line 6", "[a] is there twice"]),
        ("[a]\nlow = 0\nlow = 1\nhigh = 1\n", ["line 3", "twice"]),
        ("[a]\ntype = 'float'\nlow =\n", ["line 3", "nvalid value"]),
        ("[a]\nlow = 0\nhigh = ", ["line 3", "nvalid value"]),
        ("[a\n", ["line 1", "']'"]),
        ("[a]\nwhen = {x = 1, x = 2}\n", ["line 2", "x"]),
        ("a = 3", ["a: 3 is not a table", "[a]"]),
        ("[[a]]\nlow = 1", ["is not a table"]),
        ("[a]\nlow = 0", ["a: has no type", '"choice"']),
        ("[a]\ntype = 'floot'", ["'floot'", "did you mean 'float'?"]),
        ("[a]\ntype = 3", ["type 3"]),
        ("[a]\ntype = 'float'\nlow = 0", ["a: has no high", "low and high"]),
        ("[a]\ntype = 'float'\nlow = 0\nhigh = 1\nscal = 'log'", ["'scal'", "did you mean 'scale'?"]),
        ("[a]\ntype = 'float'\nlow = 0\nhigh = 1\nstep = 1", ["'step'", "scale, when, static, role"]),
        ("[a]\ntype = 'choice'\noptions = 'adam'", ["options is 'adam'", "[...]"]),
        ("[a]\ntype = 'choice'\noptions = [[1, 2]]", ["option [1, 2]"]),
        ("[a]\ntype = 'choice'\noptions = [2026-01-01]", ["date"]),
        ("[a]\ntype = 'choice'", ["a: has no options"]),
        ("[a]\ntype = 'float'\nlow = 1\nhigh = 0", ["a: low 1 is above high 0"]),
        ("[a]\ntype = 'float'\nlow = 0\nhigh = inf", ["a: high is inf"]),
        ("[a-b]\ntype = 'float'\nlow = 0\nhigh = 1", ["'a-b'", "identifiers"]),
        ("[a.b]\ntype = 'float'", ["a: has no type"]),
    ],
)
def test_bad_toml_gets_one_line(text, words):
    with pytest.raises(SpaceError) as caught:
        Space.from_toml(text)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)

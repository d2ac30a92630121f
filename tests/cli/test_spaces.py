import re

from ikura import Space, default_space
from ikura.cli.spaces import ABOUT, EXAMPLE, commented
from ikura.evaluators.defaults import check_space
from ikura.nn import MLP_DIALS
from ikura.optim import TRAINING_DIALS


def test_what_is_printed_is_what_tune_would_search(workplace):
    printed = workplace.ikura("space", "iris")
    assert (printed.returncode, printed.stderr) == (0, "")
    space = Space.from_toml(printed.stdout)
    assert space == default_space("iris")
    assert list(space.names) == list(default_space("iris").names)
    (workplace.folder / "default.toml").write_text(printed.stdout)
    lines = [
        workplace.ikura("plan", "iris", "--trials", "4", *options).stdout
        for options in ((), ("--space", "default.toml"))
    ]
    assert lines[0] == lines[1]


def test_every_hyperparameter_has_a_comment_and_the_others_their_defaults():
    text = commented(default_space("iris"), {"activation": "relu", "batch_norm": True}, "ikura tune iris")
    for name in default_space("iris").names:
        assert f"# {ABOUT[name]}\n[{name}]\n" in text
    assert "# activation relu, batch_norm true\n" in text
    assert all(len(line) <= 120 for line in text.splitlines())


def test_the_example_can_be_taken_as_it_is():
    text = commented(default_space("iris"), {}, "ikura tune iris")
    assert re.sub("^# ?", "", text, flags=re.MULTILINE).endswith(f"\n{EXAMPLE}")
    check_space(Space.from_toml(EXAMPLE), TRAINING_DIALS | MLP_DIALS, 90, user_network=False)


def test_training_code_has_none(complaint):
    assert "space: code.py:train is training code" in complaint("space", "code.py:train")


def test_a_text_file_is_read_as_tune_is_told_to(workplace):
    rows = "".join(f"{row}|{row % 7}|{'pq'[row % 2]}\n" for row in range(40))
    (workplace.folder / "bars.csv").write_text(rows)
    printed = workplace.ikura("space", "bars.csv", "--no-header", "--separator", "|")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "ikura tune bars.csv --no-header --separator '|' --space space.toml" in printed.stdout

"""What a study proposes to search next, on the command line."""

import json

import pytest

from ikura import Space, next_space, tune
from ikura.errors import SettingError
from ikura.space import Choice, Float
from ikura.study import arguments_again

SPACE = Space(learning_rate=Float(1e-4, 0.1, scale="log"), optimizer=Choice("adam", "momentum", role="scientific"))


@pytest.fixture(scope="module")
def begun(workplace):
    """A study of a dozen trials, of which the rest of the file asks."""
    (workplace.folder / "asked.toml").write_text(SPACE.to_toml())
    options = ("--space", "asked.toml", "--trials", "12", "--epochs", "4", "--sampler", "sobol", "--quiet")
    done = workplace.ikura("tune", "iris", *options, "--schedule", "patience", "--name", "questioned")
    assert done.returncode == 0, done.stderr
    return workplace


def document(workplace, name):
    return json.loads(workplace.ikura("show", name, "--json").stdout)


def test_the_next_space_is_searched_as_the_study_was_but_for_what_is_given(begun):
    printed = begun.ikura("space", "questioned", "--next")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout.startswith("# What to search after questioned: ikura tune --from questioned --next\n")
    done = begun.ikura(
        "tune", "--from", "questioned", "--next", "--trials", "6", "--sampler", "random", "--name", "after"
    )
    assert done.returncode == 0, done.stderr
    before, after = document(begun, "questioned"), document(begun, "after")
    assert Space.from_toml(after["space"]) == Space.from_toml(printed.stdout)
    assert Space.from_toml(before["next_space"]["space"]) == Space.from_toml(printed.stdout)
    same = ("data", "epochs", "schedule", "reduction", "min_epochs", "seed", "fingerprint", "objective")
    assert {name: after["settings"][name] for name in same} == {name: before["settings"][name] for name in same}
    assert (after["settings"]["trials"], after["settings"]["sampler"]) == (6, "random")


def test_another_horizon_has_a_patience_of_its_own(begun):
    longer = ("--epochs", "45", "--trials", "6", "--name", "longer")
    done = begun.ikura("tune", "--from", "questioned", "--next", *longer)
    assert done.returncode == 0, done.stderr
    settings = document(begun, "longer")["settings"]
    assert (settings["schedule"], settings["epochs"], settings["min_epochs"]) == ("patience", 45, 9)


def test_a_study_is_shown_with_its_question_and_checks(begun):
    shown = begun.ikura("show", "questioned").stdout
    assert "What does optimizer do?\noptimizer is best at " in shown
    assert "Checks of the search\n  Do the best trials crowd a bound?" in shown
    found = document(begun, "questioned")
    assert found["checks"][0]["name"] == "bounds"
    assert len(found["checks"]) == 7
    (question,) = found["questions"]
    assert [answer["value"] for answer in question["answers"]] == ["adam", "momentum"]
    # The best of each value is in the finals, whatever it came to.
    assert all(len(answer["runs"]) == 4 for answer in question["answers"])


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["tune", "--next"],
            "next: no study is given; the next space is that of one study: say which, as --from STUDY",
        ),
        (["tune", "--next", "--from", "a", "--from", "b"], "next: 2 studies are given; "),
        (["tune", "--next", "--from", "questioned", "--space", "x.toml"], "space: "),
        (["tune", "--next", "--from", "askd"], "study: there is no 'askd' in "),
        (
            ["space", "questioned", "--next", "--task", "counts"],
            "task: 'counts' is given; it is of data, and --next is of a ",
        ),
        (["space", "questioned", "--store", "s.db"], "store: 's.db' is given; only a study is in one: "),
    ],
)
def test_mistakes_get_one_line(begun, complaint, words, line):
    assert complaint(*words).startswith(f"ikura: {line}")


def test_what_came_from_python_is_said_to_be_missing(tmp_path):
    store = str(tmp_path / "s.db")

    def train(trial):
        trial.report(0, loss=trial.config["learning_rate"])

    space = Space(learning_rate=Float(1e-4, 0.1, scale="log"))
    result = tune(train, space=space, trials=9, workers=1, name="own", store=store, watch=None)
    assert result.questions == ()
    assert len(result.checks) == 7
    assert next_space("own", store=store).names == space.names
    with pytest.raises(SettingError, match=r"own: something of it came from Python; .* space=ikura.next_space"):
        arguments_again(result.study)
    with pytest.raises(SettingError, match="study: 3 is given; it must be a study's name"):
        next_space(3)  # pyright: ignore[reportArgumentType]

"""Every mistake of a user's ends in one line, with status 2 and nothing on standard output."""

from collections.abc import Callable

import pytest

from ikura.store import open_store

Complain = Callable[..., str]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("tune", "nothing.csv"), "ikura: nothing.csv: there is no such file"),
        (("tune", "iris", "--sampler", "soboll"), "ikura: sampler: 'soboll' is unknown"),
        (("tune", "iris", "--target", "species"), "ikura: iris: target 'species' was given"),
        (
            ("tune", "iris", "--rounds", "2", "--sampler", "random"),
            "ikura: rounds: 2 is given, but random has no rounds",
        ),
        (
            ("tune", "iris", "--metric", "loss", "--metric", "accuracy", "--metric", "parameters"),
            "ikura: metric: 3 are given; at most two metrics are optimised together",
        ),
        (
            ("plan", "iris", "--metric", "accuracy", "--metric", "latency"),
            "ikura: metric: 'latency' is given as the second one; beside accuracy it must be one of ",
        ),
        (
            ("tune", "iris", "--metric", "loss", "--metric", "accuracy", "--direction", "minimize"),
            "ikura: direction: 1 is given for loss and accuracy; there must be one for each metric",
        ),
        (("tune", "iris", "--schedule", "halfing"), "ikura: schedule: 'halfing' is unknown"),
        (("tune", "iris", "--schedule", "full", "--reduction", "3"), "ikura: reduction: 3 is given, but full has none"),
        (
            ("plan", "iris", "--schedule", "full", "--min-epochs", "3"),
            "ikura: min_epochs: 3 is given, but full has none",
        ),
        (
            ("tune", "iris", "--schedule", "halving", "--epochs", "9", "--min-epochs", "5"),
            "ikura: min_epochs is 5; of 9 epochs with a reduction of 3",
        ),
        (("tune", "iris", "--reduction", "1"), "ikura: reduction: 1 is given; it must be a whole number, 2 or more"),
        (("tune", "iris", "--timeout", "3x"), "ikura: timeout: '3x' is no time above 0; it must be seconds"),
        (("tune", "iris", "--timeout", "0s"), "ikura: timeout: '0s' is no time above 0"),
        (("tune", "iris", "--timeout", "99999999d"), "ikura: timeout: "),
        (
            ("tune", "iris", "--reference-error", "2"),
            "ikura: reference_error: 2.0 is given; of dev accuracy, which is 1 ",
        ),
        (("tune", "iris", "--name", ""), "ikura: name: '' is empty"),
        (
            ("tune", "iris", "--name", "x" * 300),
            "ikura: name: 'xxxxxxxxxxxxxxxxxxxx'... cannot be",
        ),
        (
            ("tune", "iris", "--name", "魚" * 100),
            f"ikura: name: '{'魚' * 20}'... cannot be",
        ),
        (("tune", "iris", "--out", "x" * 300), "ikura: out: "),
        (("tune", "x" * 300 + ".csv"), f"ikura: {'x' * 60}...: it cannot be reached (File name too long)"),
        (("tune", "iris", "--space", "x" * 300), "ikura: space: "),
        (("tune", "iris", "--store", "x" * 300 + ".db"), "ikura: store: "),
        (("predict", "x" * 300, "iris"), "ikura: "),
        (("tune", "iris", "--store", "studies"), "ikura: store: 'studies' does not end in .db"),
        (("tune", "iris", "--store", "none/studies.db"), "ikura: store: "),
        (
            ("tune", "iris", "--space", "none.toml"),
            "ikura: space: none.toml cannot be read (No such file or directory)",
        ),
        (("tune", "iris", "--space", "."), "ikura: space: . is a folder; it must be a TOML file"),
        (("tune", "iris", "--space", "/dev/zero"), "ikura: space: /dev/zero is a device; it must be a TOML file"),
        (("tune", "/dev/zero"), "ikura: /dev/zero: it is a device; data must be one file"),
        (("plan", "a.csv", "--separator", "ab"), "ikura: separator: 'ab' is given; it must be one sign"),
        (("tune", "--exec", "true", "--no-header"), "ikura: header or separator: it is given for 'true'"),
        (("tune", "iris", "--header"), "ikura: header or separator: it is given for iris; only text has one"),
        (
            ("tune", "iris", "--name", "\udce7\udca0"),
            "ikura: name: '\\udce7\\udca0' is not text in the encoding of this",
        ),
        (("resume", "nobody"), "ikura: study: there is no 'nobody'"),
        (("stop", "nobody"), "ikura: study: there is no 'nobody'"),
        (("show", "nobody"), "ikura: study: there is no 'nobody'"),
        (("show", "a\x1b[31m"), "ikura: study: there is no 'a\\x1b[31m'"),
        (("export", "nobody", "--to", "x.csv"), "ikura: study: there is no 'nobody'"),
        (("report", "nobody"), "ikura: study: there is no 'nobody'"),
        (("list", "--store", "typo.db"), "ikura: store: there is no database "),
        (("resume", "s", "--store", "typo.db"), "ikura: store: there is no database "),
        (
            ("list", "--store", "postgresql://me:secret@localhost:1/x"),
            "ikura: store: postgresql://me@localhost:1/x: connection to server at",
        ),
        (("predict", "none", "new.csv"), "ikura: "),
        (("tune", "iris", "--trials", "0"), "ikura: trials: 0 is given; it must be a whole number, 1 or more"),
        (("plan", "iris", "--trials", "0"), "ikura: trials: 0 is given; it must be a whole number, 1 or more"),
        (("tune", "iris", "--min-epochs", "0"), "ikura: min_epochs: 0 is given; it must be a whole number, 1 or more"),
        (("plan", "iris", "--rounds", "0"), "ikura: rounds is 0; a search needs at least 1 round"),
        (("tune", "iris", "--epochs", "many"), "Error: Invalid value for '--epochs'"),
        (("tune", "iris", "--seed", "-1"), "Error: Invalid value for '--seed'"),
        (("tune",), "ikura: tune: nothing is given; it must be data, training code"),
        (("tune", "iris", "--pattern", "x"), "ikura: pattern: 'x' is given; it is for what a program prints"),
        (("tune", "iris", "--exec", "true"), "ikura: exec: 'true' is given, and 'iris' as well"),
        (("tune", "iris", "--workers", "2"), "ikura: workers: 2 is given; it is for training code"),
        (("tune", "iris", "--metric", "rmse"), "ikura: metric: 'rmse' is none that is measured of classes"),
        (("tune", "iris", "--loss", "huber"), "ikura: loss: 'huber' is given; it is for targets that are numbers"),
        (("tune", "iris", "--task", "ranking"), "ikura: task: 'ranking' is none; it must be 'classification'"),
        (("tune", "iris", "--task", "multilabel"), "ikura: iris: y is one column; of several labels"),
        (("tune", "iris", "--direction", "minimize"), "ikura: direction: 'minimize' is given; of a metric that Ikura"),
        (("tune", "nowhere:train"), "ikura: space: none is given for nowhere:train; only you know"),
        (
            ("tune", "nowhere:train", "--metric", "loss"),
            "ikura: train: a worker process cannot load it (ModuleNotFoundError",
        ),
        (
            ("tune", "train.py"),
            "ikura: train.py: a file of Python is given; training code is one function of it: train.py:",
        ),
        (("tune", "--exec", "'"), 'ikura: exec: "\'" is no command'),
        (("tune", "--exec", "true"), "ikura: space: none is given for true"),
        (("check-program", "true"), "Error: Missing option '--space'"),
        (("check-program", "true", "--space", "nowhere.toml"), "ikura: space: nowhere.toml cannot be read"),
        (("tun", "iris"), "Error: No such command 'tun'"),
        (("tune", "iris", "--trails", "8"), "Error: No such option: --trails"),
    ],
)
def test_it_is_named(complaint: Complain, arguments: tuple[str, ...], line: str) -> None:
    said = complaint(*arguments)
    assert said.startswith(line), said
    assert "secret" not in said


def test_only_tune_makes_a_database(complaint: Complain, workplace) -> None:
    for command in (("list",), ("show", "s"), ("report", "s"), ("resume", "s"), ("stop", "s")):
        complaint(*command, "--store", "typo.db")
    assert not (workplace.folder / "typo.db").exists()


def test_the_line_of_a_space_says_which_file(complaint: Complain, workplace) -> None:
    (workplace.folder / "upside-down.toml").write_text('[learning_rate]\ntype = "float"\nlow = 1.0\nhigh = 0.1\n')
    (workplace.folder / "latin.toml").write_bytes('[größe]\ntype = "float"'.encode("latin-1"))
    assert complaint("tune", "iris", "--space", "upside-down.toml").startswith(
        "ikura: upside-down.toml: learning_rate: low 1.0 is above high 0.1"
    )
    assert complaint("tune", "iris", "--space", "latin.toml") == (
        "ikura: latin.toml: byte 3 is not UTF-8; a space is a text file: save it as UTF-8"
    )


def test_a_place_where_no_results_can_go_is_refused_before_the_search(complaint: Complain, workplace) -> None:
    (workplace.folder / "taken").write_text("")
    taken = workplace.folder / "taken"
    line = f"ikura: out: {taken} is not a folder; results need one: give another out"
    assert complaint("tune", "iris", "--out", "taken") == line
    assert complaint("tune", "iris", "--out", "taken/deeper/still") == line


def test_a_mistake_leaves_no_study_and_no_folder(complaint: Complain, workplace) -> None:
    complaint("tune", "iris", "--store", "clean.db", "--out", "clean", "--sampler", "none")
    with open_store(str(workplace.folder / "clean.db")) as store:
        assert store.studies() == []
    assert not (workplace.folder / "clean").exists()


def test_names_that_are_taken_or_close_are_said(complaint: Complain, finished, workplace) -> None:
    taken = complaint("tune", "iris", "--name", "finished")
    assert taken.startswith("ikura: name: 'finished' is a study of ")
    assert complaint("show", "finisched").endswith("did you mean 'finished'?")
    assert complaint("resume", "finished").startswith("ikura: finished: this study is complete")
    assert complaint("stop", "finished").startswith("ikura: finished: nobody runs it, it is complete")


def test_results_that_cannot_be_written_are_said(complaint: Complain, finished) -> None:
    line = "ikura: out: none/report.html cannot be written (No such file or directory): give another --out"
    assert complaint("report", "finished", "--out", "none/report.html") == line
    line = "ikura: out: . cannot be written (Is a directory): give another --out"
    assert complaint("report", "finished", "--out", ".") == complaint("report", "finished", "--out", "") == line


def test_predictions_overwrite_nothing(complaint: Complain, finished, workplace) -> None:
    new = workplace.folder / "new.csv"
    new.write_text("5,3,1,0\n")
    line = "ikura: out: new.csv is there already; predictions never overwrite a file: give another --out"
    assert complaint("predict", "ikura-out/finished", "new.csv", "--out", "new.csv") == line
    assert new.read_text() == "5,3,1,0\n"


def test_a_damaged_model_and_unfit_data_are_said(complaint: Complain, finished, workplace) -> None:
    model = workplace.folder / "ikura-out" / "finished"
    (workplace.folder / "short.csv").write_text("a,b\n1,2\n")
    assert complaint("predict", str(model), "short.csv").startswith("ikura: short.csv: ")
    damaged = workplace.folder / "damaged"
    damaged.mkdir()
    (damaged / "model.json").write_text("{")
    assert complaint("predict", str(damaged), "short.csv").startswith(f"ikura: {damaged / 'model.json'}: damaged")


def test_a_database_that_is_none_is_refused(complaint: Complain, workplace) -> None:
    (workplace.folder / "letter.db").write_text("Dear Sir or Madam, " * 100)
    assert "is not an SQLite database" in complaint("list", "--store", "letter.db")

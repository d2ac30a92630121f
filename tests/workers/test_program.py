"""Any program: it is started for a trial, told the configuration, and listened to."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ikura.errors import SettingError
from ikura.space import Choice, Float, Int, Space
from ikura.workers import Program, Trial, TrialStopped, lifeline, program_run
from ikura.workers.program_run import ProgramError, spelled
from tests.processes import PATIENCE

HELPER = Path(program_run.__file__).with_name("ikura_trial.py")

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    layers=Int(1, 3),
    kind=Choice("a b", "$HOME", "{x}"),
    fast=Choice(True, False),
    momentum=Float(0.5, 0.9, when={"kind": ["a b"]}),
)
CONFIG = {"rate": 1e-05, "layers": 2, "kind": "a b", "fast": True}


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    monkeypatch.setattr(program_run, "GRACE", 1.0)


def python(folder, text, *words):
    """A command that runs some Python, with the helper beside it."""
    shutil.copy(HELPER, folder)
    script = folder / "script.py"
    script.write_text(text)
    return shlex.join([sys.executable, str(script), *words])


def trial_in(folder, told=None, **options):
    options = {"epochs": 5, "number": 3, "seed": 7, "metric": "loss"} | options
    tell = None if told is None else lambda epoch, metrics: told.append((epoch, dict(metrics)))
    return Trial(CONFIG, folder=folder / "own", tell=tell, **options)


def heard(command, folder, pattern=None, **options):
    """Run a command for a trial, and return what it reported."""
    trial = trial_in(folder, **options)
    with suppress(TrialStopped):
        Program(command, pattern)(trial)
    return trial.reports


def test_a_program_whose_worker_has_ended_already_does_not_begin(tmp_path):
    begun = tmp_path / "begun"
    for parent, begins in (1, False), (os.getpid(), True):
        subprocess.run(lifeline.tied(["touch", str(begun)], parent), check=begins)
        assert begun.exists() is begins


def test_words_are_passed_as_they_are(tmp_path, monkeypatch):
    command = python(
        tmp_path, "import json, sys; print(json.dumps({'loss': 1})); json.dump(sys.argv[1:], open('w', 'w'))"
    )
    command += " --rate={rate} {layers} '{kind}' {fast} '{{x}}' '$HOME' '*' '' {number} {seed} {start} {stop} {epochs}"
    monkeypatch.chdir(tmp_path)
    heard(command, tmp_path, stop=3)
    words = ["--rate=1e-05", "2", "a b", "true", "{x}", "$HOME", "*", "", "3", "7", "0", "3", "5"]
    assert json.loads((tmp_path / "w").read_text()) == words


@pytest.mark.parametrize(
    ("value", "said"), [(True, "true"), (0.1, "0.1"), (1e-05, "1e-05"), (3, "3"), ("a b", "a b"), (Path("/x"), "/x")]
)
def test_values_are_spelled_as_in_json(value, said):
    assert spelled(value) == said


def test_a_program_is_told_in_its_environment_and_in_a_file(tmp_path, monkeypatch):
    text = """
import json, os
told = {name: value for name, value in os.environ.items() if name.startswith("IKURA_")}
print(json.dumps({"loss": 1}))
json.dump([told, json.load(open(os.environ["IKURA_CONFIG"]))], open("told", "w"))
"""
    monkeypatch.chdir(tmp_path)
    heard(python(tmp_path, text), tmp_path, start=1, stop=3)
    environment, config = json.loads((tmp_path / "told").read_text())
    own = tmp_path / "own"
    files = {"reports": str(own / "reports.jsonl"), "control": str(own / "control.jsonl"), "folder": str(own)}
    facts = {"number": 3, "seed": 7, "start": 1, "stop": 3, "epochs": 5, "metric": "loss", "protocol": 1}
    assert config == {**facts, **files, "config": CONFIG}
    for name, value in (facts | files).items():
        assert environment[f"IKURA_{name.upper()}"] == str(value)
    assert environment["IKURA_CONFIG"] == str(own / "config.json")
    assert environment["IKURA_PARAM_rate"] == "1e-05"
    assert environment["IKURA_PARAM_fast"] == "true"


WAYS = {
    "the file": """
import json, os
for epoch in range(3):
    with open(os.environ["IKURA_REPORTS"], "a") as file:
        file.write(json.dumps({"epoch": epoch, "loss": epoch / 4, "score": 1}) + "\\n")
""",
    "the output": """
import json
print("let us begin")
for epoch in range(3):
    print(json.dumps({"loss": epoch / 4, "score": 1, "note": "fine"}))
    print('{"step": 12}')
""",
    "the helper": """
import ikura_trial
trial = ikura_trial.Trial(rate=3)
assert (trial.config["rate"], trial.number, trial.seed, trial.epochs) == (1e-05, 3, 7, 5)
for epoch in range(trial.start, 3):
    trial.report(epoch, loss=epoch / 4, score=1)
""",
}


@pytest.mark.parametrize("way", WAYS)
def test_reports_are_heard(tmp_path, way):
    found = heard(python(tmp_path, WAYS[way]), tmp_path)
    assert found == {epoch: {"loss": epoch / 4, "score": 1.0} for epoch in range(3)}


def test_a_pattern_finds_metrics_in_any_output(tmp_path):
    text = """
import sys
print("Iteration 0, loss = 0.5 (12 iter/s)")
print("Iteration 10, loss = 2.5e-1", file=sys.stderr)
print("loss unknown")
"""
    pattern = r"Iteration (?P<epoch>\d+), loss = (?P<loss>[-+.e0-9]+)"
    assert heard(python(tmp_path, text), tmp_path, pattern, epochs=20) == {0: {"loss": 0.5}, 10: {"loss": 0.25}}
    assert heard("echo loss=3", tmp_path, r"loss=(?P<loss>\d+)") == {0: {"loss": 3.0}}


def test_a_line_without_an_end_counts(tmp_path):
    assert heard("""printf '{{"loss": 2}}'""", tmp_path) == {0: {"loss": 2.0}}


LONG = """
import ikura_trial, sys, time
trial = ikura_trial.Trial()
for epoch in range(10**6):
    trial.report(epoch, loss=1.0)
    if trial.should_stop:
        open(sys.argv[1], "w").write("stopped at %d" % epoch)
        break
    time.sleep(0.01)
"""


def test_the_helper_stops_where_the_schedule_says(tmp_path):
    assert list(heard(python(tmp_path, LONG, f"{tmp_path}/end"), tmp_path, stop=3)) == [0, 1, 2]
    assert (tmp_path / "end").read_text() == "stopped at 2"


def test_the_helper_hears_that_it_is_to_stop(tmp_path):
    trial = trial_in(tmp_path, epochs=10**6)

    def watch(_source, _line, said):
        if said and said["epoch"] == 4:
            trial.ask_to_stop()

    with pytest.raises(TrialStopped):
        Program(python(tmp_path, LONG, f"{tmp_path}/end")).run(trial, watch)
    assert (tmp_path / "end").read_text().startswith("stopped at")


STUBBORN = """
import json, os, signal, sys, time
if len(sys.argv) > 2:
    signal.signal(signal.SIGTERM, lambda *_: open(sys.argv[1], "w").write("asked"))
for epoch in range(10**6):
    with open(os.environ["IKURA_REPORTS"], "a") as file:
        file.write(json.dumps({"epoch": epoch, "loss": 1.0}) + "\\n")
    time.sleep(0.2 if epoch < 2 else 600 if len(sys.argv) > 3 else 0.2)
"""


@pytest.mark.parametrize("words", [[], ["deaf"], ["deaf", "silent"]])
def test_one_that_does_not_listen_is_ended(tmp_path, words):
    began = time.monotonic()
    found = heard(python(tmp_path, STUBBORN, f"{tmp_path}/asked", *words), tmp_path, stop=2)
    assert list(found)[:2] == [0, 1]
    assert time.monotonic() - began < PATIENCE
    assert (tmp_path / "asked").exists() is bool(words)
    assert subprocess.run(["pgrep", "-f", str(tmp_path)], stdout=subprocess.PIPE, check=False).stdout == b""


def test_what_it_has_started_ends_with_it(tmp_path):
    heard(f"""sh -c 'sleep 613 & echo $! > {tmp_path}/child; echo "{{{{\\"loss\\": 1}}}}"'""", tmp_path)
    child = (tmp_path / "child").read_text().strip()
    status = Path(f"/proc/{child}/stat")
    until = time.monotonic() + PATIENCE
    while status.exists() and status.read_text().split()[2] != "Z":
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; sys.exit('no data')", "no data\nthe program ended with exit status 1: no data"),
        ("import os; os.kill(os.getpid(), 9)", "the program ended with SIGKILL"),
        (
            "pass",
            "the program ended without a report of 'loss': `ikura check-program` shows what is understood of it",
        ),
    ],
)
def test_one_that_ends_badly_has_failed(tmp_path, text, said):
    with pytest.raises(ProgramError) as caught:
        heard(python(tmp_path, text), tmp_path)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("well", "'well' is no report"),
        ("[1]", r"'\[1\]' is no report"),
        ('{"epoch": "x", "loss": 1}', "'x' is no epoch"),
        ('{"epoch": 0, "loss": "x"}', "loss is 'x'"),
        ('{"score": 1}', "there is only score"),
    ],
)
def test_what_is_no_report_is_told_in_one_line(tmp_path, line, said):
    text = f"import os; open(os.environ['IKURA_REPORTS'], 'w').write({line + chr(10)!r})"
    with pytest.raises(SettingError, match=said):
        heard(python(tmp_path, text), tmp_path)


def test_what_was_written_and_not_heard_is_heard_later(tmp_path):
    (tmp_path / "own").mkdir()
    lines = [{"epoch": epoch, "loss": epoch} for epoch in range(3)]
    (tmp_path / "own" / "reports.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = []
    trial = trial_in(tmp_path, told, start=1)
    text = "import ikura_trial\nt = ikura_trial.Trial()\nfor e in range(t.start, 5): t.report(e, loss=10 + e)"
    Program(python(tmp_path, text))(trial)
    new = [(epoch, metrics["loss"]) for epoch, metrics in told if epoch >= 1]
    assert new == [(1, 1.0), (2, 2.0), (3, 13.0), (4, 14.0)]
    assert not (tmp_path / "own" / "reports.jsonl").exists()


def test_output_that_was_not_heard_is_heard_later(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    before = "".join(json.dumps({"loss": loss}) + "\n" for loss in (9, 8))
    new = "".join(json.dumps({"epoch": epoch, "loss": epoch}) + "\n" for epoch in (0, 1, 2))
    (own / "stdout.txt").write_text(f'{before}{new}{{"epoch": 3, "lo')
    (own / "begun.json").write_text(json.dumps([len(before), 0]))
    told = []
    Program(python(tmp_path, 'print(\'{"epoch": 3, "loss": 13}\')'))(trial_in(tmp_path, told, start=1))
    assert [(epoch, metrics["loss"]) for epoch, metrics in told if epoch >= 1] == [(1, 1.0), (2, 2.0), (3, 13.0)]
    assert not (own / "begun.json").exists()


def test_its_output_is_kept(tmp_path):
    heard("""sh -c 'echo "{{\\"loss\\": 1}}"; echo trouble >&2'""", tmp_path)
    assert (tmp_path / "own" / "stderr.txt").read_text() == "trouble\n"
    assert (tmp_path / "own" / "stdout.txt").read_text() == '{"loss": 1}\n'


@pytest.mark.parametrize(
    ("command", "pattern", "said"),
    [
        ("", None, "the command is empty"),
        ("a 'b", None, "is no command"),
        ("a {", None, "is no command"),
        ("a", "(", "is no regular expression"),
        ("a", "loss", "names no metric"),
        ("a", "(?P<epoch>.)", "names no metric"),
    ],
)
def test_a_command_that_is_none_is_told_at_once(command, pattern, said):
    with pytest.raises(SettingError, match=said):
        Program(command, pattern)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("a {rte}", "{rte} names neither a hyperparameter nor a fact of a trial: did you mean 'rate'"),
        ("a {momentum}", "{momentum} exists for some configurations only"),
        ("a {rate:.2f}", "{rate} is no name"),
        ("a {0}", "{0} is no name"),
        ("a {}", "{} is no name"),
    ],
)
def test_a_command_that_does_not_fit_the_space_is_told_at_once(command, said):
    with pytest.raises(SettingError) as caught:
        Program(command).check(SPACE)
    assert said in str(caught.value)


def test_a_program_that_is_not_there_is_told_in_one_line(tmp_path):
    with pytest.raises(SettingError, match="there is no program 'nowhere-at-all'"):
        heard("nowhere-at-all", tmp_path)


def test_the_helper_works_by_hand(tmp_path):
    shutil.copy(HELPER, tmp_path)
    text = (
        "import ikura_trial\nt = ikura_trial.Trial(rate=0.5)\nt.report(0, loss=t.config['rate'])\nprint(t.should_stop)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IKURA_")}
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout == '{"loss": 0.5, "epoch": 0}\nFalse\n'


def test_the_helper_is_python_3_6():
    import ast

    ast.parse(HELPER.read_text(), feature_version=(3, 6))


def test_a_program_that_counts_nothing_begins_anew_where_it_goes_on(tmp_path):
    text = "for loss in (3, 2, 1): print('{\"loss\": %d}' % loss)"
    told = []
    for start, stop in ((0, 1), (1, 3)):
        with suppress(TrialStopped):
            Program(python(tmp_path, text))(trial_in(tmp_path, told, start=start, stop=stop, epochs=9))
    # It does not listen: what it reports beyond its stop is known as well.
    assert told == 2 * [(0, {"loss": 3.0}), (1, {"loss": 2.0}), (2, {"loss": 1.0})]


def test_a_report_that_was_torn_is_passed_over(tmp_path):
    text = """
import os
with open(os.environ["IKURA_REPORTS"], "a") as file:
    file.write('{"loss": 1}\\n{"loss": ')
os.kill(os.getpid(), 9)
"""
    command = python(tmp_path, text)
    for _ in range(2):
        with pytest.raises(ProgramError, match="the program ended with SIGKILL"):
            heard(command, tmp_path)


def test_null_is_a_divergence(tmp_path):
    told = []
    with pytest.raises(TrialStopped):
        Program("""echo '{{"loss": null}}'""")(trial_in(tmp_path, told))
    assert [epoch for epoch, _ in told] == [0]


def test_a_hyperparameter_that_is_called_as_a_fact_cannot_be_in_a_command():
    with pytest.raises(SettingError, match=r"\{stop\} is a hyperparameter of this space, and a fact of trials"):
        Program("a {stop}").check(Space(stop=Int(1, 3)))

"""Standard streams that are closed, fill or lose their reader, while a study runs or predictions are written."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sklearn.datasets import load_iris

import ikura
from ikura.store import open_store
from tests.faults.moments import after_results
from tests.processes import PATIENCE, command_line, full, process_of, redirect, unread

TUNE = ("tune", "flowers.csv", "--trials", "8", "--epochs", "5", "--store", "s.db", "--name", "s")
NO_READER = 128 + signal.SIGPIPE
SEE = "The study is complete; to see it: ikura show --store s.db s"


class Spoilt:
    """Runs commands in a folder, each in a process whose streams are spoilt."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        load_iris(as_frame=True).frame.to_csv(folder / "flowers.csv", index=False)

    def __call__(
        self, *arguments: str, streams: Sequence[int] = (), by: Callable = full, later: bool = False
    ) -> tuple[int | None, str, str]:
        """Return the status, and what could be printed; `later`: the streams are whole until results are stored."""
        with process_of(self._inside, arguments, streams, by, later) as process:
            process.join(PATIENCE)
        return process.exitcode, *((self.folder / name).read_text() for name in ("out", "err"))

    def study(self) -> str:
        """Return how the study `s` stands, and whether it has left a model."""
        with open_store(str(self.folder / "s.db"), must_exist=True) as store:
            status = store.study("s").status
        assert ikura.load_model(self.folder / "ikura-out" / "s")
        return status

    def _inside(self, arguments: Sequence[str], streams: Sequence[int], by: Callable, later: bool) -> None:
        os.chdir(self.folder)
        os.environ["IKURA_HOME"] = str(self.folder / "home")
        for name in ("out", "err"):
            Path(name).unlink(missing_ok=True)
        redirect(Path("out"), Path("err"))

        def spoil() -> None:
            for number in streams:
                by(number)

        if later:
            after_results(spoil)
        else:
            spoil()
        command_line(arguments)


@pytest.fixture
def run(tmp_path) -> Spoilt:
    return Spoilt(tmp_path)


@pytest.mark.parametrize(("by", "status", "form"), [(full, 1, ()), (unread, NO_READER, ("--json",))])
def test_an_answer_that_cannot_be_printed_when_it_is_due(run, by, status, form):
    code, out, errors = run(*TUNE, *form, streams=[1], by=by, later=True)
    assert (code, out, run.study()) == (status, "", "complete")
    last = [line for line in errors.splitlines() if not line.startswith("ikura: standard output: nothing can be")][-1]
    assert last == SEE
    assert "Traceback" not in errors


@pytest.mark.parametrize("by", [full, unread])
def test_progress_that_can_be_shown_no_longer(run, by):
    code, out, errors = run(*TUNE, streams=[2], by=by, later=True)
    assert (code, run.study()) == (0, "complete")
    assert out.startswith("Best configuration")
    assert "90 training, 30 dev and 30 test examples" in errors


@pytest.mark.parametrize(("by", "status"), [(os.close, 1), (full, 1), (unread, NO_READER)])
def test_a_study_that_nobody_hears_of(run, by, status):
    code, out, errors = run(*TUNE, streams=[1, 2], by=by)
    assert (code, out, errors, run.study()) == (status, "", "", "complete")


@pytest.fixture(scope="module")
def tuned(tmp_path_factory) -> Spoilt:
    run = Spoilt(tmp_path_factory.mktemp("tuned"))
    assert run(*TUNE, "--quiet")[0] == 0
    return run


PREDICT = ("predict", "ikura-out/s", "flowers.csv")


@pytest.mark.parametrize("by", [os.close, full, unread])
def test_predictions_whose_notes_cannot_be_told(tuned, by):
    expected = tuned(*PREDICT)
    assert "the target was there" in expected[2]
    assert expected[1].count("\n") == 151
    assert tuned(*PREDICT, streams=[2], by=by) == (0, expected[1], "")


@pytest.mark.parametrize(("by", "status"), [(os.close, 1), (full, 1), (unread, NO_READER)])
def test_predictions_that_cannot_be_printed(tuned, by, status):
    code, out, errors = tuned(*PREDICT, streams=[1], by=by)
    assert (code, out) == (status, "")
    assert errors.count("\n") == (status == 1)
    assert errors.startswith("ikura: standard output: nothing can be printed there (" if status == 1 else "")
    assert tuned(*PREDICT, streams=[1, 2], by=by) == (status, "", "")


@pytest.mark.parametrize("by", [os.close, full, unread])
def test_predictions_that_go_into_a_file_need_no_stream(tuned, by, tmp_path):
    file = tmp_path / "out.csv"
    assert tuned(*PREDICT, "--out", str(file), streams=[0, 1, 2], by=by) == (0, "", "")
    assert file.read_text().count("\n") == 151

"""What training code reports becomes the results of jobs."""

import math
import time
from contextlib import contextmanager
from pathlib import Path

import cloudpickle
import numpy as np
import pytest

from ikura.errors import SettingError
from ikura.evaluators import make_objective
from ikura.evaluators.objective import trial_seed
from ikura.evaluators.reported import result_of
from ikura.records import Code, CodeKind, Goal, Job, Leg, Metric, TrialState
from ikura.space import Choice, Float, Space
from ikura.workers import Imported, Known

LOSS = Metric("loss", Goal.MINIMIZE)
SPACE = Space(rate=Float(0.0, 1.0), kind=Choice("a", "b"))
HORIZON = 9


def job(stop=HORIZON, start=0, number=0, replicate=0, **config):
    return Job(number, (Leg(number, config, 0, stop),), start, replicate)


def of(known, start=0, stop=HORIZON, names=("loss",)):
    result = result_of(job(stop, start), [known], LOSS, names, HORIZON)
    return result.state, {name: curve.tolist() for name, curve in result.curves.items()}


def same(found, state, **curves):
    assert found[0] is state
    assert found[1].keys() == curves.keys()
    for name, curve in curves.items():
        np.testing.assert_array_equal(np.float32(found[1][name]), np.float32(curve))


NAN = math.nan


def losses(**reports):
    return {int(epoch[1:]): {"loss": loss} for epoch, loss in reports.items()}


def test_a_pause_has_what_was_reported_up_to_it():
    known = Known(losses(e0=3, e1=2, e2=1, e3=0.5))
    same(of(known, stop=3), TrialState.PAUSED, loss=[3, 2, 1])
    same(of(known, start=1, stop=3), TrialState.PAUSED, loss=[2, 1])


def test_a_pause_between_two_reports_has_the_last_before():
    same(of(Known(losses(e0=3, e4=2)), stop=3), TrialState.PAUSED, loss=[3, NAN, 3])
    same(of(Known(losses(e0=3, e1=2, e7=1)), start=2, stop=4), TrialState.PAUSED, loss=[NAN, 2])


def test_a_pause_before_the_first_report_has_that():
    same(of(Known(losses(e4=2)), stop=3), TrialState.PAUSED, loss=[NAN, NAN, 2])


def test_the_end_is_complete():
    known = Known(losses(**{f"e{epoch}": epoch for epoch in range(HORIZON)}))
    same(of(known, start=6), TrialState.COMPLETE, loss=[6, 7, 8])


def test_one_that_ends_early_by_itself_is_complete():
    same(of(Known(losses(e0=3, e1=2), ended=True), stop=3), TrialState.COMPLETE, loss=[3, 2])


def test_what_is_returned_stands_at_the_last_epoch():
    known = Known(losses(e0=3, e1=2), ended=True, returned={"loss": 0.5, "score": 1.0})
    same(of(known, names=("loss", "score")), TrialState.COMPLETE, loss=[3, 0.5], score=[NAN, 1])
    same(of(Known({}, ended=True, returned={"loss": 0.5})), TrialState.COMPLETE, loss=[0.5])


def test_it_diverges_at_the_first_epoch_that_is_not_finite():
    same(of(Known(losses(e0=3, e1=NAN, e2=1))), TrialState.DIVERGED, loss=[3])
    same(of(Known(losses(e0=math.inf))), TrialState.DIVERGED, loss=[])
    # What no float32 can be is not finite either.
    same(of(Known(losses(e0=3, e1=1e39))), TrialState.DIVERGED, loss=[3])
    same(of(Known({}, ended=True, returned={"loss": NAN})), TrialState.DIVERGED, loss=[])


def test_another_metric_may_be_missing():
    known = Known({0: {"loss": 1.0, "score": NAN}, 1: {"loss": 2.0, "score": 5.0}, 2: {"loss": 3.0}})
    same(of(known, stop=3, names=("loss", "score")), TrialState.PAUSED, loss=[1, 2, 3], score=[NAN, 5, NAN])


def test_seeds_of_trials_are_their_own():
    seeds = {trial_seed(seed, number, replicate) for seed in range(3) for number in range(50) for replicate in range(3)}
    assert len(seeds) == 450
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert trial_seed(1, 2, 3) == trial_seed(1, 2, 3)


@contextmanager
def evaluating(train, *, retries=0, workers=1):
    settings = Code(CodeKind.FUNCTION, "train", str(Path.cwd()), workers, retries, None, None, None, True, False, None)
    evaluator = make_objective(cloudpickle.dumps(train), settings, [LOSS], SPACE, seed=0, epochs=HORIZON)
    try:
        yield evaluator
    finally:
        evaluator.close(done=True)


def finish(evaluator, *jobs):
    evaluator.submit(jobs)
    found = []
    while len(found) < len(jobs):
        found += evaluator.collect(1.0)
    return sorted(found, key=lambda result: (result.number, result.job.replicate))


def test_choices_and_whole_numbers_cannot_be_changed_under_training():
    with evaluating(lambda _: 1.0) as evaluator:
        assert evaluator.fixed == {"kind"}


def test_metrics_are_those_that_were_reported():
    def train(trial):
        trial.report(0, loss=1.0, zeal=1.0)
        if trial.number:
            trial.report(1, loss=1.0, accuracy=2.0)

    with evaluating(train) as evaluator:
        assert evaluator.metrics == (LOSS,)
        finish(evaluator, job())
        assert [metric.name for metric in evaluator.metrics] == ["loss", "zeal"]
        finish(evaluator, job(number=1))
        assert [metric.name for metric in evaluator.metrics] == ["loss", "accuracy", "zeal"]


def test_one_that_fails_is_begun_again_where_it_stands(tmp_path):
    def train(trial):
        tries = trial.folder / "tries"
        tries.write_text(f"{tries.read_text() if tries.exists() else ''}{trial.start} ")
        trial.report(trial.start, loss=float(trial.start))
        if trial.start < 2:
            raise LookupError("not yet")

    with evaluating(train, retries=2) as evaluator:
        evaluator.keep(tmp_path / "kept", "s", tmp_path / "results")
        (result,) = finish(evaluator, job())
        assert result.state is TrialState.COMPLETE
        assert result.curves["loss"].tolist() == [0, 1, 2]
        assert (tmp_path / "results" / "trials" / "0" / "tries").read_text() == "0 1 2 "
        said = "training was begun again 2 times (1 trial) after LookupError: not yet"
        assert evaluator.troubles() == [("retried", said)]


def test_one_that_fails_too_often_has_failed():
    def train(trial):
        trial.report(0, loss=1.0)
        raise LookupError("never")

    with evaluating(train, retries=2) as evaluator:
        (result,) = finish(evaluator, job())
    assert result.state is TrialState.FAILED
    assert result.curves["loss"].tolist() == [1.0]
    assert "LookupError: never" in result.error


def test_a_mistake_in_the_first_trial_ends_all():
    with evaluating(lambda trial: trial.report(0, score=1.0)) as evaluator, pytest.raises(SettingError, match="score"):
        finish(evaluator, job())


def test_a_mistake_in_another_trial_is_its_own():
    def train(trial):
        if trial.number:
            trial.report(0, score=1.0)
        return 1.0

    with evaluating(train) as evaluator:
        assert finish(evaluator, job())[0].state is TrialState.COMPLETE
        (result,) = finish(evaluator, job(number=1))
    assert result.state is TrialState.FAILED
    assert "there is only score" in result.error


def test_code_that_cannot_be_loaded_is_told_before_anything_begins(monkeypatch):
    settings = Code(CodeKind.IMPORTED, "nowhere:train", str(Path.cwd()), 1, 0, None, None, None, False, False, None)
    with pytest.raises(SettingError, match="ModuleNotFoundError: No module named 'nowhere'"):
        make_objective(cloudpickle.dumps(Imported("nowhere:train")), settings, [LOSS], SPACE, seed=0, epochs=1)


def test_what_was_reported_before_a_kill_is_not_trained_again(tmp_path):
    def train(trial):
        for epoch in range(trial.start, trial.epochs):
            with (trial.folder / "trained").open("a") as file:
                file.write(f"{epoch} ")
            trial.report(epoch, loss=float(epoch))
            if trial.should_stop:
                return

    with evaluating(train) as evaluator:
        evaluator.keep(tmp_path / "kept", "s", tmp_path / "results")
        finish(evaluator, job(stop=3))
    # Its journal is gone with the study; another one is begun, and closed as if it were killed.
    trained = tmp_path / "results" / "trials" / "0" / "trained"
    trained.unlink()
    first = make_objective(
        cloudpickle.dumps(train),
        Code(CodeKind.FUNCTION, "train", str(Path.cwd()), 1, 0, None, None, None, True, False, None),
        [LOSS],
        SPACE,
        seed=0,
        epochs=HORIZON,
    )
    first.keep(tmp_path / "kept", "s", tmp_path / "results")
    finish(first, job(stop=5))
    first.close(done=False)
    with evaluating(train) as evaluator:
        evaluator.keep(tmp_path / "kept", "s", tmp_path / "results")
        (known,) = finish(evaluator, job(stop=4))
        (result,) = finish(evaluator, job(start=4))
    assert known.curves["loss"].tolist() == [0, 1, 2, 3]
    assert result.curves["loss"].tolist() == [4, 5, 6, 7, 8]
    assert trained.read_text() == "0 1 2 3 4 5 6 7 8 "


def test_a_copy_that_is_over_takes_nothing_from_its_source(tmp_path):
    go_on = tmp_path / "go-on"

    def train(trial):
        (trial.folder / "state").write_text("there")
        for epoch in range(trial.start, trial.stop):
            trial.report(epoch, loss=float(epoch))
            while epoch == 6 and not trial.number and not go_on.exists():
                time.sleep(0.01)

    with evaluating(train, workers=2) as evaluator:
        finish(evaluator, job(stop=3), job(stop=3, number=1))
        copy = Job(1, (Leg(0, {}, 0, 3), Leg(1, {"rate": 0.5}, 3, HORIZON)), 3)
        evaluator.submit([job(start=3), copy])
        done = []
        while not done:
            done = evaluator.collect(1.0)
        assert [result.number for result in done] == [1]
        evaluator.cancel([1])
        go_on.touch()
        done = []
        while not done:
            done = evaluator.collect(1.0)
    (source,) = done
    assert source.curves["loss"].tolist() == [3, 4, 5, 6, 7, 8]


def test_what_had_to_be_trained_again_is_told():
    def train(trial):
        for epoch in range(trial.start if trial.number else 0, trial.stop):
            trial.report(epoch, loss=1.0)

    with evaluating(train) as evaluator:
        finish(evaluator, job(stop=3), job(stop=3, number=1))
        assert evaluator.troubles() == []
        finish(evaluator, job(start=3, stop=5), job(start=3, stop=5, number=1))
        finish(evaluator, job(start=5))
        said = (
            "8 epochs that had been reported before a pause had to be trained again: what was left in trial.folder did "
        )
        said += "not go so far"
        assert evaluator.troubles() == [("trained again", said)]


def test_code_that_leaves_nothing_cannot_be_copied():
    def train(trial):
        for epoch in range(trial.start, trial.stop):
            trial.report(epoch, loss=1.0)

    with evaluating(train) as evaluator:
        finish(evaluator, job(stop=3), job(stop=3, number=1))
        copy = Job(1, (Leg(0, {}, 0, 3), Leg(1, {"rate": 0.5}, 3, 6)), 3)
        with pytest.raises(SettingError, match=r"trial 0, which left nothing in trial\.folder"):
            evaluator.submit([copy])

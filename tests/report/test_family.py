import math

import numpy as np
import pytest

from ikura.records import CopyFrom, Goal, GoOn, History, JobResult, Leg, Metric, Objective, Source, Trial, TrialState
from ikura.report.family import Copy, Stretch, family, schedules, way_of
from ikura.space import Choice, Float, Space

LOSS = Metric("loss", Goal.MINIMIZE)
SPACE = Space(
    rate=Float(0.01, 1.0, scale="log"),
    kind=Choice("a", "b"),
    dropout=Float(0.0, 0.5),
    beta=Float(0.0, 1.0, when={"kind": ["b"]}),
)


def config(rate, dropout=0.1):
    return {"rate": rate, "kind": "a", "dropout": dropout}


def trained(history, losses):
    """The running trials come to where they were to go; None for one that diverges after one more epoch."""
    results = []
    for job in history.jobs():
        loss = losses[job.number]
        state = TrialState.COMPLETE if job.stop == history.horizon else TrialState.PAUSED
        curve = np.full(job.stop - job.start if loss is not None else 1, loss or 0.7, np.float32)
        results.append(JobResult(job, TrialState.DIVERGED if loss is None else state, {"loss": curve}))
    return history.with_results(results)


@pytest.fixture(scope="module")
def history():
    """Three members, six epochs, copies at 2 and 4: 1 takes over 0, then 2 takes over 1 while 0 diverges."""
    history = History((LOSS,), Objective(LOSS), 6)
    history = history.with_round([Trial(at, config(0.1 * (at + 1)), 0) for at in range(3)])
    history = trained(history.with_decisions([GoOn(at, 2) for at in range(3)]), [0.1, 0.9, 0.5])
    history = history.with_decisions([GoOn(0, 4), CopyFrom(1, Source(0, 2), config(0.12), 4), GoOn(2, 4)])
    history = trained(history, [None, 0.05, 0.4])
    history = history.with_decisions([GoOn(1, 6), CopyFrom(2, Source(1, 4), config(0.12, 0.2), 6)])
    return trained(history, {1: 0.04, 2: 0.03})


def test_copies_say_who_took_over_whom_and_what_was_changed(history):
    assert family(SPACE, history, 2).copies == (
        Copy(2, 1, 0, ("rate 0.1 → 0.12",)),
        Copy(4, 2, 1, ("dropout 0.1 → 0.2",)),
    )


def test_members_come_best_first_and_those_that_were_lost_last(history):
    assert family(SPACE, history, 2).members == ((0, 2), (0, 1), (0, 0))


def test_the_ways_of_all_members_meet_where_anyone_copied(history):
    found = [one for one in family(SPACE, history, 2).stretches if one.member == 1]
    assert found == [
        Stretch(1, 0, 2, pytest.approx(0.9)),
        Stretch(1, 2, 4, pytest.approx(0.05)),
        Stretch(1, 4, 6, pytest.approx(0.04)),
    ]
    lost = [one for one in family(SPACE, history, 2).stretches if one.member == 0]
    assert [(one.start, one.stop) for one in lost] == [(0, 2), (2, 3)]


def test_the_way_of_a_network_goes_through_all_whose_network_it_was(history):
    assert (
        family(SPACE, history, 2).way
        == way_of(history, 2)
        == (
            Leg(0, config(0.1), 0, 2),
            Leg(1, config(0.12), 2, 4),
            Leg(2, config(0.12, 0.2), 4, 6),
        )
    )
    assert way_of(history, None) == ()
    assert way_of(history, 7) == ()


def test_a_schedule_has_a_step_for_each_change_and_leaves_out_what_stayed(history):
    rate, dropout = family(SPACE, history, 2).schedules
    assert (rate.dimension, rate.steps) == ("rate", ((0, 2, 0.1), (2, 6, 0.12)))
    assert rate.places == pytest.approx((0.5, 0.5 + math.log10(1.2) / 2))
    assert (dropout.dimension, dropout.steps) == ("dropout", ((0, 4, 0.1), (4, 6, 0.2)))
    assert dropout.places == pytest.approx((0.2, 0.4))


def test_a_hyperparameter_that_comes_in_on_the_way_has_no_value_before():
    way = (Leg(0, {"kind": "a"}, 0, 1), Leg(1, {"kind": "b", "beta": 0.25}, 1, 3))
    kind, beta = schedules(SPACE, way)
    assert kind.steps == ((0, 1, "a"), (1, 3, "b"))
    assert beta.steps == ((0, 1, None), (1, 3, 0.25))
    assert math.isnan(beta.places[0])
    assert beta.places[1] == 0.25


def test_without_a_best_member_there_is_no_way(history):
    found = family(SPACE, history, None)
    assert (found.way, found.schedules) == ((), ())
    assert len(found.copies) == 2


def test_rounds_are_populations_of_their_own(make_study):
    study = make_study(trials=30, epochs=10, rounds=2, schedule="pbt")
    best = study.record.outcome.best
    found = family(study.space, study.history, best.number)
    assert {round_number for round_number, _ in found.members} == {0, 1}
    rounds = {trial.number: trial.round for trial in study.history.trials}
    assert found.copies
    assert all(rounds[copy.member] == rounds[copy.source] for copy in found.copies)
    assert found.way[0].start == 0
    assert found.way[-1].stop == 10
    assert found.way[-1].config == best.config

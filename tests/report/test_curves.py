from dataclasses import replace

import numpy as np
import pytest

from ikura.records import Goal, Metric, TrialState
from ikura.report.curves import curves
from ikura.report.facts import gather


@pytest.fixture(scope="module")
def study(make_study):
    return make_study(trials=60, epochs=12)


@pytest.fixture(scope="module")
def facts(study):
    return gather(study.record, study.space, study.history)


def metric(facts, name):
    return next(one for one in facts.metrics if one.name == name)


def named(figure, name):
    (trace,) = [trace for trace in figure.data if trace.name == name]
    return trace


def marks(figure, symbol):
    return [trace for trace in figure.data if trace.mode == "markers" and trace.marker.symbol == symbol]


def test_hundreds_of_curves_are_a_few_traces_with_gaps(facts, study):
    figure = curves(facts.shown, metric(facts, "dev_accuracy"), facts.best.number)
    assert len(figure.data) <= 7
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    drawn = sum(int(np.isnan(np.asarray(trace.x)).sum()) for trace in lines)
    with_a_curve = np.isfinite(study.history.curves["dev_accuracy"]).any(axis=1).sum()
    assert drawn == with_a_curve
    best = np.asarray(named(figure, f"trial {facts.best.number}").y, dtype=float)
    assert best[:-1] == pytest.approx(100 * study.history.curves["dev_accuracy"][facts.best.number], rel=5e-5)
    assert np.isnan(best[-1])


def test_a_diverged_trial_is_marked_at_its_last_finite_epoch(facts, study):
    figure = curves(facts.shown, metric(facts, "train_loss"), facts.best.number)
    (crosses,) = marks(figure, "x-thin-open")
    ends = {
        trial.number: int(np.isfinite(study.history.curves["train_loss"][trial.number]).sum())
        for trial, state in zip(study.history.trials, study.history.states, strict=True)
        if state is TrialState.DIVERGED
    }
    expected = {number: epochs for number, epochs in ends.items() if epochs}
    assert expected
    assert dict(zip(crosses.customdata.tolist(), crosses.x.tolist(), strict=True)) == expected


def test_a_stopped_trial_is_marked_where_it_ended(make_study):
    study = make_study(trials=27, epochs=9, rounds=1, schedule="halving")
    facts = gather(study.record, study.space, study.history)
    figure = curves(facts.shown, metric(facts, "dev_accuracy"), facts.best.number)
    stopped = study.history.numbers(TrialState.STOPPED)
    assert len(stopped) > 18
    seen = {}
    for dots in marks(figure, None):
        for number, epoch, value in zip(dots.customdata.tolist(), dots.x.tolist(), dots.y.tolist(), strict=True):
            seen[number] = (epoch, pytest.approx(value))
    ends = {number: int(study.history.epochs[number]) for number in stopped}
    finals = 100 * study.history.final("dev_accuracy")
    assert seen == {number: (epoch, finals[number]) for number, epoch in ends.items()}
    assert set(ends.values()) == {1, 3}


def test_losses_are_on_a_log_axis_and_shares_are_not(facts):
    types = {one.name: curves(facts.shown, one, None).layout.yaxis.type for one in facts.metrics}
    assert types == {"dev_accuracy": "linear", "dev_loss": "log", "train_loss": "log"}


def test_a_log_axis_has_whole_numbers_at_its_ticks(facts):
    def axis(scale):
        far = {"dev_loss": 0.31 * (facts.shown.curves["dev_loss"] / np.nanmin(facts.shown.curves["dev_loss"])) ** scale}
        return curves(replace(facts.shown, curves=far), metric(facts, "dev_loss"), None).layout.yaxis

    near = axis(0.1)
    low, high = 10 ** np.array(near.range)
    assert high < 2 * low
    assert len(near.tickvals) >= 3
    assert all(low <= value <= high for value in near.tickvals)
    assert [float(text) for text in near.ticktext] == list(near.tickvals)
    assert {np.log10(value).round(9) % 1 for value in axis(8).tickvals} == {0}


def test_a_loss_that_can_be_negative_and_an_error_in_percent_are_not_on_a_log_axis(facts):
    lower = {"dev_loss": facts.shown.curves["dev_loss"] - 5}
    axis = curves(replace(facts.shown, curves=lower), metric(facts, "dev_loss"), None).layout.yaxis
    assert axis.type == "linear"
    low, high = axis.range
    assert low < lower["dev_loss"][-1, -1] < high < 0
    error = Metric("dev_loss", Goal.MINIMIZE, "share")
    axis = curves(facts.shown, error, None).layout.yaxis
    assert (axis.type, axis.ticksuffix) == ("linear", "\u00a0%")
    low, high = axis.range
    best = 100 * float(np.nanmin(facts.shown.curves["dev_loss"]))
    assert 0 <= low < best < high <= 100.2

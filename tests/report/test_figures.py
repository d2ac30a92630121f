import base64
import json

import numpy as np
import plotly.graph_objects as go
import pytest

from ikura.records import TrialState
from ikura.report import figures
from ikura.report.dimensions import against, zoom
from ikura.report.drawing import to_json
from ikura.report.facts import gather
from ikura.report.finals import confusion
from ikura.report.parallel import LANE, parallel


@pytest.fixture(scope="module")
def study(make_study):
    return make_study(trials=60, epochs=12)


@pytest.fixture(scope="module")
def facts(study):
    return gather(study.record, study.space, study.history)


def named(figure, name):
    (trace,) = [trace for trace in figure.data if trace.name == name]
    return trace


def test_hundreds_of_curves_are_a_few_traces_with_gaps(facts, study):
    figure = figures.curves(facts.population, "dev_accuracy", facts.best.number)
    assert len(figure.data) <= 7
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    drawn = sum(int(np.isnan(np.asarray(trace.x)).sum()) for trace in lines)
    with_a_curve = np.isfinite(study.history.curves["dev_accuracy"]).any(axis=1).sum()
    assert drawn == with_a_curve
    best = np.asarray(named(figure, f"trial {facts.best.number}").y)
    assert best[:-1] == pytest.approx(100 * study.history.curves["dev_accuracy"][facts.best.number])
    assert np.isnan(best[-1])


def test_a_diverged_trial_is_marked_at_its_last_finite_epoch(facts, study):
    figure = figures.curves(facts.population, "train_loss", facts.best.number)
    (marks,) = [trace for trace in figure.data if trace.mode == "markers"]
    ends = {
        trial.number: int(np.isfinite(study.history.curves["train_loss"][trial.number]).sum())
        for trial, state in zip(study.history.trials, study.history.states, strict=True)
        if state is TrialState.DIVERGED
    }
    expected = {number: epochs for number, epochs in ends.items() if epochs}
    assert expected
    assert dict(zip(marks.customdata.tolist(), marks.x.tolist(), strict=True)) == expected


def test_losses_are_on_a_log_axis_and_accuracy_is_not(facts):
    axes = {metric: figures.curves(facts.population, metric, None).layout.yaxis for metric in figures.METRIC_TITLES}
    assert {metric: axis.type for metric, axis in axes.items()} == {
        "dev_accuracy": "linear",
        "dev_loss": "log",
        "train_loss": "log",
    }


def test_bad_trials_are_drawn_at_the_lower_edge_and_good_ones_where_they_belong(facts):
    figure = against(facts.population, facts.axes[0], 0, facts.best.number)
    dots = figure.data[0]
    accuracy, floor = dots.customdata[:, 1], 100 * facts.population.floor
    symbols = np.asarray(dots.marker.symbol)
    assert facts.population.below > 0
    assert (symbols == "triangle-down-open").sum() == facts.population.below
    assert np.all(np.asarray(dots.y)[symbols == "triangle-down-open"] == pytest.approx(floor))
    assert np.asarray(dots.y)[symbols == "circle"] == pytest.approx(accuracy[symbols == "circle"])


def test_a_trial_without_the_dimension_is_not_drawn_against_it(facts, study):
    column = study.space.names.index("momentum")
    drawn = {
        int(number)
        for trace in against(facts.population, facts.axes[column], column, None).data
        if trace.customdata is not None
        for number in np.atleast_2d(trace.customdata.T)[0]
    }
    assert drawn == {trial.number for trial in study.history.trials if "momentum" in trial.config}


def test_parallel_lines_pass_the_lane_where_a_dimension_is_not_used(facts, study):
    figure = parallel(facts.population, facts.axes, facts.best.number)
    column = study.space.names.index("momentum")
    points = len(study.space) + 2
    seen = {}
    for trace in figure.data:
        if trace.mode == "lines":
            x, y = np.asarray(trace.x).reshape(-1, points), np.asarray(trace.y).reshape(-1, points)
            assert np.isnan(x[:, -1]).all()
            assert not np.isnan(x[:, :-1]).any()
            assert (y[:, :-1] == np.arange(points - 2, -1, -1)).all()
            seen |= dict(zip(trace.customdata.reshape(-1, points)[:, 0].tolist(), x[:, column], strict=True))
    assert set(seen) == set(range(60))
    for trial in study.history.trials:
        assert (seen[trial.number] > 1.05) == ("momentum" not in trial.config)
        assert seen[trial.number] < LANE + 0.03


def test_the_zoom_draws_a_band_for_each_round(facts):
    columns = {axis.name: column for column, axis in enumerate(facts.axes)}
    found = next(one for one in facts.zooms if one.dimension == "learning_rate")
    figure = zoom(found, facts.population, facts.axes[0], columns["learning_rate"])
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [bar.y[0] for bar in bars] == [0, 1, 2, 3]
    assert [(bar.base[0], bar.base[0] + bar.x[0]) for bar in bars] == [
        pytest.approx(step.bands[0][:2]) for step in found.steps
    ]
    assert figure.layout.barmode == "overlay"


def test_the_confusion_matrix_tells_right_from_wrong():
    found = confusion({"test": {"confusion": [[8, 2], [0, 9]], "classes": ["<b>", "b"]}})
    figure = figures.confusion(found)
    heat = figure.data[0]
    assert np.sign(np.asarray(heat.z)).tolist() == [[1, -1], [0, 1]]
    assert [list(row) for row in heat.text] == [["8", "2"], ["", "9"]]
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;", "b")
    assert figure.layout.yaxis2.ticktext == ("80.0\u00a0%", "100\u00a0%")
    assert list(heat.customdata[0][1]) == ["2", "&lt;b&gt;", "b"]


def test_a_matrix_of_a_hundred_classes_is_not_annotated():
    names = [f"class {at}" for at in range(100)]
    figure = figures.confusion(confusion({"test": {"confusion": np.eye(100, dtype=int).tolist(), "classes": names}}))
    assert figure.data[0].texttemplate is None
    assert len(figure.layout.xaxis.ticktext) == 10
    assert figure.layout.height < 700


def test_json_ends_no_script():
    text = to_json(go.Figure(layout={"title": {"text": "</script><!--"}}))
    assert not set("<>") & set(text)
    assert json.loads(text) == {"data": [], "layout": {"title": {"text": "</script><!--"}}}


def test_json_keeps_every_number_and_no_template(facts):
    text = to_json(figures.curves(facts.population, "dev_loss", facts.best.number))
    assert "template" not in json.loads(text)["layout"]
    (best,) = [trace for trace in json.loads(text)["data"] if trace.get("name") == f"trial {facts.best.number}"]
    values = np.frombuffer(base64.b64decode(best["y"]["bdata"]), dtype=best["y"]["dtype"])
    row = facts.population.numbers.tolist().index(facts.best.number)
    assert values[:-1] == pytest.approx(facts.population.curves["dev_loss"][row])

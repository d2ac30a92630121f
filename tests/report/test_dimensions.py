import numpy as np
import pytest

from ikura.report.dimensions import against, zoom
from ikura.report.facts import gather


@pytest.fixture(scope="module")
def study(make_study):
    return make_study(trials=60, epochs=12)


@pytest.fixture(scope="module")
def facts(study):
    return gather(study.record, study.space, study.history)


def draw(facts, column, best=None):
    return against(facts.shown, facts.objective.metric, facts.axes[column], column, best)


def test_bad_trials_are_drawn_at_the_lower_edge_and_good_ones_where_they_belong(facts):
    dots = draw(facts, 0, facts.best.number).data[0]
    accuracy, edge = dots.customdata[:, 1], 100 * facts.shown.extents["dev_accuracy"].edge
    symbols, heights = np.asarray(dots.marker.symbol), np.asarray(dots.y)
    assert facts.shown.beyond > 0
    assert (symbols == "triangle-down-open").sum() == facts.shown.beyond
    assert np.all(heights[symbols == "triangle-down-open"] == pytest.approx(edge))
    assert heights[symbols == "circle"] == pytest.approx(accuracy[symbols == "circle"])
    assert set(symbols) == {"triangle-down-open", "circle"}


def test_where_less_is_better_bad_trials_and_diverged_ones_are_drawn_at_the_upper_edge(make_study):
    study = make_study(trials=60, epochs=12, loss=True)
    facts = gather(study.record, study.space, study.history)
    figure = draw(facts, 0, facts.best.number)
    dots, crosses, ring = figure.data
    losses, edge = dots.customdata[:, 1], facts.shown.extents["dev_loss"].edge
    symbols, heights = np.asarray(dots.marker.symbol), np.asarray(dots.y)
    assert facts.shown.beyond > 0
    assert (symbols == "triangle-up-open").sum() == (losses > edge).sum() == facts.shown.beyond
    assert np.all(heights[losses > edge] == pytest.approx(edge))
    assert heights[symbols == "circle"] == pytest.approx(losses[symbols == "circle"])
    low, high = figure.layout.yaxis.range
    assert low < heights.min() < edge < crosses.y[0] < high
    assert ring.y[0] == pytest.approx(study.history.final("dev_loss")[facts.best.number])
    assert all("%" not in text for text in figure.layout.yaxis.ticktext)


def test_trials_that_were_stopped_are_hollow(make_study):
    study = make_study(trials=27, epochs=9, rounds=1, schedule="halving")
    facts = gather(study.record, study.space, study.history)
    dots = draw(facts, 0).data[0]
    symbols = dict(zip(dots.customdata[:, 0].astype(int).tolist(), dots.marker.symbol, strict=True))
    whole = {number for number, symbol in symbols.items() if symbol == "circle"}
    assert whole == set(study.history.numbers("complete"))
    assert len(symbols) > 3 * len(whole)


def test_a_trial_without_the_dimension_is_not_drawn_against_it(facts, study):
    column = study.space.names.index("momentum")
    drawn = {
        int(number)
        for trace in draw(facts, column).data
        if trace.customdata is not None
        for number in np.atleast_2d(trace.customdata.T)[0]
    }
    assert drawn == {trial.number for trial in study.history.trials if "momentum" in trial.config}


def test_the_zoom_draws_a_band_for_each_round(facts):
    columns = {axis.name: column for column, axis in enumerate(facts.axes)}
    found = next(one for one in facts.zooms if one.dimension == "learning_rate")
    figure = zoom(found, facts.shown, facts.axes[0], columns["learning_rate"])
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [bar.y[0] for bar in bars] == [0, 1, 2, 3]
    assert [(bar.base[0], bar.base[0] + bar.x[0]) for bar in bars] == [
        pytest.approx(step.bands[0][:2]) for step in found.steps
    ]
    assert figure.layout.barmode == "overlay"

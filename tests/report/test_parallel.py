import numpy as np
import pytest

from ikura.report.facts import gather
from ikura.report.parallel import LANE, _lines, parallel


@pytest.mark.parametrize("loss", [False, True])
def test_lines_pass_the_lane_where_a_dimension_is_not_used_and_end_at_the_objective(make_study, loss):
    study = make_study(trials=60, epochs=12, loss=loss)
    facts = gather(study.record, study.space, study.history)
    metric = facts.objective.metric
    figure = parallel(facts.shown, metric, facts.axes, facts.best.number)
    column = study.space.names.index("momentum")
    points = len(study.space) + 2
    seen, reached = {}, {}
    for trace in figure.data:
        if trace.mode == "lines":
            x, y = np.asarray(trace.x).reshape(-1, points), np.asarray(trace.y).reshape(-1, points)
            assert np.isnan(x[:, -1]).all()
            assert not np.isnan(x[:, :-1]).any()
            assert (y[:, :-1] == np.arange(points - 2, -1, -1)).all()
            numbers = trace.customdata.reshape(-1, points)[:, 0].tolist()
            seen |= dict(zip(numbers, x[:, column], strict=True))
            reached |= dict(zip(numbers, x[:, -2].tolist(), strict=True))
    assert set(seen) == set(range(60))
    for trial in study.history.trials:
        assert (seen[trial.number] > 1.05) == ("momentum" not in trial.config)
        assert seen[trial.number] < LANE + 0.03
    finals = study.history.final(metric.name)
    # Small values stand at the left, whether they are good or bad; those that diverged have none.
    assert reached[int(np.nanargmin(finals))] == pytest.approx(0, abs=1e-6)
    assert reached[int(np.nanargmax(finals))] == pytest.approx(1, abs=1e-6)
    assert {number for number, place in reached.items() if place > 1.05} == set(study.history.numbers("diverged"))


def test_texts_that_would_touch_on_a_phone_stand_in_two_lines():
    assert _lines([(0.1, "momentum"), (0.3, "nesterov"), (0.5, "rmsprop"), (0.7, "adam"), (0.9, "adamw")]) == [
        0,
        1,
        0,
        0,
        0,
    ]
    assert _lines([(0.0, "0"), (0.5, "0.5"), (1.0, "1")]) == [0, 0, 0]

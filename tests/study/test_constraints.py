"""Studies whose trials must keep to something."""

import math

import pytest

import ikura
from ikura.errors import SettingError
from ikura.records import AT_LEAST, AT_MOST, Constraint, Goal, Metric
from ikura.study.constraints import constraints
from tests.study import code
from tests.study.test_code import shape, tune


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def priced(trial):
    """The less the loss, the more it costs."""
    rate = math.log10(trial.config["rate"])
    for epoch in range(trial.epochs):
        trial.report(epoch, loss=-rate + 1 / (1 + epoch), latency=10 + 2 * rate)


@pytest.mark.parametrize(
    ("text", "sign", "bound"),
    [("latency <= 5", AT_MOST, 5.0), (" latency>=-0.5 ", AT_LEAST, -0.5), ("latency <=1e-3", AT_MOST, 1e-3)],
)
def test_a_constraint_is_read(text, sign, bound):
    goal = Goal.MINIMIZE if sign == AT_MOST else Goal.MAXIMIZE
    assert constraints(text) == (Constraint(Metric("latency", goal), sign, bound),)
    assert constraints([text]) == constraints(text)
    assert constraints(str(constraints(text)[0])) == constraints(text)


def test_names_of_metrics_may_have_spaces_and_slashes():
    assert constraints("val/top 5 <= 1")[0].metric.name == "val/top 5"


@pytest.mark.parametrize(
    "given",
    ["latency", "latency < 5", "latency <= fast", "<= 5", "latency <= nan", "latency == 5", ["a <= 1", 3], 5, ""],
)
def test_another_text_is_told_in_one_line(given):
    with pytest.raises(SettingError, match=r"^constraint: .* is given; it must be a metric, <= or >=, and a number"):
        tune(priced, constraint=given)


@pytest.mark.parametrize("schedule", ["full", "halving", "asha", "hyperband", "median"])
def test_the_winner_keeps_to_it(schedule):
    result = tune(priced, trials=16, epochs=9, schedule=schedule, constraint="latency <= 5")
    latency = result.trials.final("latency")
    assert latency[result.best.number] <= 5
    assert (latency > 5).any()
    assert not [each for each in result.outcome.troubles if "latency" in each]
    keeping = [n for n in range(16) if latency[n] <= 5 and str(result.trials.states[n]) == "complete"]
    assert result.value == min(result.trials.final("loss")[keeping])


def test_where_none_keeps_to_it_the_result_says_so():
    result = tune(priced, constraint=["latency <= 1", "latency >= -9"])
    assert result.outcome.troubles == (
        "no trial kept to latency <= 1 and latency >= -9; the best of them is the one that violates it least",
    )
    assert result.best.number == result.trials.final("latency").argmin()


def test_one_that_is_never_reported_is_told_and_leaves_no_study():
    with pytest.raises(SettingError, match=r"'latencies' is given.*reported latency and loss;.*did you mean 'latency'"):
        tune(priced, constraint="latencies <= 5", name="s")
    with pytest.raises(ikura.IkuraError, match="there is no 's'"):
        ikura.load("s", store="x.db")


def test_one_that_is_reported_at_the_end_alone_is_enough():
    def train(trial):
        for epoch in range(trial.epochs):
            trial.report(epoch, loss=trial.config["rate"])
        return {"loss": trial.config["rate"], "size": 1 / trial.config["rate"]}

    result = tune(train, epochs=9, trials=16, schedule="halving", constraint="size <= 1e9", workers=1)
    assert result.outcome.stopped > 0
    assert result.trials.feasible[result.best.number]


def test_of_data_it_is_a_metric_that_is_measured():
    data = {"trials": 4, "epochs": 2, "store": "x.db"}
    result = ikura.tune("iris", constraint="dev_loss <= 100", **data)
    assert [str(each) for each in result.study.settings.objective.constraints] == ["dev_loss <= 100"]
    assert ikura.tune("iris", constraint="loss <= 100", **data).best.config == result.best.config
    with pytest.raises(SettingError, match=r"constraint: 'latency' is given, which is not measured.*dev_loss"):
        ikura.tune("iris", constraint="latency <= 5", **data)


def test_a_study_that_was_stopped_goes_on_with_it():
    options = {"schedule": "halving", "epochs": 9, "trials": 16, "constraint": "accuracy <= 0.98", "workers": 1}
    whole = tune(code.walk, **options, name="whole", sampler="thompson")

    def stop(event):
        if isinstance(event, ikura.study.ResultsStored) and event.epochs > 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(code.walk, **options, name="s", sampler="thompson", watch=stop)
    again = ikura.resume("s", train=code.walk, store="x.db")
    assert shape(again) == shape(whole)
    assert not whole.trials.feasible.all()
    with pytest.raises(
        SettingError, match=r"constraint: 'whole' was begun with accuracy <= 0.98, and accuracy <= 0.9 is given"
    ):
        tune(code.walk, **options | {"constraint": "accuracy <= 0.9"}, name="whole", sampler="thompson", resume=True)


def test_what_was_broken_is_said_in_python_too():
    result = tune(priced, constraint="latency <= -1", trials=6)
    assert result.notes[0].startswith("no trial kept to latency <= -1")
    assert repr(result).endswith(
        "; no trial kept to latency <= -1; the best of them is the one that violates it least>"
    )
    assert "<p>Note: no trial kept to latency &lt;= -1" in result._repr_html_()
    with pytest.raises(AttributeError, match=r"has no 'best_params'; it has best, value, outcome, trials"):
        _ = result.best_params


def test_an_optuna_sampler_that_learns_nothing_goes_with_a_constraint():
    result = tune(priced, constraint="latency <= 5", sampler="qmc", trials=24)
    assert result.trials.final("latency")[result.best.number] <= 5


def test_an_optuna_sampler_that_may_keep_what_it_has_learned_is_refused():
    with pytest.raises(SettingError, match="CmaEsSampler"):
        tune(priced, constraint="latency <= 5", sampler="cma-es")
    result = tune(priced, constraint="latency <= 5", sampler="tpe", trials=24)
    assert result.trials.final("latency")[result.best.number] <= 5

"""What every store promises (`ikura.store.Store`). The fixture `url` says which ones there are."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ikura.errors import SettingError, StoreError, StudyExists, UnknownStudy
from ikura.records import (
    CopyFrom,
    Earlier,
    Edit,
    Goal,
    GoOn,
    Metric,
    Objective,
    OptionCounts,
    Region,
    Source,
    Span,
    Trial,
    TrialState,
)
from ikura.store import Store, open_store
from ikura.tasks import CLASSIFICATION

METRICS = [metric.name for metric in CLASSIFICATION.metrics]

WAITING, COMPLETE, DIVERGED = TrialState.WAITING, TrialState.COMPLETE, TrialState.DIVERGED
CALLS = {
    "study": lambda store, name: store.study(name),
    "history": lambda store, name: store.history(name),
    "events": lambda store, name: store.events(name),
    "add_round": lambda store, name: store.add_round(name, [Trial(0, {}, 0)], None),
    "write": lambda store, name: store.write(name, []),
    "add_event": lambda store, name: store.add_event(name, "note", "hello"),
    "set_status": lambda store, name: store.set_status(name, "interrupted"),
    "claim": lambda store, name: store.claim(name),
    "decisions": lambda store, name: store.decisions(name),
    "send": lambda store, name: store.send(name, "stop", {}),
    "commands": lambda store, name: store.commands(name, 0),
    "revise": lambda store, name: store.revise(name, store.study(name).settings, ""),
    "add_metrics": lambda store, name: store.add_metrics(name, []),
    "delete": lambda store, name: store.delete(name),
}


def one_line(error: pytest.ExceptionInfo[StoreError] | pytest.ExceptionInfo[SettingError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    assert "sqlalche.me" not in message
    return message


def exact(value: object) -> object:
    """A value that equals another only when the types do too."""
    if isinstance(value, dict):
        return [(name, exact(each)) for name, each in value.items()]
    if isinstance(value, list):
        return [exact(each) for each in value]
    return type(value), repr(value)


def test_a_new_study_is_running_and_empty(store: Store, make_settings):
    before = datetime.now(UTC)
    store.create("digits", make_settings(limits={"rate": (None, 1.5)}), "[rate]\n")
    study = store.study("digits")
    assert (study.name, study.status, study.space, study.outcome) == ("digits", "running", "[rate]\n", None)
    assert study.settings == make_settings(limits={"rate": (None, 1.5)})
    assert study.created.utcoffset() == timedelta(0)
    assert before <= study.created <= datetime.now(UTC)
    history = store.history("digits")
    assert (history.trials, history.states, history.regions) == ((), (), ())
    assert {metric: curve.shape for metric, curve in history.curves.items()} == dict.fromkeys(METRICS, (0, 0))
    assert store.events("digits") == []


def test_everything_is_there_when_the_store_is_opened_again(url, make_trials, make_results, begin, make_outcome):
    region = Region(
        1, 2, (Span("rate", 1e-4, 0.1, 3, 4, "low"), OptionCounts("kind", (("1", 2), (1, 0), (True, 1)), 3))
    )
    with open_store(url) as store:
        assert store.url == url
        begin(store, "s")
        store.add_round("s", make_trials(2), None)
        store.add_round("s", make_trials(2, first=2, round=1), region)
        results = [*make_results(range(1, 3)), *make_results(range(1), epochs=1, state=DIVERGED)]
        store.write("s", results)
        store.add_event("s", "zoom", "round 1")
        store.finish("s", make_outcome())
    with open_store(url) as store:
        history = store.history("s")
        assert history.trials == (*make_trials(2), *make_trials(2, first=2, round=1))
        assert history.states == (DIVERGED, COMPLETE, COMPLETE, WAITING)
        assert history.regions == (region,)
        assert [type(option) for option, _ in history.regions[0].dimensions[1].counts] == [str, int, bool]
        for metric in METRICS:
            curves = history.curves[metric]
            assert (curves.dtype, curves.shape) == (np.float32, (4, 3))
            np.testing.assert_array_equal(curves[1], results[0].curves[metric])
            np.testing.assert_array_equal(curves[2], results[1].curves[metric])
            np.testing.assert_array_equal(curves[0], [results[2].curves[metric][0], np.nan, np.nan])
            assert np.isnan(curves[3]).all()
        study = store.study("s")
        assert (study.status, study.outcome) == ("complete", make_outcome())
        assert [(event.kind, event.message) for event in store.events("s")] == [("zoom", "round 1")]


VALUES = st.one_of(
    st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
CURVES = st.integers(0, 4).flatmap(
    lambda epochs: st.fixed_dictionaries(
        {metric: arrays(np.float32, epochs, elements=st.floats(width=32)) for metric in METRICS}
    )
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.dictionaries(st.text(), VALUES, max_size=5), CURVES), min_size=1, max_size=4))
@example([({}, {metric: np.full(1, np.nan, np.float32) for metric in METRICS})])
def test_configurations_and_curves_come_back_exactly(store: Store, begin, make_result, drawn):
    name = f"study {len(store.studies())}"
    begin(store, name)
    store.add_round(name, [Trial(number, config, 0) for number, (config, _) in enumerate(drawn)], None)
    store.write(name, [make_result(number, curves) for number, (_, curves) in enumerate(drawn)])
    history = store.history(name)
    assert exact([trial.config for trial in history.trials]) == exact([config for config, _ in drawn])
    for number, (_, curves) in enumerate(drawn):
        for metric, curve in curves.items():
            # A history is as wide as what was measured; at the last epochs of all, nothing may have been.
            kept = np.pad(history.curves[metric][number], (0, len(curve)), constant_values=np.nan)
            np.testing.assert_array_equal(kept[: len(curve)], curve)
            assert np.isnan(kept[len(curve) :]).all()


def test_where_nothing_was_measured_nothing_is_kept(store: Store, make_trials, begin, make_result):
    begin(store, "s")
    store.add_round("s", make_trials(2), None)
    gone = np.array([0.5, np.nan, np.nan], dtype=np.float32)
    kept = np.array([np.nan, 0.25, np.nan], dtype=np.float32)
    result = make_result(1, {"train_loss": gone, "dev_loss": kept})
    store.write("s", [result])
    history = store.history("s")
    assert result.epochs == history.epochs[1] == 2
    missing = [np.nan, np.nan]
    np.testing.assert_array_equal(history.curves["train_loss"], [missing, [0.5, np.nan]])
    np.testing.assert_array_equal(history.curves["dev_loss"], [missing, [np.nan, 0.25]])
    np.testing.assert_array_equal(history.curves["dev_accuracy"], [missing, missing])


def test_minus_zero_is_kept_as_zero(store: Store, make_trials, begin, make_result):
    begin(store, "s")
    store.add_round("s", make_trials(1), None)
    curves = {metric: np.array([-0.0, 1.0], dtype=np.float32) for metric in METRICS}
    store.write("s", [make_result(0, curves)])
    assert not np.signbit(store.history("s").curves["dev_loss"]).any()


def test_numbers_that_json_lacks_are_null_in_documents(store: Store, make_settings, make_outcome):
    store.create("s", make_settings(limits={"rate": (-math.inf, np.float32(0.5))}), "")
    planned = {"engine": "xla", "seconds": math.nan, "parts": [], "padding_waste": np.float64(0.25)}
    store.finish("s", make_outcome(planned=planned))
    study = store.study("s")
    assert study.settings.limits == {"rate": (None, 0.5)}
    assert study.outcome is not None
    assert study.outcome.planned == planned | {"seconds": None}


def test_studies_are_listed_newest_first_and_keep_apart(store: Store, make_trials, make_results, begin):
    for name in ("b", "c", "a"):
        begin(store, name)
    store.add_round("c", make_trials(3), None)
    store.write("c", make_results(range(3)))
    store.add_event("c", "note", "mine")
    store.set_status("c", "interrupted")
    assert [(study.name, study.status) for study in store.studies()] == [
        ("a", "running"),
        ("c", "interrupted"),
        ("b", "running"),
    ]
    assert store.history("a").trials == ()
    assert store.events("b") == []
    store.add_round("a", make_trials(1), None)
    assert (len(store.history("a").trials), len(store.history("c").trials)) == (1, 3)


def test_events_keep_their_order_and_time(store: Store, begin):
    begin(store, "s")
    before = datetime.now(UTC)
    for number in range(12):
        store.add_event("s", "note", f"message {number} 'é' 魚")
    events = store.events("s")
    assert [event.message for event in events] == [f"message {number} 'é' 魚" for number in range(12)]
    assert before <= events[0].time <= events[-1].time <= datetime.now(UTC)
    assert events[0].time.utcoffset() == timedelta(0)
    store.add_event("s", "note", "could not read caf\udce9.csv")
    assert store.events("s")[-1].message == r"could not read caf\udce9.csv"


def test_a_taken_name_is_refused_and_the_study_kept(store: Store, begin):
    begin(store, "my study", seed=1)
    with pytest.raises(StudyExists) as error:
        begin(store, "my study", seed=2)
    message = one_line(error)
    assert "'my study'" in message
    assert "another --name" in message
    assert "`ikura resume 'my study'`" in message
    assert store.study("my study").settings.seed == 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_an_unknown_study_is_named_with_the_close_ones(store: Store, call, begin):
    with pytest.raises(UnknownStudy, match="no studies yet"):
        call(store, "digits")
    begin(store, "digits-1")
    begin(store, "wine")
    with pytest.raises(UnknownStudy) as error:
        call(store, "digits")
    assert "'digits'" in one_line(error)
    assert "did you mean 'digits-1'?" in str(error.value)
    with pytest.raises(UnknownStudy, match="`ikura list`"):
        call(store, "zzz")
    with pytest.raises(UnknownStudy):
        call(store, "half a pair \ud800")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("a\nb", "control character"),
        ("a\x00", "control character"),
        ("\ud800", "is not text in the encoding of this locale"),
        ("a\u202eb", "control character"),
        (" a", "space at an end"),
        ("x" * 101, "101 characters"),
    ],
)
def test_what_cannot_be_a_name_is_refused(store: Store, name, says, begin):
    with pytest.raises(SettingError, match=says) as error:
        begin(store, name)
    one_line(error)
    assert store.studies() == []


@pytest.mark.parametrize("name", ["x" * 100, "été 2026 / 魚", "'; DROP TABLE studies; --", "%", "a_b"])
def test_any_other_name_will_do(store: Store, name, begin):
    begin(store, name)
    assert store.study(name).name == name
    with pytest.raises(UnknownStudy):
        store.study("%%" if name == "%" else "a%b")


def test_results_of_unknown_trials_are_refused_whole(store: Store, make_trials, make_results, begin):
    begin(store, "s")
    store.add_round("s", make_trials(2), None)
    with pytest.raises(StoreError, match=r"trials 2, 3, 4, 5, 6\.\.\. \(6 in all\) do not exist") as error:
        store.write("s", make_results(range(8)))
    one_line(error)
    assert store.history("s").states == (WAITING, WAITING)
    assert store.history("s").curves["dev_loss"].shape == (2, 0)


def test_a_trial_that_failed_keeps_its_traceback(url: str, make_trials, make_results, begin, make_result):
    nothing = {metric: np.zeros(0, np.float32) for metric in METRICS}
    told = "Traceback:\n  File 'net\udcff.py'\nValueError: \0 is no unit\n"
    with open_store(url) as store:
        begin(store, "s")
        store.add_round("s", make_trials(3), None)
        failed = make_result(2, nothing, state=TrialState.FAILED, error=told)
        store.write("s", [*make_results(range(1)), failed])
    with open_store(url) as store:
        history = store.history("s")
    assert history.states == (COMPLETE, WAITING, TrialState.FAILED)
    assert history.errors == {2: "Traceback:\n  File 'net\\udcff.py'\nValueError: \\x00 is no unit\n"}


def test_a_second_result_is_refused_whole(store: Store, make_trials, make_results, begin):
    begin(store, "s")
    store.add_round("s", make_trials(3), None)
    first = make_results(range(1, 2))
    store.write("s", first)
    for again in (first, make_results(range(3)), make_results(range(2), epochs=9, state=DIVERGED)):
        with pytest.raises(StoreError, match="trials 1 have results already") as error:
            store.write("s", again)
        one_line(error)
    with pytest.raises(StoreError, match="trials 2 have results already"):
        store.write("s", make_results(range(2, 3)) * 2)
    history = store.history("s")
    assert history.states == (WAITING, COMPLETE, WAITING)
    np.testing.assert_array_equal(history.curves["dev_loss"][1], first[0].curves["dev_loss"])


@pytest.mark.parametrize("state", [WAITING, TrialState.RUNNING, TrialState.STOPPED])
def test_a_result_in_which_nothing_was_trained_is_refused(store: Store, make_trials, make_results, begin, state):
    begin(store, "s")
    store.add_round("s", make_trials(2), None)
    with pytest.raises(StoreError, match=f"results of trials 1 are still {state}; train them first") as error:
        store.write("s", [*make_results(range(1)), *make_results(range(1, 2), state=state)])
    one_line(error)
    assert store.history("s").curves["dev_loss"].shape == (2, 0)


def test_other_metrics_than_the_studys_are_refused(store: Store, make_trials, make_result, begin):
    begin(store, "s")
    store.add_round("s", make_trials(1), None)
    with pytest.raises(StoreError, match="'f1' is none of its metrics") as error:
        store.write("s", [make_result(0, {"f1": np.ones(2, np.float32)})])
    one_line(error)
    assert store.history("s").states == (WAITING,)


def test_a_study_is_revised_even_when_it_is_complete(url: str, make_trials, make_results, begin, make_outcome):
    filled = [Trial(1, {"units": 1, "rate": 0.5, "added": 0.0}, 0)]
    with open_store(url) as store:
        begin(store, "digits")
        decisions = [GoOn(0, 3), GoOn(1, 3), CopyFrom(2, Source(0, 0), {"units": 7}, 3)]
        store.add_round("digits", make_trials(3), None, decisions)
        before = store.history("digits")
        settings = replace(store.study("digits").settings, trials=64, earlier=(Earlier(1, 32, "[rate]"),))
        edits = {2: [Edit(0, {"units": 7, "added": 1.5}, Source(0, 0))]}
        store.revise("digits", settings, "[other]", filled, edits)
        assert (store.study("digits").settings, store.study("digits").space) == (settings, "[other]")
        for history in (store.history("digits"), store.history("digits", before)):
            assert history.trials == (before.trials[0], filled[0], before.trials[2])
            assert history.edits == {2: tuple(edits[2])}
            assert history.states == before.states
        store.write("digits", make_results(range(2)))
        store.finish("digits", make_outcome())
    with open_store(url) as store:
        store.revise("digits", replace(settings, trials=128), "[other]")
        assert (store.study("digits").status, store.study("digits").outcome) == ("running", None)
        store.add_round("digits", make_trials(1, first=3, round=1), None)
        with open_store(url) as other, pytest.raises(StoreError, match="digits"):
            other.revise("digits", settings, "[other]")


def test_a_study_has_metrics_of_its_own(url: str, make_trials, make_result, begin):
    score, seconds = Metric("score", Goal.MAXIMIZE), Metric("seconds", Goal.MINIMIZE, "s")
    with open_store(url) as store:
        begin(store, "s", metrics=(seconds, score), objective=Objective(score, (seconds,)), task="another", epochs=7)
        store.add_round("s", make_trials(2), None)
        store.write("s", [make_result(0, {"score": np.array([1, 2], np.float32)})])
        store.write("s", [make_result(1, {"score": np.array([3], np.float32), "seconds": np.array([9], np.float32)})])
    with open_store(url) as store:
        history = store.history("s")
        settings = store.study("s").settings
    assert (settings.metrics, settings.objective) == ((seconds, score), Objective(score, (seconds,)))
    assert (history.metrics, history.objective, history.horizon) == (settings.metrics, settings.objective, 7)
    assert list(history.curves) == ["seconds", "score"]
    np.testing.assert_array_equal(history.curves["score"], [[1, 2], [3, np.nan]])
    np.testing.assert_array_equal(history.curves["seconds"], [[np.nan, np.nan], [9, np.nan]])


def test_more_metrics_may_join_those_of_a_study(url: str, make_trials, make_result, begin):
    score, late, later = (Metric(name, Goal.MINIMIZE) for name in ("score", "late", "later"))
    with open_store(url) as store:
        begin(store, "s", metrics=(score,), objective=Objective(score), task="another")
        store.add_round("s", make_trials(3), None)
        store.write("s", [make_result(0, {"score": np.array([1], np.float32)})])
        before = store.history("s")
        with pytest.raises(StoreError, match="'late' is none of its metrics"):
            store.write("s", [make_result(1, {"late": np.array([2], np.float32)})])
        store.add_metrics("s", [score, late])
        store.write("s", [make_result(1, {"score": np.array([2], np.float32), "late": np.array([5], np.float32)})])
        store.add_metrics("s", [later])
        store.write("s", [make_result(2, {"score": np.array([3], np.float32), "later": np.array([6], np.float32)})])
        histories = [store.history("s"), store.history("s", since=before)]
    with open_store(url) as store:
        histories.append(store.history("s"))
        assert store.study("s").settings.metrics == (score, late, later)
    for history in histories:
        assert history.metrics == (score, late, later)
        np.testing.assert_array_equal(history.curves["score"], [[1], [2], [3]])
        np.testing.assert_array_equal(history.curves["late"], [[np.nan], [5], [np.nan]])
        np.testing.assert_array_equal(history.curves["later"], [[np.nan], [np.nan], [6]])


def test_a_round_that_does_not_follow_is_refused_whole(store: Store, make_trials, begin):
    begin(store, "s")
    store.add_round("s", make_trials(3), None)
    mixed = [*make_trials(1, first=3, round=1), *make_trials(1, first=4, round=2)]
    wrong = [
        make_trials(3),
        make_trials(2, first=4, round=1),
        list(reversed(make_trials(2, first=3, round=1))),
        make_trials(2, first=3, round=0),
        mixed,
        [],
    ]
    for trials in wrong:
        with pytest.raises(StoreError, match="cannot follow") as error:
            store.add_round("s", trials, None)
        one_line(error)
    assert len(store.history("s").trials) == 3


def test_a_study_without_results_is_written_and_read(store: Store, make_trials, begin, make_result):
    begin(store, "s")
    store.write("s", [])
    store.add_round("s", make_trials(2), None)
    store.write("s", [])
    empty = {metric: np.empty(0, dtype=np.float32) for metric in METRICS}
    store.write("s", [make_result(0, empty, state=DIVERGED)])
    history = store.history("s")
    assert history.states == (DIVERGED, WAITING)
    assert history.curves["train_loss"].shape == (2, 0)


def test_a_deleted_study_is_gone_and_its_name_free(store: Store, make_trials, make_results, begin, make_outcome):
    for name in ("s", "other"):
        begin(store, name)
        store.add_round(name, make_trials(3), None)
        store.write(name, make_results(range(3)))
        store.add_event(name, "note", name)
    store.finish("s", make_outcome())
    store.delete("s")
    assert [study.name for study in store.studies()] == ["other"]
    with pytest.raises(UnknownStudy):
        store.history("s")
    with pytest.raises(UnknownStudy):
        store.delete("s")
    assert len(store.history("other").trials) == 3
    begin(store, "s")
    assert (store.history("s").trials, store.events("s")) == ((), [])


def test_a_study_that_another_one_writes_is_not_deleted(url: str, begin):
    with open_store(url) as writer, open_store(url) as other:
        begin(writer, "s")
        with pytest.raises(StoreError, match=r"is being written by process .*; one process writes a study"):
            other.delete("s")
        writer.add_event("s", "note", "still here")
        writer.delete("s")
        assert other.studies() == []

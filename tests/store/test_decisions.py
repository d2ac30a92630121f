"""What every store promises of trials that are trained in pieces, and of what is decided about them."""

import numpy as np
import pytest

from ikura.errors import StoreError
from ikura.records import CopyFrom, GoOn, Source, Stop, TrialState
from ikura.store import Store, open_store

WAITING, RUNNING, PAUSED = TrialState.WAITING, TrialState.RUNNING, TrialState.PAUSED
COMPLETE, STOPPED, DIVERGED = TrialState.COMPLETE, TrialState.STOPPED, TrialState.DIVERGED


def test_a_trial_is_trained_in_pieces(store: Store, make_trials, make_results, begin):
    begin(store, "s")
    store.add_round("s", make_trials(2), None, [GoOn(1, 2)])
    assert store.history("s").states == (WAITING, RUNNING)
    assert store.history("s").targets == {1: 2}
    first = make_results(range(1, 2), epochs=2, state=PAUSED)
    store.write("s", first)
    assert (store.history("s").states, store.history("s").targets) == ((WAITING, PAUSED), {})
    second = make_results(range(1, 2), epochs=1, start=2)
    store.write("s", [], [GoOn(1, 3)])
    for wrong in (first, make_results(range(1, 2), start=1), make_results(range(1, 2), start=3)):
        with pytest.raises(StoreError, match="results of trials 1 do not go on where the last ones ended") as error:
            store.write("s", wrong)
        assert "\n" not in str(error.value)
    store.write("s", second)
    history = store.history("s")
    assert (history.states, history.targets) == ((WAITING, COMPLETE), {})
    expected = [*first[0].curves["dev_loss"], *second[0].curves["dev_loss"]]
    np.testing.assert_array_equal(history.curves["dev_loss"], [[np.nan] * 3, expected])


def test_what_is_decided_is_kept_with_what_it_is_about(url: str, make_trials, make_results, begin):
    copy = CopyFrom(1, Source(0, 2), {"units": 1, "rate": True}, 3)
    with open_store(url) as store:
        begin(store, "s")
        store.add_round("s", make_trials(4), None, [GoOn(0, 2), GoOn(1, 2), GoOn(2, 2)])
        store.write("s", make_results(range(3), epochs=2, state=PAUSED), [copy, Stop(2), GoOn(0, 3), Stop(3)])
        store.write("s", make_results(range(1), epochs=1, start=2))
    with open_store(url) as store:
        assert store.decisions("s") == [GoOn(0, 2), GoOn(1, 2), GoOn(2, 2), copy, Stop(2), GoOn(0, 3), Stop(3)]
        history = store.history("s")
        assert history.states == (COMPLETE, RUNNING, STOPPED, STOPPED)
        assert history.targets == {1: 3}
        assert [(edit.epoch, edit.source) for edit in history.edits[1]] == [(2, Source(0, 2))]
        assert repr(history.config(1)) == repr({"units": 1, "rate": True})
        assert [(leg.number, leg.start, leg.stop) for leg in history.job(1).legs] == [(0, 0, 2), (1, 2, 3)]


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        (GoOn(7, 3), "trials 7, which do not exist"),
        (Stop(7), "trials 7, which do not exist"),
        (CopyFrom(1, Source(7, 2), {}, 3), "trials 7, which do not exist"),
        (CopyFrom(8, Source(7, 2), {}, 3), "trials 8, 7, which do not exist"),
        (GoOn(0, 9), "trial 0, which is complete"),
        (Stop(2), "trial 2, which is diverged"),
        (GoOn(3, 9), "trial 3, which is stopped"),
        (GoOn(1, 2), "trial 1 is to be trained to epoch 2, but has been trained for 2"),
        (CopyFrom(1, Source(0, 2), {}, 1), "trial 1 is to be trained to epoch 1, but has been trained for 2"),
    ],
)
def test_what_cannot_be_decided_is_refused_whole(store: Store, make_trials, make_results, begin, decision, says):
    begin(store, "s")
    store.add_round("s", make_trials(5), None, [Stop(3)])
    results = [
        *make_results(range(1)),
        *make_results(range(1, 2), epochs=2, state=PAUSED),
        *make_results(range(2, 3), epochs=1, state=DIVERGED),
    ]
    store.write("s", results)
    before = store.history("s")
    for call in (
        lambda: store.write("s", make_results(range(4, 5)), [decision]),
        lambda: store.add_round("s", make_trials(2, first=5, round=1), None, [GoOn(5, 1), decision]),
    ):
        with pytest.raises(StoreError, match=says) as error:
            call()
        assert "\n" not in str(error.value)
    after = store.history("s", since=before)
    assert (after.revision, after.states) == (before.revision, (COMPLETE, PAUSED, DIVERGED, STOPPED, WAITING))
    assert store.decisions("s") == [Stop(3)]


def test_a_trial_is_stopped_once(store: Store, make_trials, begin):
    begin(store, "s")
    store.add_round("s", make_trials(1), None)
    with pytest.raises(StoreError, match="trial 0, which is stopped"):
        store.write("s", [], [Stop(0), GoOn(0, 3)])
    assert store.history("s").states == (WAITING,)

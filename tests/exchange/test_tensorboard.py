"""Trials told to TensorBoard, read back with TensorBoard."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ikura.errors import SettingError
from ikura.exchange.tensorboard import TensorBoard
from ikura.records import TrialState


def scalars(folder, metric):
    return [(event.step, np.float32(event.value)) for event in EventAccumulator(str(folder)).Reload().Scalars(metric)]


def test_a_trial_in_several_pieces_is_one_run(tmp_path, history, make_result):
    """Also where they come within one second, and from two processes."""
    first, second = TensorBoard(str(tmp_path)), TensorBoard(str(tmp_path))
    first.begin("my study/1")
    second.begin("my study/1")
    trial = history.trials[2]
    first.add(trial, make_result(2, 1))
    folder = tmp_path / "my%20study%2F1" / "trial-2"
    board = EventAccumulator(str(folder)).Reload()
    assert [event.step for event in board.Scalars("mean_error")] == [0]
    for start in range(1, 8):
        (first if start < 5 else second).add(trial, make_result(2, 1, start))
    second.add(trial, make_result(2, 1, 8, TrialState.COMPLETE))
    second.end()
    whole = make_result(2, 9)
    for metric, curve in whole.curves.items():
        assert scalars(folder, metric) == list(enumerate(curve))
    # One that looks on while they are written sees the same.
    assert [event.step for event in board.Reload().Scalars("mean_error")] == list(range(9))
    assert board.summary_metadata["_hparams_/session_start_info"].plugin_data.plugin_name == "hparams"


def test_what_was_not_measured_is_not_told(tmp_path, history, make_result):
    tracker = TensorBoard(str(tmp_path))
    tracker.begin("s")
    result = make_result(0, 4)
    result.curves["mean_error"][1] = np.nan
    tracker.add(history.trials[0], result)
    tracker.add(history.trials[5], make_result(5, 0, 0, TrialState.FAILED, "no"))
    assert [step for step, _ in scalars(tmp_path / "s" / "trial-0", "mean_error")] == [0, 2, 3]
    assert len(scalars(tmp_path / "s" / "trial-0", "epoch_seconds")) == 4
    assert EventAccumulator(str(tmp_path / "s" / "trial-5")).Reload().Tags()["scalars"] == []


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=r"track: .* cannot be made"):
        TensorBoard(str(tmp_path / "file"))


def test_it_says_what_trouble_it_may_have():
    assert issubclass(TensorBoard.trouble, OSError)

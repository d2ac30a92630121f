"""Results of studies that are complete."""

from pathlib import Path

import pytest

import ikura
from tests.study.code import bowl

SPACE = ikura.Space(rate=ikura.Float(1e-4, 1.0, scale="log"))


def test_the_result_of_training_code(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    made = ikura.tune(bowl, space=SPACE, trials=2, workers=1, name="s", store=store)
    found = ikura.load("s", store=store)
    assert found.outcome == made.outcome
    assert found.history().equals(made.history())
    assert found.model is None
    with pytest.raises(ikura.SettingError) as error:
        ikura.resume("s", store=store, train=bowl)
    assert str(error.value).endswith(f"or in Python ikura.load('s', store='{store}')")


@pytest.mark.parametrize("call", [ikura.load, ikura.resume])
def test_a_name_is_wanted(call) -> None:
    with pytest.raises(ikura.SettingError, match="None is given; it must be a study's name"):
        call(None)


def test_ctrl_c_says_how_to_go_on_and_a_study_that_is_not_complete_has_no_result(tmp_path: Path) -> None:
    store = str(tmp_path / "s.db")

    def press(event: object) -> None:
        raise KeyboardInterrupt

    again = f"ikura.resume('s', train=..., store='{store}')"
    with pytest.raises(ikura.StudyInterrupted) as stopped:
        ikura.tune(bowl, space=SPACE, trials=2, workers=1, name="s", store=store, watch=press)
    assert str(stopped.value) == (f"s: stopped by Ctrl-C; what came until then is stored: to go on, {again}")
    with pytest.raises(ikura.SettingError) as error:
        ikura.load("s", store=store)
    assert str(error.value) == (
        f"s: it is interrupted; only a study that Ikura has completed has a result: go on with {again}"
    )


def test_nobody() -> None:
    with pytest.raises(ikura.StoreError):
        ikura.load("s")

"""The public functions, called as users of other libraries would."""

import inspect
import traceback

import pytest

import ikura
from ikura.study.calling import OURS, public


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (
            lambda: ikura.tune(n_trials=3),
            "n_trials: tune has no such argument; Ikura calls it trials: write trials=",
        ),
        (lambda: ikura.tune(callbacks=[]), "callbacks: tune has no such argument; Ikura calls it watch"),
        (lambda: ikura.resume("s", storage="x.db"), "storage: resume has no such argument; Ikura calls it store"),
        (lambda: ikura.resume("s", n_trials=3), "n_trials: resume has no such argument; Ikura calls it trials: write"),
        (lambda: ikura.resume("s", n_epochs=3), "n_epochs: resume has no such argument; `help(ikura.resume)`"),
        (lambda: ikura.tune(trails=3), "trails: tune has no such argument; did you mean 'trials'?"),
        (lambda: ikura.tune(frobnicate=3), "frobnicate: tune has no such argument; `help(ikura.tune)` tells"),
        (lambda: ikura.tune([[1]], [1], 5), "tune: 3 arguments are given without names; at most 2 can be"),
        (lambda: ikura.tune("iris", [1, 2]), "y: labels are given beside str 'iris'"),
        (lambda: ikura.tune([[1]], ikura.Space(a=ikura.Int(1, 2))), "y: a Space is given"),
        (lambda: ikura.tune("iris", target=[0.5]), "target: [0.5] is given; it must be a column by name or position"),
        (lambda: ikura.tune("iris", target={"y": -1}), "target: -1 is given; it must be a number above 0"),
    ],
)
def test_a_wrong_name_gets_one_line(call, line: str) -> None:
    with pytest.raises(ikura.SettingError) as error:
        call()
    assert str(error.value).startswith(line)


def test_the_table_has_no_name_twice_and_none_of_ours() -> None:
    theirs = [name for names in OURS.values() for name in names.split()]
    assert len(theirs) == len(set(theirs))
    takes = inspect.signature(ikura.tune).parameters
    assert not set(theirs) & set(takes)
    assert set(OURS) <= set(takes)


def test_ctrl_c_shows_the_users_own_line_and_how_to_go_on() -> None:
    @public
    def tune() -> None:
        deeper()

    def deeper() -> None:
        raise ikura.StudyInterrupted("s: stopped by Ctrl-C")

    with pytest.raises(KeyboardInterrupt, match="stopped by Ctrl-C") as stopped:
        tune()
    frames = [frame.name for frame in traceback.extract_tb(stopped.value.__traceback__)]
    assert "deeper" not in frames
    assert stopped.value.__suppress_context__


def test_the_version() -> None:
    assert ikura.__version__.count(".") == 2

import pytest

from ikura.cli.wording import clock, duration, measured, number, on_study, percent, plain, roughly, shell, speed
from ikura.records import Goal, Metric


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0123456, "0.0123"),
        (1e-4, "0.0001"),
        (8.788e-05, "8.79e-5"),
        (0.99912, "0.99912"),
        (0.9143974, "0.9144"),
        (1.0, "1"),
        (12345.6, "12346"),
        (3e20, "3e20"),
        (float("nan"), "–"),
        (None, "–"),
        (True, "True"),
        (128, "128"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
    ],
)
def test_numbers_have_three_significant_digits(value, words: str) -> None:
    assert number(value) == words


def test_percent_does_not_overstate() -> None:
    assert [percent(share) for share in (1.0, 0.99999, 0.98333, 1e-6, 0.0, None, float("nan"))] == [
        "100.0 %",
        "99.9 %",
        "98.3 %",
        "0.1 %",
        "0.0 %",
        "–",
        "–",
    ]
    assert percent(0.91234, 2) == "91.23 %"


def test_a_metric_is_written_in_its_unit() -> None:
    share, time = Metric("score", Goal.MAXIMIZE, "share"), Metric("delay", Goal.MINIMIZE, "s")
    assert [measured(share, value) for value in (0.98333, None, float("nan"))] == ["98.3 %", "–", "–"]
    assert measured(share, 0.98333, 2) == "98.33 %"
    assert measured(time, 0.0123456) == "0.0123 s"
    assert measured(Metric("cost", Goal.MINIMIZE), 12.0) == "12"


def test_times() -> None:
    assert [clock(seconds) for seconds in (7.9, 750, 3723)] == ["0:07", "12:30", "1:02:03"]
    assert [duration(seconds) for seconds in (0.841, 59.4, 59.6, 200, 3900)] == [
        "0.84 s",
        "59 s",
        "1 min",
        "3 min 20 s",
        "1 h 5 min",
    ]
    assert [roughly(seconds) for seconds in (0, 7, 23, 58, 200, 3 * 3600 + 300)] == [
        "a few seconds left",
        "a few seconds left",
        "about 25 s left",
        "about 1 min left",
        "about 4 min left",
        "about 3 h left",
    ]


def test_speed_is_said_in_the_better_unit() -> None:
    assert [speed(value) for value in (12.34, 0.1, 1234.0)] == ["12.3 epochs/s", "6 epochs/min", "1,234 epochs/s"]


def test_what_a_terminal_would_obey_is_escaped() -> None:
    assert plain("a\x1b[31mb\nc\u202ed") == "a\\x1b[31mb\\nc\\u202ed"
    assert plain("größe [bold]x[/bold]") == "größe [bold]x[/bold]"


def test_commands_can_be_pasted() -> None:
    assert shell("ikura", "predict", "my model", "new.csv") == "ikura predict 'my model' new.csv"
    assert on_study("resume", "digits-1", None) == "ikura resume digits-1"
    assert on_study("resume", "-x y", "s.db") == "ikura resume --store s.db -- '-x y'"

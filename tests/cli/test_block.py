"""The live block keeps its height and never leaves its width."""

import time
from dataclasses import replace
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from ikura.cli.block import Block
from ikura.cli.run_status import RunStatus, Wave
from ikura.records import Goal, Metric
from tests.cli.samples import SETTINGS

SEARCH = RunStatus(
    began=0.0,
    opening="reading digits",
    phase="search",
    name="digits-1",
    round=1,
    rounds=4,
    metric=SETTINGS.objective.metric,
    over=64,
    trials=128,
    stopped=40,
    diverged=3,
    epochs=1910,
    all_epochs=3820,
    horizon=30,
    best_value=0.98333,
    after_search=21,
    waves=(Wave(300, 1.0),) * 3,
    first_wave=Wave(300, 1.0),
)
PHASES = {
    "opening": RunStatus(began=0.0, opening="reading digits"),
    "starting": replace(SEARCH, phase="starting", best_value=None, waves=(), over=0, epochs=0),
    "search": SEARCH,
    "huge": replace(SEARCH, over=1_000_000, epochs=30_000_000, all_epochs=60_000_000, diverged=900_000),
    "finals": replace(SEARCH, phase="finals", epochs=3820, finalists=5, finals_total=20, finals_done=7),
    "winner": replace(SEARCH, phase="winner", epochs=3820, finals_total=20, finals_done=20),
    "stopping": replace(SEARCH, stopping=True),
}


def drawn(status: RunStatus, width: int, **options) -> list[str]:
    now = time.monotonic()
    status = replace(status, began=now - 12.5, told=now)
    console = Console(file=StringIO(), width=width, force_terminal=True, legacy_windows=False, **options)
    with console.capture() as captured:
        console.print(Block(lambda: status), end="")
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("phase", PHASES)
def test_it_has_three_lines_of_the_terminals_width(phase: str, width: int) -> None:
    lines = drawn(PHASES[phase], width, color_system=None)
    assert len(lines) == 3
    assert max(map(cell_len, lines)) <= min(width, 100)


@pytest.mark.parametrize("phase", ["opening", "starting", "search", "finals", "winner", "stopping"])
def test_nothing_is_cut_at_sixty_columns(phase: str) -> None:
    assert "…" not in "".join(drawn(PHASES[phase], 60, color_system=None))


def test_it_says_what_counts() -> None:
    bar, measured, timed = (line.strip() for line in drawn(SEARCH, 60, color_system=None))
    assert bar.startswith("round 2 of 4")
    assert bar.endswith("1,910 of 3,820 epochs")
    assert measured == "best dev accuracy 98.3 %  ·  300 epochs/s"
    assert timed == "0:12  ·  about 10 s left  ·  64 of 128 trials"


def test_what_has_no_room_is_left_out_whole() -> None:
    timed = drawn(SEARCH, 100, color_system=None)[2].strip()
    assert timed == "0:12  ·  about 10 s left  ·  64 of 128 trials  ·  3 diverged  ·  40 stopped"
    assert drawn(SEARCH, 56, color_system=None)[2].strip() == "0:12  ·  about 10 s left  ·  3 diverged"


def test_another_metric_has_its_own_name_and_unit() -> None:
    seconds = replace(SEARCH, metric=Metric("mean_delay", Goal.MINIMIZE, "s"), best_value=0.0123456)
    assert drawn(seconds, 60, color_system=None)[1].strip() == "best mean delay 0.0123 s  ·  300 epochs/s"


def test_the_first_seconds_say_what_takes_them() -> None:
    assert "reading digits ..." in drawn(PHASES["opening"], 60, color_system=None)[1]
    assert "training the first networks ..." in drawn(PHASES["starting"], 60, color_system=None)[1]


def test_the_bar_is_half_full() -> None:
    bar = drawn(SEARCH, 60, color_system=None)[0].split("of 4")[1].split("1,9")[0]
    full, width = bar.count("━"), 60 - 15 - 2 - len("1,910 of 3,820 epochs")
    assert full == width // 2


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "38;2;232;80;31" in "".join(drawn(SEARCH, 60, color_system="truecolor"))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "38;" not in "".join(drawn(SEARCH, 60, color_system="truecolor"))

"""The live block keeps its height and never leaves its width."""

import time
from dataclasses import replace
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from ikura.cli.block import Block
from ikura.cli.standing import Standing, Wave

SEARCH = Standing(
    began=0.0,
    opening="reading digits",
    phase="search",
    name="digits-1",
    round=1,
    rounds=4,
    done=64,
    total=128,
    diverged=3,
    best_accuracy=0.98333,
    after_search=21,
    waves=(Wave(10, 1.0),) * 3,
    first_wave=Wave(10, 1.0),
)
PHASES = {
    "opening": Standing(began=0.0, opening="reading digits"),
    "starting": replace(SEARCH, phase="starting", best_accuracy=None, waves=(), done=0),
    "search": SEARCH,
    "huge": replace(SEARCH, done=1_000_000, total=2_000_000, diverged=900_000),
    "finals": replace(SEARCH, phase="finals", done=128, finalists=5, finals_total=20, finals_done=7),
    "winner": replace(SEARCH, phase="winner", done=128, finals_total=20, finals_done=20),
    "stopping": replace(SEARCH, stopping=True),
}


def drawn(standing: Standing, width: int, **options) -> list[str]:
    now = time.monotonic()
    standing = replace(standing, began=now - 12.5, told=now)
    console = Console(file=StringIO(), width=width, force_terminal=True, legacy_windows=False, **options)
    with console.capture() as captured:
        console.print(Block(lambda: standing), end="")
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
    assert bar.endswith("64 of 128 trials")
    assert measured == "best dev accuracy 98.3 %  ·  10.0 trials/s"
    assert timed == "0:12  ·  about 10 s left  ·  3 diverged"


def test_the_first_seconds_say_what_takes_them() -> None:
    assert "reading digits ..." in drawn(PHASES["opening"], 60, color_system=None)[1]
    assert "training the first networks ..." in drawn(PHASES["starting"], 60, color_system=None)[1]


def test_the_bar_is_half_full() -> None:
    bar = drawn(SEARCH, 60, color_system=None)[0].split("of 4")[1].split("64")[0]
    full, width = bar.count("━"), 60 - 15 - 2 - len("64 of 128 trials")
    assert full == width // 2


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "38;2;232;80;31" in "".join(drawn(SEARCH, 60, color_system="truecolor"))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "38;" not in "".join(drawn(SEARCH, 60, color_system="truecolor"))

"""What is copied from a terminal stays in one piece."""

from io import StringIO

from rich.console import Console
from rich.text import Text

from ikura.cli.layout import show, unbroken

COMMAND = "ikura predict some/where/deep/a-study-with-quite-a-long-name new.csv"


def test_a_command_is_not_broken_at_sixty_columns() -> None:
    console = Console(file=StringIO(), width=60, force_terminal=True, legacy_windows=False, color_system=None)
    show(console, [unbroken(COMMAND), Text(f"so {COMMAND}")])
    first, *others = console.file.getvalue().splitlines()
    assert first == COMMAND
    assert len(others) == 2

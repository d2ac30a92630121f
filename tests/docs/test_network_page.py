"""The table of dials in docs/network.md is the code's."""

import re
from pathlib import Path

from ikura.nn import MLP_DIALS
from ikura.optim import TRAINING_DIALS

PAGE = Path(__file__).parents[2] / "docs" / "network.md"
ROW = re.compile(r"^\| `(\w+)` \| ([^ ;,|]+)[^|]* \| ([^|]+) \| ?(\w*) ?\|$", re.MULTILINE)


def test_every_dial_has_its_default_and_its_rule() -> None:
    table = PAGE.read_text(encoding="utf-8").split("## The dials")[1]
    dials = TRAINING_DIALS | MLP_DIALS
    assert ROW.findall(table) == [
        (name, str(dial.default), dial.rule().removeprefix("must be "), "fixed" if dial.fixed else "")
        for name, dial in dials.items()
    ]

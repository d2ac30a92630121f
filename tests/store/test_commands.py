"""What every store promises of the commands that anyone sends to whoever runs a study."""

import math

import pytest

from ikura.errors import StoreError
from ikura.store import Command, Store, open_store


def test_commands_are_read_in_their_order_and_once(url: str, begin):
    with open_store(url) as store, open_store(url) as other:
        for name in ("s", "t"):
            begin(store, name)
        assert store.commands("s", 0) == []
        other.send("s", "stop", {})
        other.send("t", "stop", {})
        store.send("s", "edit", {"trial": 3, "config": {"rate": 0.1, "on": True}, "name": "魚", "loss": math.nan})
        first, second = store.commands("s", 0)
        assert (first.kind, first.arguments, second.kind) == ("stop", {}, "edit")
        assert repr(second.arguments) == repr(
            {"trial": 3, "config": {"rate": 0.1, "on": True}, "name": "魚", "loss": None}
        )
        assert first.number < second.number
        assert store.commands("s", first.number) == [second]
        assert store.commands("s", second.number) == []
        assert len(store.commands("t", 0)) == 1
        store.delete("s")
        begin(store, "s")
        other.send("s", "stop", {})
        # No number is given twice, so that whoever waits for those above misses none.
        assert store.commands("s", second.number) == [Command(store.commands("s", 0)[0].number, "stop", {})]


def test_nobody_commands_a_complete_study(store: Store, begin, make_outcome):
    begin(store, "s")
    store.finish("s", make_outcome())
    with pytest.raises(StoreError, match="'s' is complete; nothing is added") as error:
        store.send("s", "stop", {})
    assert "\n" not in str(error.value)
    assert store.commands("s", 0) == []

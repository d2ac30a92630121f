"""Commands from other processes."""

import pytest

from ikura.errors import StudyStopped
from ikura.store.protocol import Command
from ikura.study import control
from ikura.study.control import Control


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(control, "LOOK_SECONDS", 0.0)


class Commands:
    """A store that keeps commands alone."""

    def __init__(self):
        self.kept = []

    def send(self, kind):
        self.kept.append(Command(len(self.kept) + 1, kind, {}))

    def commands(self, name, after):
        return [command for command in self.kept if command.number > after]


def test_a_study_is_stopped_by_a_command_of_its_time():
    store = Commands()
    store.send("stop")
    looking = Control(store, "s")
    looking.look()
    store.send("something else")
    looking.look()
    store.send("stop")
    with pytest.raises(StudyStopped, match=r"s: stopped by `ikura stop`; .* `ikura resume s` goes on"):
        looking.look()

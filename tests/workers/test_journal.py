"""What was reported is on disk before anybody is told."""

import math

from ikura.workers import Journal, Known
from ikura.workers.journal import JournalFile


def written(journal, *entries):
    file = JournalFile(journal.new_file())
    for way, epoch, metrics in entries:
        if epoch is None:
            file.end(way, metrics)
        elif metrics is None:
            file.pause(way, epoch)
        else:
            file.report(way, epoch, metrics)


def test_what_was_reported_is_known_again(tmp_path):
    journal, known = Journal.of(tmp_path, "s")
    assert known == {}
    written(journal, ("a", 0, {"loss": 0.1}), ("b", 0, {"loss": math.inf}), ("a", 1, {"loss": 1 / 3}))
    written(journal, ("a", 2, {"loss": 0.3}), ("b", None, None), ("c", None, {"loss": 2.0}), ("a", 3, None))
    _, known = Journal.of(tmp_path, "s")
    assert known == {
        "a": Known({0: {"loss": 0.1}, 1: {"loss": 1 / 3}, 2: {"loss": 0.3}}, paused=3),
        "b": Known({0: {"loss": math.inf}}, ended=True),
        "c": Known({}, ended=True, returned={"loss": 2.0}),
    }
    assert [known[way].epochs for way in "abc"] == [3, 1, 0]


def test_what_was_reported_first_stays(tmp_path):
    journal, _ = Journal.of(tmp_path, "s")
    written(journal, ("a", 0, {"loss": 1.0}))
    again, _ = Journal.of(tmp_path, "s")
    written(again, ("a", 0, {"loss": 2.0}))
    assert Journal.of(tmp_path, "s")[1]["a"].reports == {0: {"loss": 1.0}}
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_a_line_that_was_torn_is_passed_over(tmp_path):
    journal, _ = Journal.of(tmp_path, "s")
    written(journal, ("a", 0, {"loss": 1.0}), ("a", 1, {"loss": 2.0}))
    (file,) = tmp_path.glob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-5])
    assert Journal.of(tmp_path, "s")[1] == {"a": Known({0: {"loss": 1.0}})}


def test_what_another_study_left_is_removed(tmp_path):
    journal, _ = Journal.of(tmp_path, "s")
    written(journal, ("a", 0, {"loss": 1.0}))
    assert Journal.of(tmp_path, "another")[1] == {}
    assert not list(tmp_path.glob("*.jsonl"))


def test_in_the_end_nothing_is_left(tmp_path):
    journal, _ = Journal.of(tmp_path / "journal", "s")
    written(journal, ("a", 0, {"loss": 1.0}))
    journal.remove()
    assert not (tmp_path / "journal").exists()

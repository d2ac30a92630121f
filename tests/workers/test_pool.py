"""Worker processes: each runs one call after the other, and one that dies or hangs is replaced."""

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import cloudpickle
import pytest

from ikura.workers import Call, Ended, Ending, Imported, Journal, Limits, Pool, Ready, Reported, Setup, Unusable
from tests.processes import PATIENCE
from tests.workers import code

EPOCHS = 3


def setup_of(what=code.train):
    sent = Imported(what) if isinstance(what, str) else what
    return Setup(cloudpickle.dumps(sent), str(Path.cwd()), None, "loss")


@contextmanager
def pool_of(what=code.train, workers=1, **limits):
    pool = Pool(setup_of(what), workers=workers, limits=Limits(**limits))
    try:
        yield pool
    finally:
        pool.close()


def call(number, do, folder, stop=EPOCHS, start=0):
    return Call(number, f"way-{number}", number, 7, {"do": do}, start, stop, EPOCHS, str(folder / str(number)))


def heard(pool, ends):
    """Return all that is told until so many calls have ended."""
    found = []
    until = time.monotonic() + PATIENCE
    while sum(isinstance(news, Ended) for news in found) < ends:
        assert time.monotonic() < until
        found += pool.news(1.0)
    return found


def ends(pool, count):
    return {news.call: news for news in heard(pool, count) if isinstance(news, Ended)}


def run(do, folder, **limits):
    with pool_of(**limits) as pool:
        pool.submit([call(0, do, folder)])
        return ends(pool, 1)[0]


def alive(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_is_reported_is_told_in_order(tmp_path):
    with pool_of() as pool:
        pool.submit([call(0, "report_all", tmp_path)])
        assert heard(pool, 1) == [
            Ready(),
            *(Reported(0, epoch, {"loss": float(epoch)}) for epoch in range(EPOCHS)),
            Ended(0, Ending.RETURNED, first=0),
        ]


def test_a_call_ends_where_it_is_to_stop(tmp_path):
    with pool_of() as pool:
        pool.submit([call(0, "linger", tmp_path, stop=2)])
        found = heard(pool, 1)
        assert [news.epoch for news in found if isinstance(news, Reported)] == [0, 1, 2]
        assert found[-1] == Ended(0, Ending.STOPPED, first=0)


@pytest.mark.parametrize(
    ("do", "metrics"),
    [
        ("give_number", {"loss": 0.5}),
        ("give_metrics", {"loss": 0.5, "score": 2.0}),
        ("give_a_number_as_text", {"loss": 0.5}),
    ],
)
def test_what_is_returned_is_told(tmp_path, do, metrics):
    assert run(do, tmp_path) == Ended(0, Ending.RETURNED, metrics)


def test_a_number_may_be_reported_as_text_as_well(tmp_path):
    with pool_of() as pool:
        pool.submit([call(0, "report_a_number_as_text", tmp_path)])
        assert Reported(0, 0, {"loss": 0.5}) in heard(pool, 1)


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("give_text", "returns 'good'; it must return a number"),
        ("give_nothing", "reports nothing and returns None; 'loss' must be told"),
        ("leave_out_loss", "there is only score"),
        ("misreport", "there is only score"),
    ],
)
def test_mistakes_are_told_in_one_line(tmp_path, do, said):
    ended = run(do, tmp_path)
    assert ended.ending is Ending.MISUSED
    assert said in ended.error
    assert "\n" not in ended.error


def test_an_error_is_told_with_the_users_frames(tmp_path):
    ended = run("fail", tmp_path)
    assert ended.ending is Ending.FAILED
    assert ended.error.endswith("LookupError: no such thing\n")
    assert "in fail" in ended.error
    assert "serving.py" not in ended.error


def test_leaving_by_exit(tmp_path):
    assert run("leave_well", tmp_path).ending is Ending.RETURNED
    assert run("leave", tmp_path).error == "SystemExit: 3"


@pytest.mark.parametrize(("do", "said"), [("vanish", "exit status 7"), ("crash", "killed by SIGSEGV")])
def test_one_that_dies_is_replaced_and_the_others_go_on(tmp_path, do, said):
    with pool_of(workers=2) as pool:
        pool.submit([call(0, "give_number", tmp_path), call(1, do, tmp_path)])
        pool.submit([call(number, "give_number", tmp_path) for number in range(2, 6)])
        found = ends(pool, 6)
    assert found.pop(1).error == f"the worker process {'was ' if 'killed' in said else 'ended with '}{said}"
    assert {news.ending for news in found.values()} == {Ending.RETURNED}


def test_what_was_printed_is_kept_even_of_one_that_dies(tmp_path):
    with pool_of() as pool:
        pool.submit([call(0, "speak", tmp_path), call(1, "give_number", tmp_path), call(2, "vanish", tmp_path)])
        ends(pool, 3)
    assert sorted((tmp_path / "0" / "output.txt").read_text().split()) == ["said", "warned"]
    assert not (tmp_path / "1").exists()
    assert (tmp_path / "2" / "output.txt").read_text() == "about to vanish\n"


@pytest.mark.parametrize(
    ("do", "limits", "said"),
    [
        ("sleep", {"seconds": 0.3}, "stopped after 0.3 s, the limit of time for a trial"),
        ("linger", {"seconds": 0.3}, "stopped after 0.3 s, the limit of time for a trial"),
        ("sleep", {"silence": 0.3}, "stopped after 0.3 s without a report, the limit of silence"),
        ("hoard", {"memory": 0.3}, "stopped at 0.3 GiB, the limit of memory for a worker"),
    ],
)
def test_one_that_reaches_a_limit_fails_alone(tmp_path, monkeypatch, do, limits, said):
    monkeypatch.setattr("ikura.workers.pool.GRACE", 0.2)
    with pool_of(**limits) as pool:
        slow = Call(0, "w", 0, 7, {"do": do}, 0, 10**9, 10**9, str(tmp_path / "0"))
        pool.submit([slow, call(1, "give_number", tmp_path)])
        found = ends(pool, 2)
    assert (found[0].ending, found[0].error) == (Ending.FAILED, said)
    assert found[1].ending is Ending.RETURNED


def test_what_is_reported_once_a_limit_is_reached_is_told_as_well(tmp_path):
    with pool_of(seconds=0.3) as pool:
        pool.journal, _ = Journal.of(tmp_path / "journal", "s")
        pool.submit([Call(0, "w", 0, 7, {"do": "linger"}, 0, 10**9, 10**9, str(tmp_path / "0"))])
        told = [news.epoch for news in heard(pool, 1) if isinstance(news, Reported)]
    _, known = Journal.of(tmp_path / "journal", "s")
    assert told == list(known["w"].reports)


def test_what_is_reported_again_is_no_silence(tmp_path):
    with pool_of(silence=5.0) as pool:
        pool.submit([Call(0, "w", 0, 7, {"do": "repeat"}, 70, 80, 80, str(tmp_path / "0"))])
        found = heard(pool, 1)
    assert [news.epoch for news in found if isinstance(news, Reported)] == list(range(70, 80))
    assert (found[-1].ending, found[-1].again) == (Ending.RETURNED, 70)


def test_one_that_somebody_kills_while_it_loads_is_replaced(tmp_path):
    with pool_of("tests.workers.slow_to_load:train") as pool:
        began = tmp_path / "began"
        wait_until(lambda: pool._places[0].worker is not None)
        os.kill(pool._places[0].worker._process.pid, signal.SIGKILL)
        assert pool.news(PATIENCE) == [Ready()]
        pool.submit([call(0, "x", began)])
        assert ends(pool, 1)[0].ending is Ending.RETURNED


def test_nothing_more_is_told_of_what_was_cancelled(tmp_path, monkeypatch):
    monkeypatch.setattr("ikura.workers.pool.GRACE", 0.2)
    with pool_of() as pool:
        pool.submit([call(0, "sleep", tmp_path), call(1, "give_number", tmp_path), call(2, "give_number", tmp_path)])
        pool.cancel([0, 1])
        assert set(ends(pool, 1)) == {2}
        assert pool.news(0.0) == []


def test_calls_of_one_worker_share_a_process(tmp_path):
    with pool_of() as pool:
        pool.submit([call(number, "who", tmp_path) for number in range(4)])
        assert len({news.metrics["process"] for news in ends(pool, 4).values()}) == 1


def test_those_that_are_to_come_farthest_begin_first_and_else_who_came_first(tmp_path):
    with pool_of() as pool:
        stops = [EPOCHS, 1, EPOCHS, 2, 1]
        pool.submit([call(number, "who", tmp_path, stop=stop) for number, stop in enumerate(stops)])
        assert list(ends(pool, 5)) == [0, 2, 3, 1, 4]


def test_threads_are_limited(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pool_of(workers=len(os.sched_getaffinity(0))) as pool:
        pool.submit([call(0, "threads", tmp_path)])
        assert ends(pool, 1)[0].metrics["threads"] == 1


def test_whatever_a_worker_has_started_ends_with_it(tmp_path):
    with pool_of() as pool:
        pool.submit([call(0, "fork", tmp_path)])
        child = tmp_path / "0" / "child"
        wait_until(lambda: child.exists() and child.read_text())
    wait_until(lambda: not alive(int(child.read_text())))


def test_code_that_cannot_be_loaded_is_told():
    with pool_of("tests.workers.nowhere:train") as pool:
        (news,) = pool.news(PATIENCE)
        assert isinstance(news, Unusable)
        said = (
            "a worker process cannot load it (ModuleNotFoundError: No module named 'tests.workers.nowhere'); it must be"
        )
        assert news.error.startswith(said)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("tests.workers.code:nothing", "has no 'nothing'"),
        ("tests.workers.code:os", "it is of type module; it must be a function"),
        ("nowhere.py:train", "there is no such file"),
    ],
)
def test_a_name_that_is_none_is_told_in_one_line(place, said):
    with pool_of(place) as pool:
        (news,) = pool.news(PATIENCE)
        assert said in news.error


def test_a_function_is_found_by_its_name_in_a_module_or_file(tmp_path):
    for place in ("tests.workers.code:train", "tests/workers/code.py:train"):
        with pool_of(place) as pool:
            pool.submit([call(0, "give_number", tmp_path)])
            assert ends(pool, 1)[0].metrics == {"loss": 0.5}


def test_a_journal_has_all_that_was_told(tmp_path):
    with pool_of(workers=2) as pool:
        pool.journal, _ = Journal.of(tmp_path / "journal", "s")
        pool.submit([call(number, do, tmp_path) for number, do in enumerate(("report_all", "give_number", "fail"))])
        ends(pool, 3)
    _, known = Journal.of(tmp_path / "journal", "s")
    assert known["way-0"].reports == {epoch: {"loss": float(epoch)} for epoch in range(EPOCHS)}
    assert known["way-0"].ended
    assert (known["way-1"].ended, known["way-1"].returned) == (True, {"loss": 0.5})
    assert (known["way-2"].ended, known["way-2"].reports) == (False, {0: {"loss": 1.0}})


def test_copies_of_a_worker_and_threads_that_are_left_speak_for_nobody(tmp_path):
    with pool_of() as pool:
        pool.submit([call(0, "fork_and_forget", tmp_path), call(1, "leave_thread", tmp_path)])
        pool.submit([call(number, "slow_epochs", tmp_path) for number in (2, 3)])
        found = heard(pool, 4)
    told = {(news.call, news.epoch): news.metrics["loss"] for news in found if isinstance(news, Reported)}
    assert told == {(1, 0): 1.0} | {(number, epoch): 1.0 for number in (2, 3) for epoch in range(EPOCHS)}
    assert next(news.metrics for news in found if isinstance(news, Ended)) == {"loss": 0.0}


def test_training_code_that_was_stopped_early_is_not_taken_as_whole(tmp_path):
    pool = Pool(setup_of(), workers=1, limits=Limits())
    pool.journal, _ = Journal.of(tmp_path / "journal", "s")
    pool.submit([call(0, "slow_epochs", tmp_path, stop=EPOCHS)])
    reported = 0
    while not reported:
        reported += sum(isinstance(news, Reported) for news in pool.news(1.0))
    pool.close()
    _, known = Journal.of(tmp_path / "journal", "s")
    assert not known["way-0"].ended
    assert known["way-0"].paused == 0


def test_training_code_may_close_its_output(tmp_path):
    with pool_of() as pool:
        pool.submit([call(0, "close_output", tmp_path), call(1, "give_number", tmp_path)])
        assert [news.ending for news in ends(pool, 2).values()] == [Ending.RETURNED] * 2


def test_a_script_that_starts_a_study_when_it_is_imported_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import ikura\nikura.tune('iris')\ndef train(trial): return 1.0\n")
    with pool_of(f"{script}:train") as pool:
        (news,) = pool.news(PATIENCE)
        assert "starts a study when it is imported" in news.error


def test_a_worker_that_cannot_keep_what_is_reported_is_no_reason_to_wait(tmp_path):
    with pool_of() as pool:
        pool.journal = Journal(tmp_path / "nowhere")
        pool.submit([call(0, "give_number", tmp_path)])
        assert ends(pool, 1)[0].ending is Ending.FAILED

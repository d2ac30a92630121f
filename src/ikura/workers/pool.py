"""Keeps worker processes at work: each runs one call after the other, and one that dies or hangs is replaced."""

import heapq
import multiprocessing.connection as connections
import os
import queue
import tempfile
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ikura.workers.call import Call, Ended, Ending, News, Ready, Reported, Unusable
from ikura.workers.environment import environment_of, gpus
from ikura.workers.guardian import Guardian
from ikura.workers.journal import Journal
from ikura.workers.process import WorkerProcess
from ikura.workers.serving import Setup, not_loaded

GRACE = 5.0
"""Seconds that training code has to end by itself once it was told to stop; then it is killed."""

CLOSING = 2.0
"""The same, when the whole study is stopped and somebody waits for that."""

LOADING = 600.0
"""Seconds that a worker has to load the training code."""

ENDING = 1.0
"""Seconds from the end of what a worker tells to its own, if it ends by itself."""

KILLS = 3
"""So many workers that are killed while they load the training code are replaced: somebody does it, not the code."""

LOOK_SECONDS = 0.25
"""Between two looks at clocks and memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may take before it is ended, and its trial has failed; None for no limit."""

    seconds: float | None = None
    """From the beginning of a call to its end."""
    silence: float | None = None
    """Seconds from the beginning of a call to its first report, and from each to the next."""
    memory: float | None = None
    """GiB that a worker holds with all that it has started."""


@dataclass(slots=True)
class _Work:
    """A call that a worker has."""

    call: Call
    began: float
    heard: float
    """When it told something last."""
    reason: str | None = None
    """Why it was told to stop, if it was: what its trial has failed of; empty where nobody is to hear of it."""
    deadline: float = float("inf")
    """When it is killed, since it was told to stop before."""


@dataclass(frozen=True, slots=True)
class _Cancel:
    """Calls that nobody wants any more."""

    calls: frozenset[int]


class _Place:
    """Where one worker after the other lives."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.worker: WorkerProcess | None = None
        self.ready = False
        self.since = 0.0
        """When the worker was started."""
        self.work: _Work | None = None


class Pool:
    """Worker processes that share a queue of calls. Its methods are for one thread; another one does the work."""

    def __init__(self, setup: Setup, *, workers: int, limits: Limits) -> None:
        """Start the first worker.

        Args:
            setup: what each worker is told first.
            workers: how many may run at once.
            limits: of each call.

        Whether it can load the code is the first news that come of it.
        """
        self.workers = workers
        self._setup, self._limits = setup, limits
        self._devices = gpus()
        self._scratch = tempfile.TemporaryDirectory(prefix="ikura-workers-")
        self._started = 0
        self.journal = Journal(Path(self._scratch.name))
        """Where workers that begin from now on keep what is reported."""
        self._orders: queue.SimpleQueue[Call | _Cancel] = queue.SimpleQueue()
        self._news: queue.SimpleQueue[News | BaseException] = queue.SimpleQueue()
        self._waiting: list[tuple[int, int, Call]] = []
        """A heap: those that are to come farthest first, then those that came first."""
        self._arrivals = count()
        self._closing = False
        self._killed_loading = 0
        """How many workers somebody has killed while they loaded the code."""
        self._guardian = Guardian()
        self._places = [_Place(number) for number in range(workers)]
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, calls: Sequence[Call]) -> None:
        """Take calls. Those that are to come farthest begin first, as who is promoted does, then in their order."""
        for call in calls:
            self._orders.put(call)
        os.eventfd_write(self._wake, 1)

    def cancel(self, calls: Collection[int]) -> None:
        """Drop those that wait, and stop those that run."""
        self._orders.put(_Cancel(frozenset(calls)))
        os.eventfd_write(self._wake, 1)

    def news(self, seconds: float) -> list[News]:
        """Return what has happened, in order; wait for the first at most so long."""
        found: list[News] = []
        try:
            while True:
                wait = not found and seconds > 0
                one = self._news.get(timeout=seconds) if wait else self._news.get_nowait()
                if isinstance(one, BaseException):
                    raise one
                found.append(one)
        except queue.Empty:
            return found

    def close(self) -> None:
        """Stop everything: training code is told, has a moment, and is killed then."""
        if self._closing:
            return
        self._closing = True
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._wake)
        self._scratch.cleanup()

    def _run(self) -> None:
        try:
            self._start(self._places[0])
            while not self._closing:
                self._dispatch()
                self._listen(self._patience())
                self._look()
            self._end_gently()
        except BaseException as error:  # noqa: BLE001 - a bug, which is to be seen
            self._news.put(error)
        finally:
            for place in self._places:
                self._bury(place)
            self._guardian.close()

    def _dispatch(self) -> None:
        """Give what waits to who is idle, and have what was cancelled stopped."""
        self._take_orders()
        # Who is there already comes first.
        for place in sorted(self._places, key=lambda place: place.worker is None):
            if place.work is None and self._waiting:
                worker, now = place.worker or self._start(place), time.monotonic()
                place.work = _Work(heapq.heappop(self._waiting)[2], now, now)
                worker.keep(self.journal.new_file)
                worker.call(place.work.call)

    def _take_orders(self) -> None:
        while not self._orders.empty():
            order = self._orders.get()
            if isinstance(order, Call):
                heapq.heappush(self._waiting, (-order.stop, next(self._arrivals), order))
                continue
            self._waiting = [each for each in self._waiting if each[2].identifier not in order.calls]
            heapq.heapify(self._waiting)
            for place in self._places:
                if place.work is not None and place.work.call.identifier in order.calls:
                    self._tell_to_stop(place, "", GRACE)

    def _patience(self) -> float | None:
        """Return how long to wait for news of workers: for ever where nothing has a limit."""
        working = [place for place in self._places if place.work is not None]
        limited = any(each is not None for each in (self._limits.seconds, self._limits.silence, self._limits.memory))
        loading = any(place.worker is not None and not place.ready for place in self._places)
        stopping = any(place.work and place.work.reason is not None for place in working)
        return LOOK_SECONDS if loading or stopping or (working and limited) else None

    def _listen(self, seconds: float | None) -> None:
        """Hear what workers have to tell; wait for the first of them at most so long."""
        places = {}
        for place in self._places:
            if place.worker is not None:
                places |= {place.worker.connection: place, place.worker.sentinel: place}
        for object_ in connections.wait([*places, self._wake], seconds):
            if object_ == self._wake:
                os.eventfd_read(self._wake)
            elif (place := places[object_]).worker is not None and object_ in (
                place.worker.connection,
                place.worker.sentinel,
            ):
                self._hear(place, place.worker)

    def _hear(self, place: _Place, worker: WorkerProcess) -> None:
        """Take up what one worker tells, or that it is no more."""
        try:
            while worker.connection.poll():
                self._take(place, worker, *worker.receive())
        except (EOFError, OSError):
            # It says how it has ended in a moment.
            connections.wait([worker.sentinel], ENDING)
            self._end(place)
            return
        if connections.wait([worker.sentinel], 0):
            self._end(place)

    def _take(self, place: _Place, worker: WorkerProcess, kind: str, said: dict) -> None:
        work, now = place.work, time.monotonic()
        if kind in ("again", "report", "end") and (work is None or said.pop("call") != work.call.identifier):
            return  # of a call that is over
        if kind == "group":
            worker.note_group(**said)
        elif kind == "unusable":
            self._news.put(Unusable(**said))
            place.ready = True  # to be buried
        elif kind == "ready":
            place.ready = True
            self._news.put(Ready())
            if work is not None:
                work.began = work.heard = now
        elif work is not None and kind == "again":
            work.heard = now
        elif work is not None and kind == "report":
            work.heard = now
            if work.reason != "":
                self._news.put(Reported(work.call.identifier, **said))
        elif work is not None:
            place.work = None
            if work.reason is None:
                said |= {"ending": Ending(said["ending"])}
                self._news.put(Ended(work.call.identifier, **said))
            elif work.reason:
                self._fail(work, work.reason)

    def _end(self, place: _Place) -> None:
        """Take up that a worker is no more: its trial has failed, unless it was to end."""
        worker, work = place.worker, place.work
        assert worker is not None
        worker.kill()
        if work is not None:
            worker.leave_output(Path(work.call.folder))
        self._bury(place)
        if work is not None and work.reason != "":
            self._fail(work, work.reason or worker.epitaph())
        elif work is None and not place.ready and worker.was_killed and self._killed_loading < KILLS:
            self._killed_loading += 1
            self._start(place)
        elif work is None and not place.ready:
            self._news.put(Unusable(not_loaded(worker.epitaph())))

    def _fail(self, work: _Work, reason: str) -> None:
        self._news.put(Ended(work.call.identifier, Ending.FAILED, None, reason))

    def _look(self) -> None:
        """End what has reached a limit, and what was told to stop and did not."""
        now = time.monotonic()
        for place in self._places:
            work = place.work
            if work is None and place.worker is not None and not place.ready and now - place.since > LOADING:
                self._bury(place)
                self._news.put(Unusable(not_loaded(f"it was not done after {LOADING:g} s")))
            if work is None or place.worker is None:
                continue
            if now >= work.deadline:
                self._end(place)
            elif work.reason is None and (reached := self._reached(place, place.worker, work, now)) is not None:
                self._tell_to_stop(place, reached, GRACE)

    def _reached(self, place: _Place, worker: WorkerProcess, work: _Work, now: float) -> str | None:
        """Return which limit a call has reached, in words."""
        limits = self._limits
        if not place.ready:
            return f"the training code was not loaded after {LOADING:g} s" if now - work.began > LOADING else None
        if limits.seconds is not None and now - work.began > limits.seconds:
            return f"stopped after {limits.seconds:g} s, the limit of time for a trial"
        if limits.silence is not None and now - work.heard > limits.silence:
            return f"stopped after {limits.silence:g} s without a report, the limit of silence"
        if limits.memory is not None and worker.memory() > limits.memory * 2**30:
            return f"stopped at {limits.memory:g} GiB, the limit of memory for a worker"
        return None

    def _tell_to_stop(self, place: _Place, reason: str, grace: float) -> None:
        assert place.worker is not None
        assert place.work is not None
        place.worker.ask_to_stop()
        place.work.reason, place.work.deadline = reason, time.monotonic() + grace

    def _end_gently(self) -> None:
        """Tell all to stop, and wait a little."""
        for place in self._places:
            if place.work is not None:
                self._tell_to_stop(place, "", CLOSING)
        end = time.monotonic() + CLOSING
        while any(place.work is not None for place in self._places) and (left := end - time.monotonic()) > 0:
            self._listen(left)

    def _start(self, place: _Place) -> WorkerProcess:
        printed = Path(self._scratch.name) / f"{self._started}.txt"
        self._started += 1
        environment = environment_of(place.number, self.workers, self._devices)
        place.worker, place.ready = WorkerProcess(self._setup, printed, environment, self._guardian), False
        place.since = time.monotonic()
        return place.worker

    def _bury(self, place: _Place) -> None:
        if place.worker is not None:
            place.worker.kill()
            place.worker.close()
        place.worker = place.work = None

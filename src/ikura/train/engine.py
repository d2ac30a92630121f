"""Trains jobs: groups them into chunks, and has every worker train chunk after chunk."""

import queue
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import replace

from ikura.errors import SettingError
from ikura.nn import MLP, UserNetwork
from ikura.records import Config, Job, JobResult, Leg, TrialState
from ikura.train.checkpoints import CheckpointWriter, Snapshots
from ikura.train.cost import step_seconds
from ikura.train.devices import has_accelerator
from ikura.train.memory import SHARE, MemoryBudget, available_bytes, is_shortage
from ikura.train.native import core_workers
from ikura.train.queue import Chunk, ChunkQueue, ChunkTimes, LongestFirst, Submission, WorkQueue
from ikura.train.snapshot import START, Position, Snapshot, legs_after
from ikura.train.worker import Population, Slice, Worker
from ikura.train.workload import ProgramKey, Trained, Workload
from ikura.train.xla import xla_workers

GATHER_SECONDS = 0.01
"""What comes so soon after a result is returned with it."""


class Engine:
    """Trains jobs of one study. Used by one thread; close it in the end.

    A job's numbers depend on the seed, its way and replicate, the data and the backend only. The configurations of its
    legs are full.
    """

    def __init__(
        self,
        workload: Workload,
        workers: Sequence[Worker] | None = None,
        *,
        snapshots: Snapshots | None = None,
        keep_networks: bool = False,
        keep_replicate: int | None = None,
    ) -> None:
        """Make the workers.

        Args:
            workload: what is to be learned.
            workers: by default the processor's cores for the built-in network, and XLA's devices for others, or where
                there is an accelerator.
            snapshots: of paused trials; by default in memory.
            keep_networks: whether complete trials come with their networks, too.
            keep_replicate: the only one whose networks come, where not all do.
        """
        self.workers = make_workers(workload) if workers is None else workers
        self.snapshots = snapshots or Snapshots()
        self._workload = workload
        self._keep_networks, self._keep_replicate = keep_networks, keep_replicate
        self._memory = MemoryBudget(SHARE * available_bytes())
        self._queue = self._make_queue()
        self._threads: list[threading.Thread] = []
        self._under_way: set[Submission] = set()
        self._done: queue.SimpleQueue[tuple[Submission, Trained] | BaseException] = queue.SimpleQueue()
        self._lock = threading.Lock()
        """Held to cancel jobs, and to keep what they leave."""
        self._never = threading.Event()
        """To pause with, since time.sleep fails where libfaketime changes the clock."""

    @property
    def programs(self) -> int:
        """How many different programs were compiled so far."""
        return len({program for worker in self.workers for program in worker.programs})

    @property
    def shortages(self) -> int:
        """How often memory ran out, so that less was trained at once."""
        return self._memory.shortages

    @property
    def compile_seconds(self) -> float:
        """What compilation has cost so far, summed over devices."""
        return sum(worker.compile_seconds for worker in self.workers)

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take jobs, at most one of a trial and replicate at a time; the snapshots they go on from are theirs now."""
        for replicate in {job.replicate for job in jobs}:
            self._workload.orders(replicate)  # drawn before the threads need it
        whole = self.workers[0].whole_epochs
        new = [Submission(job, self.snapshots.find(job, whole_epochs=whole)) for job in jobs]
        self._under_way.update(new)
        self._queue.add(self._chunks(new))
        if new and not self._threads:
            self._start()

    def collect(self, seconds: float) -> list[Trained]:
        """Return what is done; wait for the first at most so long, and not where nothing is under way.

        Raises:
            SettingError: the user's network ended the program, or there is too little memory for a network alone.
        """
        self.snapshots.write_due()
        until = time.monotonic() + seconds
        found: list[Trained] = []
        while self._under_way:
            try:
                done = self._done.get(timeout=0.0 if found else max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if isinstance(done, Exception):
                raise done
            if isinstance(done, BaseException):
                raise SettingError(
                    f"network: it ended the program with {done!r}; it must return or raise an error"
                ) from done
            submission, trained = done
            if not submission.cancelled:
                self._under_way.discard(submission)
                found.append(trained)
            if len(found) == 1 and len(self._under_way) > len(self.workers):
                # All workers have something to do, and each time that this thread wakes costs them.
                self._never.wait(GATHER_SECONDS)
        return found

    def cancel(self, trials: Collection[int]) -> None:
        """Have jobs of these trials give nothing any more, and keep nothing of them; their training stops soon."""
        numbers = set(trials)
        gone = [submission for submission in self._under_way if submission.job.number in numbers]
        with self._lock:
            for submission in gone:
                submission.cancelled = True
                self._release(submission)
            self.snapshots.forget_trials(numbers)
        self._under_way.difference_update(gone)

    def close(self, *, done: bool) -> None:
        """Stop the workers within a slice, and keep what they have come to; if the study is done, nothing is kept."""
        self._queue.stop()
        for thread in self._threads:
            # A stop may come while they start.
            if thread.ident is not None:
                thread.join()
        self.snapshots.close(done=done)

    def _start(self) -> None:
        self._threads = [
            threading.Thread(target=self._serve, args=(number,), name=f"ikura-worker-{number}", daemon=True)
            for number in range(len(self.workers))
        ]
        for thread in self._threads:
            thread.start()

    def _make_queue(self) -> WorkQueue:
        program_seconds = self.workers[0].program_seconds
        if program_seconds:
            return ChunkQueue(len(self.workers), ChunkTimes(program_seconds))
        return LongestFirst()

    def _chunks(self, submissions: Sequence[Submission]) -> list[Chunk]:
        groups: dict[tuple[tuple[tuple[ProgramKey, int], ...], int, Position], list[Submission]] = {}
        for submission in submissions:
            position = START if submission.source is None else submission.source.position
            programs = tuple(
                (self._workload.program_key(leg.config), leg.stop) for leg in _legs_left(submission.job, position)
            )
            groups.setdefault((programs, submission.job.replicate, position), []).append(submission)
        chunks = []
        for (programs, _, position), group in groups.items():
            size, job = self._chunk_size(group), group[0].job
            chunks += [
                Chunk(
                    program=programs[0][0],
                    submissions=tuple(group[first : first + size]),
                    position=position,
                    epochs=job.stop - position.epoch,
                    seconds=self._seconds(job.config, job.stop - position.epoch),
                )
                for first in range(0, len(group), size)
            ]
        return chunks

    def _chunk_size(self, group: Sequence[Submission]) -> int:
        """Return that of the jobs' program; 1 where the user's network fails for all of them."""
        for submission in group:
            try:
                return self.workers[0].chunk_size(submission.job.config)
            except Exception:
                if not self._has_user_network:
                    raise
        return 1

    @property
    def _has_user_network(self) -> bool:
        """Whether the network is the user's own, which may raise anything: then a trial fails, and not the study."""
        return isinstance(self._workload.network, UserNetwork)

    def _seconds(self, config: Config, epochs: int) -> float:
        """Return about what a job takes, as far as that can be told; only how jobs compare is of use."""
        network, size = self._workload.network, int(config["batch_size"])
        if not isinstance(network, MLP):
            return float(epochs)
        return epochs * self._workload.steps(size) * step_seconds(network.sizes(config), size)

    def _serve(self, number: int) -> None:
        """Do what a worker's thread does."""
        worker = self.workers[number]
        try:
            while (chunk := self._queue.take(number, worker.programs)) is not None:
                self._try_chunk(worker, chunk)
                if chunk.program not in worker.programs:
                    self._queue.failed(chunk.program)
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits, and raised there
            self._done.put(error)

    def _try_chunk(self, worker: Worker, chunk: Chunk) -> None:
        """Train a chunk; of jobs whose network raises, those that it raises for have failed."""
        alive = tuple(submission for submission in chunk.submissions if not submission.cancelled)
        if not alive:
            return
        alone = self._memory.one_by_one
        try:
            self._train_chunk(worker, replace(chunk, submissions=alive))
        except Exception as error:
            short = is_shortage(error)
            if short and alone:
                raise SettingError(
                    f"memory: there is too little for trial {alive[0].job.number} even alone; one network at a "
                    "time must fit: lower the bounds of its size or of batch_size"
                ) from error
            if not short and not self._has_user_network:
                raise
            if not short and len(alive) == 1:
                self._deliver(alive[0], self._workload.failure(alive[0].job, error), None)
                return
        else:
            return
        # Out here, since the error holds on to all that was in memory.
        if short:
            self._memory.ran_out()
            self._try_chunk(worker, chunk)
            return
        for submission in alive:
            self._try_chunk(worker, replace(chunk, submissions=(submission,)))

    def _train_chunk(self, worker: Worker, chunk: Chunk) -> None:
        """Train a chunk from its snapshots on; jobs that have lost theirs, from the first epoch on, apart from it."""
        snapshots = [self._load(submission) for submission in chunk.submissions]
        pairs = list(zip(chunk.submissions, snapshots, strict=True))
        lost = [submission for submission, snapshot in pairs if chunk.position > START and snapshot is None]
        if not lost:
            self._train_from(worker, chunk, [snapshot for snapshot in snapshots if snapshot is not None])
            return
        for submission in lost:
            with self._lock:
                self._release(submission)
        others = tuple(submission for submission, snapshot in pairs if snapshot is not None)
        # On the way from the first epoch on, they may have legs that their companions do not have.
        for part in [*self._chunks(lost), *([replace(chunk, submissions=others)] if others else [])]:
            self._try_chunk(worker, part)

    def _train_from(self, worker: Worker, chunk: Chunk, snapshots: Sequence[Snapshot]) -> None:
        """Train a chunk from snapshots on, one for each job; without any, from the first epoch on."""
        jobs = [submission.job for submission in chunk.submissions]
        with self._memory.reserve(worker.memory(jobs)):
            population = worker.unpack(jobs, snapshots) if snapshots else worker.begin(jobs)
            writer = CheckpointWriter(self.snapshots, lambda here: self._alive(worker, chunk, here))

            def stopped(here: Slice) -> bool:
                self._queue.took(chunk.program, here.epoch_seconds)
                if all(submission.cancelled for submission in chunk.submissions):
                    return True
                writer.after(here, urgent=self._queue.stopped)
                return self._queue.stopped

            population = worker.train(jobs, population, chunk.position, stopped)
            if population is not None:
                self._finish(worker, chunk, population)

    def _load(self, submission: Submission) -> Snapshot | None:
        network, config = self._workload.network, submission.job.config
        source = submission.source
        if source is None:
            return None
        return self.snapshots.load(source, lambda: network.init(self._workload.keys(0, 0)[0], config))

    def _alive(self, worker: Worker, chunk: Chunk, here: Slice) -> list[tuple[Job, Snapshot]]:
        """Return the snapshots of a chunk's jobs that are still wanted."""
        jobs = [submission.job for submission in chunk.submissions]
        packed = worker.pack(jobs, here.population, here.position)
        pairs = zip(chunk.submissions, packed, strict=True)
        return [(submission.job, snapshot) for submission, snapshot in pairs if not submission.cancelled]

    def _finish(self, worker: Worker, chunk: Chunk, population: Population) -> None:
        """Deliver what training made of a chunk."""
        jobs = [submission.job for submission in chunk.submissions]
        curves = worker.curves(jobs, population)
        results = [self._workload.result(job, curve) for job, curve in zip(jobs, curves, strict=True)]
        kept: Sequence[Snapshot | None] = [None] * len(jobs)
        if any(self._is_kept(result) for result in results):
            kept = worker.pack(jobs, population, Position(jobs[0].stop))
        for submission, result, snapshot in zip(chunk.submissions, results, kept, strict=True):
            self._deliver(submission, result, snapshot if self._is_kept(result) else None)

    def _is_kept(self, result: JobResult) -> bool:
        wanted = self._keep_networks or result.job.replicate == self._keep_replicate
        return result.state is TrialState.PAUSED or (wanted and result.state is TrialState.COMPLETE)

    def _deliver(self, submission: Submission, result: JobResult, snapshot: Snapshot | None) -> None:
        with self._lock:
            if submission.cancelled:
                return
            if snapshot is not None and result.state is TrialState.PAUSED:
                self.snapshots.put(submission.job, snapshot)
            else:
                self.snapshots.forget(submission.job)
            self._release(submission)
        self.snapshots.spill()
        self._done.put((submission, Trained(result, snapshot)))

    def _release(self, submission: Submission) -> None:
        """Let go of the snapshot that a job went on from."""
        if submission.source is not None:
            self.snapshots.release(submission.source)
            submission.source = None


def make_workers(workload: Workload) -> Sequence[Worker]:
    """Return the fastest that can train the workload's network here."""
    if isinstance(workload.network, MLP) and not has_accelerator():
        return core_workers(workload)
    return xla_workers(workload)


def _legs_left(job: Job, position: Position) -> Sequence[Leg]:
    """Return the legs that are left; the last one of a job that a snapshot shows to be done."""
    return legs_after(job.legs, position) or job.legs[-1:]

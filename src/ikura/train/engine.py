"""Trains populations: groups candidates into chunks, and has every worker train chunk after chunk."""

import queue
import threading
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace

import jax
import numpy as np

from ikura.errors import SettingError
from ikura.nn import MLP, CustomNetwork
from ikura.records import Config
from ikura.train.checkpoints import Checkpoints, Row
from ikura.train.cost import step_seconds
from ikura.train.devices import has_accelerator
from ikura.train.memory import SHARE, Room, available_bytes, is_shortage
from ikura.train.native import core_workers
from ikura.train.queue import Chunk, ChunkQueue, LongestFirst, Pace
from ikura.train.task import Candidate, Structure, Task, Trained, failed
from ikura.train.worker import Lap, Rows, Worker
from ikura.train.xla import xla_workers

HEARTBEAT = 0.5
"""Seconds without news after which an empty list is yielded."""


class Engine:
    """Trains candidates for one study.

    A candidate's numbers depend on the seed, its number, replicate and configuration, the data and the backend only.
    """

    def __init__(self, task: Task, workers: Sequence[Worker] | None = None) -> None:
        """Makes the workers.

        Args:
            task: what is to be learned.
            workers: by default the processor's cores for the built-in network, and XLA's devices for others, or where
                there is an accelerator.
        """
        self._task = task
        self._workers = make_workers(task) if workers is None else workers
        self._checkpoints: Checkpoints | None = None
        self._under_way: dict[tuple[int, int], Row] = {}
        self._pace = Pace(self._workers[0].join_seconds)
        self._room = Room(SHARE * available_bytes())

    @property
    def programs(self) -> int:
        """How many different programs were compiled so far."""
        return len({structure for worker in self._workers for structure in worker.programs})

    @property
    def shortages(self) -> int:
        """How often memory ran out, so that less was trained at once."""
        return self._room.shortages

    @property
    def compile_seconds(self) -> float:
        """What compilation has cost so far, summed over devices."""
        return sum(worker.compile_seconds for worker in self._workers)

    def use(self, checkpoints: Checkpoints) -> None:
        """From now on, goes on from these checkpoints and writes more of them."""
        self._checkpoints = checkpoints
        self._under_way = checkpoints.read()

    def train(self, candidates: Iterable[Candidate]) -> Generator[list[Trained], None, None]:
        """Trains all candidates for the whole budget, and yields them chunk by chunk as they are done.

        Every now and then it yields an empty list, so that its caller can do other things while it waits. Closing the
        generator stops the workers within a lap.
        """
        chunks = self._chunks(candidates)
        for again in {chunk.again for chunk in chunks}:
            self._task.orders(again)  # drawn before the threads need it
        work, done = self._queue(chunks), queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._serve, args=(number, work, done), name=f"ikura-worker-{number}")
            for number in range(len(self._workers))
        ]
        try:
            # In here, since a stop may come while they start.
            for thread in threads:
                thread.start()
            left = len(chunks)
            while left:
                try:
                    trained = done.get(timeout=HEARTBEAT)
                except queue.Empty:
                    yield []
                    continue
                if isinstance(trained, Exception):
                    raise trained
                if isinstance(trained, BaseException):
                    raise SettingError(
                        f"network: it ended the program with {trained!r}; it must return or raise an error"
                    ) from trained
                left -= 1
                yield trained
        finally:
            work.stop()
            for thread in threads:
                if thread.ident is not None:
                    thread.join()

    def _chunks(self, candidates: Iterable[Candidate]) -> list[Chunk]:
        groups: dict[tuple[Structure, bool, int], list[Candidate]] = {}
        for candidate in candidates:
            row = self._under_way.get((candidate.number, candidate.replicate))
            key = self._task.structure(candidate.config), candidate.replicate > 0, row.position if row else 0
            groups.setdefault(key, []).append(candidate)
        chunks = []
        for (structure, again, position), group in groups.items():
            size = self._chunk_size(group)
            seconds = self._seconds(group[0].config)
            chunks += [
                Chunk(structure, again, tuple(group[first : first + size]), position, seconds)
                for first in range(0, len(group), size)
            ]
        return chunks

    def _chunk_size(self, group: Sequence[Candidate]) -> int:
        """That of the candidates' structure; 1 where the user's network fails for all of them."""
        for candidate in group:
            try:
                return self._workers[0].chunk_size(candidate)
            except Exception:
                if not self._is_users_own:
                    raise
        return 1

    @property
    def _is_users_own(self) -> bool:
        """Whether the network is, which may raise anything: then a trial fails, and not the study."""
        return isinstance(self._task.network, CustomNetwork)

    def _seconds(self, config: Config) -> float:
        """About what a candidate takes, as far as that can be told; only how candidates compare is of use."""
        network, size = self._task.network, int(config["batch_size"])
        if not isinstance(network, MLP):
            return 1.0
        return self._task.epochs * self._task.steps(size) * step_seconds(network.sizes(config), size)

    def _queue(self, chunks: Sequence[Chunk]) -> ChunkQueue | LongestFirst:
        if self._pace.join_seconds:
            return ChunkQueue(chunks, len(self._workers), self._pace)
        return LongestFirst(chunks)

    def _serve(self, number: int, work: ChunkQueue | LongestFirst, done: queue.SimpleQueue) -> None:
        """What a worker's thread does."""
        worker = self._workers[number]
        try:
            while (chunk := work.take(number, worker.programs)) is not None:
                trained = self._try_chunk(worker, chunk, work)
                if trained is not None:
                    done.put(trained)
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits, and raised there
            done.put(error)

    def _try_chunk(self, worker: Worker, chunk: Chunk, work: ChunkQueue | LongestFirst) -> list[Trained] | None:
        """Trains a chunk; of candidates whose network raises, those that it raises for have failed."""
        alone = self._room.one_by_one
        try:
            return self._train_chunk(worker, chunk, work)
        except Exception as error:
            short = is_shortage(error)
            if short and alone:
                raise SettingError(
                    f"memory: there is too little for trial {chunk.candidates[0].number} even alone; one network at a "
                    "time must fit: lower the bounds of its size or of batch_size"
                ) from error
            if not short and not self._is_users_own:
                raise
            if not short and len(chunk.candidates) == 1:
                work.failed(chunk.structure)
                return [failed(chunk.candidates[0], error)]
        # Out here, since the error holds on to all that was in memory.
        if short:
            self._room.ran_out()
            return self._try_chunk(worker, chunk, work)
        work.failed(chunk.structure)
        parts = [self._try_chunk(worker, replace(chunk, candidates=(each,)), work) for each in chunk.candidates]
        return None if None in parts else [network for part in parts if part is not None for network in part]

    def _train_chunk(self, worker: Worker, chunk: Chunk, work: ChunkQueue | LongestFirst) -> list[Trained] | None:
        candidates = chunk.candidates
        with self._room.place_for(worker.memory(candidates)):
            return self._train_rows(worker, chunk, work, worker.begin(candidates))

    def _train_rows(
        self, worker: Worker, chunk: Chunk, work: ChunkQueue | LongestFirst, rows: Rows
    ) -> list[Trained] | None:
        candidates, checkpoints = chunk.candidates, self._checkpoints
        position = chunk.position if chunk.position and self._put_back(candidates, rows) else 0
        keeper = None if checkpoints is None else checkpoints.keeper(candidates)

        def stopped(lap: Lap) -> bool:
            work.took(chunk.structure, lap.seconds)
            if keeper is not None:
                keeper.after(lap, urgent=work.stopped)
            return work.stopped

        trained = worker.train(candidates, rows, position, stopped)
        if trained is not None and checkpoints is not None:
            checkpoints.forget(candidates)
        return trained

    def _put_back(self, candidates: Sequence[Candidate], rows: Rows) -> bool:
        """Writes what checkpoints hold over initial rows; not where a network's arrays are not what they were then."""
        kept = [self._under_way[candidate.number, candidate.replicate].leaves for candidate in candidates]
        leaves = jax.tree.leaves(rows)
        layout = [(leaf.shape[1:], leaf.dtype) for leaf in leaves]
        if any([(leaf.shape, leaf.dtype) for leaf in row] != layout for row in kept):
            return False
        for leaf, *values in zip(leaves, *kept, strict=True):
            leaf[...] = np.stack(values)
        return True


def make_workers(task: Task) -> Sequence[Worker]:
    """The fastest that can train the task's network here."""
    return core_workers(task) if isinstance(task.network, MLP) and not has_accelerator() else xla_workers(task)

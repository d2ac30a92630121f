"""Trains populations: groups candidates into programs, compiles these, and runs chunk after chunk on every device."""

import queue
import threading
from collections.abc import Generator, Iterable, Sequence

import jax
import numpy as np
from numpy.typing import NDArray

from ikura.data import Dataset, batch_order
from ikura.errors import SettingError
from ikura.nn import EngineNetwork
from ikura.train.checkpoints import SECONDS, Checkpoints, Clock, Row
from ikura.train.devices import Device, chunk_size, devices
from ikura.train.executables import have_jax_keep_programs, keeps_programs
from ikura.train.program import Examples, Progress, Structure
from ikura.train.queue import Chunk, ChunkQueue, Pace
from ikura.train.rows import Candidate, Trained, count_parameters, stacked_rows, structure_of, unstacked
from ikura.train.worker import Lap, Worker

HEARTBEAT = 0.5
"""Seconds without news after which an empty list is yielded."""

EPOCH_STEP = 32
"""Programs hold metrics for a multiple of this many epochs, so that another budget seldom needs another program."""

LOAD_SECONDS, COMPILE_SECONDS = 0.2, 2.0
"""About what it takes to get a program from disk, and to compile it."""


class Engine:
    """Trains candidates for one study.

    A candidate's numbers depend on the seed, its number, replicate and configuration, the data and the backend only.
    """

    def __init__(
        self,
        network: EngineNetwork,
        dataset: Dataset,
        *,
        seed: int,
        epochs: int,
        on: Sequence[Device] | None = None,
    ) -> None:
        self._network = network
        self._seed = seed
        self._epochs = epochs
        self._capacity = -(-epochs // EPOCH_STEP) * EPOCH_STEP
        if not keeps_programs(network):
            have_jax_keep_programs()
        examples = Examples.of(dataset)
        self._length = len(dataset.train.y)
        self._orders: dict[bool, NDArray[np.int32]] = {}
        self._workers = [Worker(device, network, examples) for device in on or devices()]
        self._chunk_sizes: dict[Structure, int] = {}
        self._checkpoints: Checkpoints | None = None
        self._under_way: dict[tuple[int, int], Row] = {}
        self._pace = Pace(LOAD_SECONDS if keeps_programs(network) else COMPILE_SECONDS)

    @property
    def programs(self) -> int:
        """How many different programs were compiled so far."""
        return len(set().union(*(worker.compiled for worker in self._workers)))

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
        generator stops the devices within a lap.
        """
        chunks = self._chunks(candidates)
        for again in {chunk.again for chunk in chunks} - self._orders.keys():
            self._orders[again] = self._batch_orders(again)
        work, done = ChunkQueue(chunks, len(self._workers), self._pace), queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._serve, args=(number, work, done), name=f"ikura-device-{number}")
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
            key = structure_of(self._network, candidate.config), candidate.replicate > 0, row.epoch if row else 0
            groups.setdefault(key, []).append(candidate)
        for (structure, _, _), group in groups.items():
            if structure not in self._chunk_sizes:
                self._chunk_sizes[structure] = chunk_size(count_parameters(self._network, group[0].config))
        return [
            Chunk(structure, again, tuple(group[first : first + self._chunk_sizes[structure]]), epoch)
            for (structure, again, epoch), group in groups.items()
            for first in range(0, len(group), self._chunk_sizes[structure])
        ]

    def _batch_orders(self, again: bool) -> NDArray[np.int32]:
        """The order of the training examples in each epoch [epoch, example], the same for all trials."""
        seed = int(np.random.SeedSequence([self._seed, 1]).generate_state(1)[0]) if again else self._seed
        orders = np.zeros((self._capacity, self._length), np.int32)
        for epoch in range(self._epochs):
            orders[epoch] = batch_order(seed, epoch, self._length)
        return orders

    def _serve(self, number: int, work: ChunkQueue, done: queue.SimpleQueue) -> None:
        """What a device's thread does."""
        worker = self._workers[number]
        try:
            while (chunk := work.take(number, worker.compiled)) is not None:
                trained = self._train_chunk(worker, chunk, work)
                if trained is not None:
                    done.put(trained)
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits, and raised there
            done.put(error)

    def _train_chunk(self, worker: Worker, chunk: Chunk, work: ChunkQueue) -> list[Trained] | None:
        # The last chunk is filled up: a program's results are the same bits only for the same chunk.
        missing = self._chunk_sizes[chunk.structure] - len(chunk.candidates)
        filled = chunk.candidates + chunk.candidates[-1:] * missing
        steps = self._length // chunk.structure.batch_size
        progress, constants = stacked_rows(self._network, filled, self._seed, self._epochs, self._capacity, steps)
        start = 0
        if chunk.epoch and (on_its_way := self._where_they_were(filled, progress)) is not None:
            progress, start = on_its_way, chunk.epoch
        orders = self._orders[chunk.again]
        if chunk.structure not in worker.compiled:
            worker.compile(chunk.structure, progress, constants, orders)
        checkpoints, clock = (
            self._checkpoints,
            Clock(SECONDS if self._checkpoints is None else self._checkpoints.seconds),
        )

        def stopped(lap: Lap) -> bool:
            work.took(chunk.structure, lap.epoch_seconds * self._epochs)
            if checkpoints is not None and lap.epoch < self._epochs and (clock.is_due() or work.stopped):
                checkpoints.write(chunk.candidates, lap.progress, lap.epoch)
            return work.stopped

        trained = worker.run(
            chunk.structure, progress, constants, (chunk.again, orders), range(start, self._epochs), stopped
        )
        if trained is None:
            return None
        if checkpoints is not None:
            checkpoints.forget(chunk.candidates)
        return unstacked(self._network, chunk.candidates, trained, self._epochs)

    def _where_they_were(self, candidates: Sequence[Candidate], progress: Progress) -> Progress | None:
        """The rows of checkpoints; None where a network's arrays are not what they were then."""
        rows = [self._under_way[candidate.number, candidate.replicate].leaves for candidate in candidates]
        template, structure = jax.tree.flatten(progress)
        layout = [(leaf.shape[1:], leaf.dtype) for leaf in template]
        if any([(leaf.shape, leaf.dtype) for leaf in leaves] != layout for leaves in rows):
            return None
        return structure.unflatten([np.stack(leaves) for leaves in zip(*rows, strict=True)])

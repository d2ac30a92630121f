"""Trials on one core of the processor, one after the other, in the compiled kernel."""

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ikura.nn import MLP, Variables
from ikura.optim import Slots, coefficients, step_table
from ikura.records import Config, Job, Leg
from ikura.train import worker
from ikura.train.cost import step_seconds
from ikura.train.devices import cores
from ikura.train.native import kernel
from ikura.train.native.layout import Layout, address, aligned_zeros, layout_of
from ikura.train.snapshot import Position, Snapshot, legs_after
from ikura.train.worker import Slice
from ikura.train.workload import ProgramKey, Workload

EVALUATED = 64
"""Dev examples in one pass of the kernel, if a mini-batch is not larger."""


class TrialArrays(NamedTuple):
    """All that training changes of one trial, as the kernel lays it out."""

    params: NDArray[np.float32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    """The optimizer's slots, laid out like the parameters."""
    averages: NDArray[np.float32]
    seen: NDArray[np.float32]
    """The weight of each layer's running averages."""
    loss: NDArray[np.float64]
    """The sum over this epoch's mini-batches so far [1]."""
    metrics: NDArray[np.float32]
    """[metric, epoch]; NaN where the trial has not been."""


class CoreWorker:
    """Trains one trial at a time, without padding and without company. Implements Worker."""

    program_seconds = 0.0
    compile_seconds = 0.0
    whole_epochs = False
    programs: tuple[ProgramKey, ...] = ()

    def __init__(self, workload: Workload) -> None:
        self._workload = workload

    def chunk_size(self, config: Config) -> int:  # noqa: ARG002
        """See `Worker.chunk_size`."""
        return 1

    def memory(self, jobs: Sequence[Job]) -> float:
        """See `Worker.memory`: parameters, two slots, gradients; and of each layer three arrays a mini-batch."""
        (job,) = jobs
        layout = self._layout(job.config)
        passes = max(int(job.config["batch_size"]), EVALUATED) * sum(layer.row for layer in layout.layers)
        widest = max(layer.row for layer in layout.layers)
        return 4.0 * (4 * layout.parameters + 3 * passes + widest**2)

    def begin(self, jobs: Sequence[Job]) -> TrialArrays:
        """See `Worker.begin`."""
        (job,) = jobs
        first = job.legs[0]
        layout, arrays = self._blank(first.config)
        key = self._workload.keys(first.number, job.replicate)[0]
        layout.pack_params(self._workload.network.init(key, first.config).params, arrays.params)
        return arrays

    def unpack(self, jobs: Sequence[Job], snapshots: Sequence[Snapshot]) -> TrialArrays:
        """See `Worker.unpack`."""
        (job,), (snapshot,) = jobs, snapshots
        layout, arrays = self._blank(job.config)
        layout.pack_params(snapshot.variables.params, arrays.params)
        layout.pack_params(snapshot.slots.first, arrays.first)
        layout.pack_params(snapshot.slots.second, arrays.second)
        layout.pack_state(snapshot.variables.state, arrays.averages, arrays.seen)
        arrays.loss[0] = snapshot.loss
        arrays.metrics[:, : snapshot.position.epoch] = snapshot.curves
        return arrays

    def pack(self, jobs: Sequence[Job], population: TrialArrays, position: Position) -> list[Snapshot]:
        """See `Worker.pack`."""
        (job,) = jobs
        layout, arrays = self._layout(job.config), population
        state = layout.unpack_state(arrays.averages, arrays.seen)
        slots = Slots(layout.unpack_params(arrays.first), layout.unpack_params(arrays.second))
        variables = Variables(layout.unpack_params(arrays.params), state)
        curves = arrays.metrics[:, : position.epoch].copy()
        return [Snapshot(position, variables, slots, float(arrays.loss[0]), curves)]

    def curves(self, jobs: Sequence[Job], population: TrialArrays) -> list[NDArray[np.float32]]:  # noqa: ARG002
        """See `Worker.curves`."""
        return [population.metrics]

    def train(
        self, jobs: Sequence[Job], population: TrialArrays, position: Position, stopped: Callable[[Slice], bool]
    ) -> TrialArrays | None:
        """See `Worker.train`."""
        (job,) = jobs
        for leg in legs_after(job.legs, position):
            if not self._train_leg(job, leg, population, position, stopped):
                return None
            if not np.isfinite(population.metrics[:, leg.stop - 1]).all():
                break
            position = Position(leg.stop)
        return population

    def _train_leg(
        self, job: Job, leg: Leg, arrays: TrialArrays, position: Position, stopped: Callable[[Slice], bool]
    ) -> bool:
        """Train to the end of a leg, or to a divergence; return whether it was not stopped on the way."""
        config, layout, horizon = leg.config, self._layout(leg.config), self._workload.horizon
        steps = self._workload.steps(int(config["batch_size"]))
        step, end = position.epoch * steps + position.steps, leg.stop * steps
        table = np.ascontiguousarray(np.stack(step_table(config, horizon, steps), axis=-1), np.float32)
        trial = self._trial(job, leg, layout, arrays)
        trial.steps = address(table)
        library = kernel.library()
        workspace = aligned_zeros(library.workspace_of(self._data(config), trial))
        trial.workspace = address(workspace)
        sizes = [layout.layers[0].inputs, *(layer.units for layer in layout.layers)]
        most = max(1, int(worker.SLICE_SECONDS / step_seconds(sizes, trial.batch_size)))
        while step < end:
            began = time.perf_counter()
            goal = min(step + most, end)
            reached = library.train(self._data(config), trial, step, goal)
            if reached < goal:
                break
            seconds = (time.perf_counter() - began) / (goal - step)
            step = goal
            epoch, taken = divmod(step, steps)
            if taken == 0 and not np.isfinite(arrays.metrics[:, epoch - 1]).all():
                break
            over = epoch == job.stop
            if stopped(Slice(Position(epoch, taken), over, arrays, steps * seconds)) and not over:
                return False
        return True

    def _blank(self, config: Config) -> tuple[Layout, TrialArrays]:
        """Return how a trial's arrays lie, and arrays of zeros."""
        layout = self._layout(config)
        return layout, TrialArrays(
            *(aligned_zeros(layout.parameters) for _ in range(3)),
            averages=aligned_zeros(layout.averages),
            seen=np.zeros(len(layout.layers), np.float32),
            loss=np.zeros(1, np.float64),
            metrics=np.full((len(self._workload.metrics), self._workload.horizon), np.nan, np.float32),
        )

    def _layout(self, config: Config) -> Layout:
        network = self._workload.network
        assert isinstance(network, MLP)
        return layout_of(tuple(network.sizes(config)), batch_norm=bool(config["batch_norm"]))

    def _trial(self, job: Job, leg: Leg, layout: Layout, arrays: TrialArrays) -> kernel.Trial:
        config = leg.config
        rule = coefficients(config)
        orders = self._workload.orders(replicated=job.replicate > 0)
        return kernel.Trial(
            layers=len(layout.layers),
            layer=layout.layers,
            parameters=layout.parameters,
            batch_size=int(config["batch_size"]),
            activation=kernel.ACTIVATIONS.index(str(config["activation"])),
            batch_norm=layout.batch_norm,
            dropout=float(config["dropout"]) > 0.0,
            clipped=float(config["clip_norm"]) > 0.0,
            dropout_rate=float(config["dropout"]),
            **{name: float(config[name]) for name in ("bn_momentum", "bn_epsilon", "label_smoothing", "clip_norm")},
            **{name: value.item() for name, value in rule._asdict().items()},
            key=tuple(self._workload.keys(leg.number, job.replicate)[1].tolist()),
            orders=address(orders),
            capacity=arrays.metrics.shape[-1],
            **{name: address(array) for name, array in arrays._asdict().items()},
        )

    def _data(self, config: Config) -> kernel.Data:
        return self._weighted if config["class_weights"] == "balanced" else self._unweighted

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float32] | NDArray[np.int32], ...]:
        """What the kernel reads, kept alive: inputs and classes of training and dev examples, class weights."""
        train, dev = self._workload.dataset.train, self._workload.dataset.dev
        return (
            *(np.ascontiguousarray(x, np.float32) for x in (train.x, dev.x)),
            *(np.ascontiguousarray(y, np.int32) for y in (train.y, dev.y)),
            self._workload.class_weights(),
        )

    @cached_property
    def _unweighted(self) -> kernel.Data:
        x, dev_x, y, dev_y, _ = self._arrays
        return kernel.Data(
            x=address(x),
            y=address(y),
            dev_x=address(dev_x),
            dev_y=address(dev_y),
            examples=len(y),
            dev_examples=len(dev_y),
            features=x.shape[1],
            classes=len(self._workload.dataset.classes),
        )

    @cached_property
    def _weighted(self) -> kernel.Data:
        weighted = kernel.Data.from_buffer_copy(self._unweighted)
        weighted.class_weights = address(self._arrays[-1])
        return weighted


def core_workers(workload: Workload) -> list[CoreWorker]:
    """Return one for each core."""
    return [CoreWorker(workload) for _ in range(cores())]

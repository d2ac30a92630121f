"""Trials on one core of the processor, one after the other, in the compiled kernel."""

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ikura.nn import MLP, Variables
from ikura.optim import Slots, coefficients, step_table
from ikura.records import Config, Job, Leg
from ikura.tasks import LOSSES
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
        outputs = self._dev_outputs()
        if outputs is not None:
            trial.dev_outputs = address(outputs)
        sizes = [layout.layers[0].inputs, *(layer.units for layer in layout.layers)]
        most = max(1, int(worker.SLICE_SECONDS / step_seconds(sizes, trial.batch_size)))
        while step < end:
            began = time.perf_counter()
            goal = min(step + most, end)
            if outputs is not None:
                goal = min(goal, (step // steps + 1) * steps)
            reached = library.train(self._data(config), trial, step, goal)
            if reached < goal:
                break
            if outputs is not None and goal % steps == 0:
                self._workload.measure(outputs, arrays.metrics, goal // steps - 1)
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
        orders = self._workload.orders(job.replicate)
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

    def _dev_outputs(self) -> NDArray[np.float32] | None:
        """Return room for the outputs on the dev examples, where a metric is measured of them."""
        if not self._workload.wants_outputs:
            return None
        return np.zeros((len(self._workload.dataset.dev.y), self._workload.problem.outputs), np.float32)

    def _data(self, config: Config) -> kernel.Data:
        return self._weighted if self._workload.weighs_classes(config) else self._unweighted

    @cached_property
    def _arrays(self) -> dict[str, NDArray[np.float32]]:
        """What the kernel reads, kept alive."""
        dataset, (y, dev_y) = self._workload.dataset, self._workload.columns
        x, dev_x = (np.ascontiguousarray(split.x, np.float32) for split in (dataset.train, dataset.dev))
        found = {"x": x, "dev_x": dev_x, "y": _with_room(y), "dev_y": _with_room(dev_y)}
        weights = zip(("weights", "dev_weights"), self._workload.weights, strict=True)
        return found | {name: np.ascontiguousarray(own) for name, own in weights if own is not None}

    @cached_property
    def _class_weights(self) -> list[NDArray[np.float32] | None]:
        return [None if weights is None else _with_room(weights) for weights in self._workload.class_weights]

    @cached_property
    def _unweighted(self) -> kernel.Data:
        return self._made(self._heads([None] * len(self._workload.problem.heads)))

    @cached_property
    def _weighted(self) -> kernel.Data:
        return self._made(self._heads(self._class_weights))

    def _made(self, heads: Any) -> kernel.Data:
        y, dev_y = self._workload.columns
        return kernel.Data(
            **{name: address(array) for name, array in self._arrays.items()},
            examples=len(y),
            dev_examples=len(dev_y),
            features=self._arrays["x"].shape[1],
            columns=y.shape[1],
            outputs=self._workload.problem.outputs,
            heads=len(heads),
            head=heads,
        )

    def _heads(self, weights: Sequence[NDArray[np.float32] | None]) -> Any:
        heads = self._workload.problem.heads
        made = (kernel.Head * len(heads))()
        for place, (head, own) in enumerate(zip(heads, weights, strict=True)):
            made[place] = kernel.Head(
                loss=LOSSES.index(head.loss),
                outputs=head.outputs,
                output=head.output,
                column=head.column,
                weight=head.weight,
                parameter=head.parameter,
                class_weights=None if own is None else address(own),
            )
        return made


def _with_room(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the numbers of an array with room for a vector behind, which the kernel reads and does not use."""
    return np.append(array.ravel(), np.zeros(kernel.LANES, np.float32))


def core_workers(workload: Workload) -> list[CoreWorker]:
    """Return one for each core."""
    return [CoreWorker(workload) for _ in range(cores())]

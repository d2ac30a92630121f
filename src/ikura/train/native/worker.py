"""Trials on one core of the processor, one after the other, in the compiled kernel."""

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ikura.nn import MLP
from ikura.optim import coefficients, step_table
from ikura.records import METRICS
from ikura.train import worker
from ikura.train.cost import step_seconds
from ikura.train.devices import cores
from ikura.train.native import kernel
from ikura.train.native.layout import Layout, address, aligned_zeros
from ikura.train.task import Candidate, Structure, Task, Trained, trained
from ikura.train.worker import Lap

EVALUATED = 64
"""Dev examples in one pass of the kernel, if a mini-batch is not larger."""


class TrialRows(NamedTuple):
    """All that training changes of one trial; a leading axis of length 1, as of any worker's rows."""

    params: NDArray[np.float32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    """The optimizer's slots, laid out like the parameters."""
    averages: NDArray[np.float32]
    seen: NDArray[np.float32]
    """The weight of each layer's running averages."""
    loss: NDArray[np.float64]
    """The sum over this epoch's mini-batches so far."""
    metrics: NDArray[np.float32]
    """[metric, epoch]; NaN where the trial has not been."""


class CoreWorker:
    """Trains one trial at a time, without padding and without company. Implements Worker; its positions are steps."""

    join_seconds = 0.0
    compile_seconds = 0.0
    programs: tuple[Structure, ...] = ()

    def __init__(self, task: Task) -> None:
        self._task = task

    def chunk_size(self, candidate: Candidate) -> int:  # noqa: ARG002
        """See `Worker.chunk_size`."""
        return 1

    def memory(self, candidates: Sequence[Candidate]) -> float:
        """See `Worker.memory`: parameters, two slots, gradients; and of each layer three arrays a mini-batch."""
        layout = self._layout(candidates[0])
        passes = max(int(candidates[0].config["batch_size"]), EVALUATED) * sum(layer.row for layer in layout.layers)
        widest = max(layer.row for layer in layout.layers)
        return 4.0 * (4 * layout.parameters + 3 * passes + widest**2)

    def begin(self, candidates: Sequence[Candidate]) -> TrialRows:
        """See `Worker.begin`."""
        (candidate,) = candidates
        layout = self._layout(candidate)
        rows = TrialRows(
            *(aligned_zeros(layout.parameters)[None] for _ in range(3)),
            averages=aligned_zeros(layout.averages)[None],
            seen=np.zeros((1, len(layout.layers)), np.float32),
            loss=np.zeros((1, 1), np.float64),
            metrics=np.full((1, len(METRICS), self._task.epochs), np.nan, np.float32),
        )
        layout.pack(self._task.network.init(self._task.keys(candidate)[0], candidate.config), rows.params[0])
        return rows

    def train(
        self, candidates: Sequence[Candidate], rows: TrialRows, position: int, stopped: Callable[[Lap], bool]
    ) -> list[Trained] | None:
        """See `Worker.train`."""
        (candidate,) = candidates
        config, layout, task = candidate.config, self._layout(candidate), self._task
        steps = task.steps(int(config["batch_size"]))
        end = task.epochs * steps
        table = np.ascontiguousarray(np.stack(step_table(config, task.epochs, steps), axis=-1), np.float32)
        trial = self._trial(candidate, layout, rows)
        trial.steps = address(table)
        library = kernel.library()
        workspace = aligned_zeros(library.workspace_of(self._data(candidate), trial))
        trial.workspace = address(workspace)
        sizes = [layout.layers[0].inputs, *(layer.units for layer in layout.layers)]
        lap = max(1, int(worker.LAP / step_seconds(sizes, trial.batch_size)))
        while position < end:
            began = time.perf_counter()
            goal = min(position + lap, end)
            reached = library.train(self._data(candidate), trial, position, goal)
            if reached < goal:
                break
            seconds = (time.perf_counter() - began) / (goal - position)
            position = goal
            if position % steps == 0 and not np.isfinite(rows.metrics[0, :, position // steps - 1]).all():
                break
            if stopped(Lap(position, end, rows, end * seconds)) and position < end:
                return None
        variables = layout.unpack(rows.params[0], rows.averages[0], rows.seen[0])
        return [trained(candidate, rows.metrics[0], variables)]

    def _layout(self, candidate: Candidate) -> Layout:
        network, config = self._task.network, candidate.config
        assert isinstance(network, MLP)
        return Layout(network.sizes(config), batch_norm=bool(config["batch_norm"]))

    def _trial(self, candidate: Candidate, layout: Layout, rows: TrialRows) -> kernel.Trial:
        config = candidate.config
        rule = coefficients(config)
        orders = self._task.orders(candidate.replicate > 0)
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
            key=tuple(self._task.keys(candidate)[1].tolist()),
            orders=address(orders),
            capacity=rows.metrics.shape[-1],
            **{name: address(array) for name, array in rows._asdict().items()},
        )

    def _data(self, candidate: Candidate) -> kernel.Data:
        return self._weighted if candidate.config["class_weights"] == "balanced" else self._unweighted

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float32] | NDArray[np.int32], ...]:
        """What the kernel reads, kept alive: inputs and classes of training and dev examples, class weights."""
        train, dev = self._task.dataset.train, self._task.dataset.dev
        return (
            *(np.ascontiguousarray(x, np.float32) for x in (train.x, dev.x)),
            *(np.ascontiguousarray(y, np.int32) for y in (train.y, dev.y)),
            self._task.class_weights(),
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
            classes=len(self._task.dataset.classes),
        )

    @cached_property
    def _weighted(self) -> kernel.Data:
        weighted = kernel.Data.from_buffer_copy(self._unweighted)
        weighted.class_weights = address(self._arrays[-1])
        return weighted


def core_workers(task: Task) -> list[CoreWorker]:
    """One on each core."""
    return [CoreWorker(task) for _ in range(cores())]

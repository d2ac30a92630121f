"""Trains random networks whose every array ends where unreadable memory begins; run by test_kernel.py as a process.

The processor itself ends the process where the kernel reads or writes a single number too far.
"""

import ctypes
import mmap
import sys

import numpy as np

from ikura.data import Dataset, Preprocessing, Split
from ikura.dials import default_config
from ikura.nn import ACTIVATIONS, MLP, MLP_DIALS
from ikura.optim import OPTIMIZERS, TRAINING_DIALS
from ikura.records import Job, Kind, Leg, Target
from ikura.train import Engine, Workload
from ikura.train.native import worker

DEFAULTS = default_config(TRAINING_DIALS | MLP_DIALS)
RANDOM = np.random.default_rng(0)
KEPT = []
"""What is mapped, for as long as arrays lie in it."""

libc = ctypes.CDLL(None)
libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def guarded(count: int) -> np.ndarray:
    """Zeros [byte] in front of a page that nobody may touch."""
    size = -(-max(count, 1) // mmap.PAGESIZE) * mmap.PAGESIZE
    mapped = mmap.mmap(-1, size + mmap.PAGESIZE)
    memory = np.frombuffer(mapped, np.uint8)
    assert libc.mprotect(memory.ctypes.data + size, mmap.PAGESIZE, 0) == 0
    KEPT.append(mapped)
    return memory[size - count : size]


class Numpy:
    """NumPy, but for its copies, which are guarded."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def ascontiguousarray(array, dtype=None):
        array = np.ascontiguousarray(array, dtype)
        copy = guarded(array.nbytes).view(array.dtype).reshape(array.shape)
        copy[...] = array
        return copy


def any_of(*options):
    return options[RANDOM.integers(len(options))]


def split(count: int, features: int, classes: int) -> Split:
    x = RANDOM.normal(size=(count, features)).astype(np.float32)
    return Split(x, RANDOM.integers(0, classes, count).astype(np.int32))


def main() -> None:
    worker.aligned_zeros = lambda count: guarded(4 * count).view(np.float32)
    worker.np = Numpy()
    for _ in range(int(sys.argv[1])):
        features, classes, size = (
            int(RANDOM.integers(1, 21)),
            int(RANDOM.integers(2, 41)),
            any_of(2, 3, 16, 17, 65, 100),
        )
        config = DEFAULTS | {
            "hidden_layers": int(RANDOM.integers(0, 5)),
            "hidden_units": int(RANDOM.integers(1, 150)),
            "hidden_units_1": any_of(0, 1, 33, 300),
            "hidden_units_2": any_of(0, 7, 48),
            "batch_size": size,
            "dropout": any_of(0.0, 0.3),
            "clip_norm": any_of(0.0, 0.1),
            "batch_norm": any_of(True, False),
            "label_smoothing": any_of(0.0, 0.1),
            "class_weights": any_of("none", "balanced"),
            "activation": any_of(*ACTIVATIONS),
            "optimizer": any_of(*OPTIMIZERS),
        }
        train = split(2 * size + int(RANDOM.integers(0, 5)), features, classes)
        dev = split(any_of(1, 5, 64, 65, 130), features, classes)
        dataset = Dataset(
            "guarded", train, dev, dev, (Target("y", Kind.CLASS, tuple(range(classes))),), Preprocessing(()), (), ""
        )
        workload = Workload(MLP(features, classes), dataset, 0, 2)
        engine = Engine(workload, [worker.CoreWorker(workload)])
        # In two parts: the network is packed and unpacked between them.
        for start in (0, 1):
            engine.submit([Job(0, (Leg(0, config, 0, start + 1),), start)])
            while not engine.collect(1.0):
                pass
        engine.close(done=True)


if __name__ == "__main__":
    main()

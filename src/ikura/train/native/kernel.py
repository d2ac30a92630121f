"""The compiled kernel, as Python sees it: its structures and functions."""

import ctypes
from ctypes import c_float, c_int32, c_int64, c_uint32
from functools import cache
from pathlib import Path
from typing import Any

from ikura.errors import SettingError

LANES = 16
"""Rows of weights are filled up to a multiple of so many numbers."""

ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid", "gelu", "silu")
"""In the order of the kernel's enum."""

_pointer = ctypes.c_void_p


class Head(ctypes.Structure):
    """What some of the outputs are to say; see trial.h."""

    _fields_ = (
        *((name, c_int64) for name in ("loss", "outputs", "output", "column")),
        ("weight", c_float),
        ("parameter", c_float),
        ("class_weights", _pointer),
    )


class Data(ctypes.Structure):
    """The data of a study; see trial.h."""

    _fields_ = (
        *((name, _pointer) for name in ("x", "y", "weights", "dev_x", "dev_y", "dev_weights")),
        *((name, c_int64) for name in ("examples", "dev_examples", "features", "columns", "outputs", "heads")),
        ("head", ctypes.POINTER(Head)),
    )


class Layer(ctypes.Structure):
    """Where a layer's arrays lie among a trial's parameters; see trial.h."""

    _fields_ = (
        ("inputs", c_int64),
        ("units", c_int64),
        ("row", c_int64),
        ("weights", c_int64),
        ("beta", c_int64),
        ("gamma", c_int64),
        ("average", c_int64),
    )


class Trial(ctypes.Structure):
    """One trial; see trial.h."""

    __slots__ = ()  # what is no field is an error, and not an attribute that the kernel never sees
    _fields_ = (
        ("layers", c_int64),
        ("layer", ctypes.POINTER(Layer)),
        ("parameters", c_int64),
        ("batch_size", c_int64),
        *((name, c_int64) for name in ("activation", "batch_norm", "dropout", "clipped", "adaptive")),
        *((name, c_float) for name in ("dropout_rate", "bn_momentum", "bn_epsilon", "label_smoothing", "clip_norm")),
        *((name, c_float) for name in ("first_decay", "first_gain", "second_decay", "second_gain", "direct")),
        *((name, c_float) for name in ("carried", "epsilon", "coupled", "decoupled")),
        ("key", c_uint32 * 2),
        ("steps", _pointer),
        ("orders", _pointer),
        ("capacity", c_int64),
        *((name, _pointer) for name in ("params", "first", "second", "averages", "seen", "loss", "metrics")),
        ("dev_outputs", _pointer),
        ("workspace", _pointer),
    )


@cache
def library() -> Any:
    """Return the shared library. Its functions let other threads of Python run in the meantime.

    Raises:
        SettingError: it is not there, or not for this machine.
    """
    try:
        loaded = ctypes.CDLL(str(Path(__file__).with_name("kernels.so")))
    except OSError as error:
        raise SettingError(
            f"installation: the kernel cannot be loaded ({error}); it is compiled when Ikura is installed: install "
            "Ikura again"
        ) from error
    for name in ("train", "workspace_of"):
        getattr(loaded, name).restype = c_int64
    loaded.train.argtypes = (ctypes.POINTER(Data), ctypes.POINTER(Trial), c_int64, c_int64)
    loaded.workspace_of.argtypes = (ctypes.POINTER(Data), ctypes.POINTER(Trial))
    loaded.instruction_level.restype = c_int32
    return loaded


def instructions() -> str:
    """Return which of the processor's instructions the kernel uses here: `v2` to `v4` of x86-64, or `any`."""
    level = library().instruction_level()
    return f"v{level}" if level else "any"

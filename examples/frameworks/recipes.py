"""The frameworks: how each is installed, and how its trainer is run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TRAINERS = Path(__file__).parent / "trainers"

PYTHON = "$python $trainer"

ARGUMENTS = "$trainer {learning_rate} {momentum} {stop} {seed}"
"""Of a program in a language for which Ikura has no helper; the words in braces are Ikura's."""

THEANO = {"THEANO_FLAGS": "floatX=float32,blas.ldflags=,optimizer=fast_compile,cxx="}
"""Graphs are compiled in a tenth of a second, without C, where with C it takes a minute."""


@dataclass(frozen=True)
class Recipe:
    """How a framework is had and run. What is in `needs`, `programs` or `absent` is not installed here, but said."""

    framework: str
    trainer: str
    installs: tuple[str, ...] = ()
    """What pip is told to install, one after the other; `$ikura` is Ikura itself."""
    python: str | None = None
    """The version of CPython that it needs; by default that which runs Ikura."""
    command: str | None = None
    """By default the trainer is a function, which Ikura calls in the framework's environment."""
    environment: Mapping[str, str] = field(default_factory=dict)
    metric: str = "accuracy"
    aside: str | None = None
    """A folder of the environment's where libraries lie that the framework is to find."""
    setup: str | None = None
    """A command of the shell's that ends the installation."""
    programs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Debian's packages."""
    absent: str | None = None
    """Why it cannot be had."""

    @property
    def file(self) -> Path:
        """Where its trainer is."""
        return TRAINERS / self.trainer


def _keras(backend: str, package: str) -> Recipe:
    environment = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    installs = (f"$ikura keras==3.15.* {package}",)
    return Recipe(f"Keras on {backend}", "train_keras.py", installs, environment=environment, metric="val_accuracy")


RECIPES = {
    "pytorch": Recipe("PyTorch", "train_pytorch.py", ("$ikura torch==2.13.0",)),
    "tensorflow": Recipe(
        "TensorFlow",
        "train_tensorflow.py",
        ("$ikura tensorflow-cpu==2.21.*",),
        environment={"TF_CPP_MIN_LOG_LEVEL": "3"},
    ),
    "keras-jax": _keras("jax", "jax"),
    "keras-torch": _keras("torch", "torch==2.13.0"),
    "keras-tensorflow": _keras("tensorflow", "tensorflow-cpu==2.21.*"),
    "paddlepaddle": Recipe("PaddlePaddle", "train_paddle.py", ("$ikura paddlepaddle==3.3.1",)),
    "jax": Recipe("JAX", "train_jax.py", ("$ikura optax",)),
    "pytensor": Recipe("PyTensor", "train_pytensor.py", ("$ikura pytensor",)),
    "theano": Recipe(
        "Theano",
        "train_theano.py",
        ("numpy<1.24 scipy<1.11 setuptools<66 wheel", "--no-build-isolation theano==1.0.5"),
        python="3.11",
        command=PYTHON,
        environment=THEANO,
    ),
    "lasagne": Recipe(
        "Lasagne",
        "train_lasagne.py",
        ("numpy<1.24 scipy<1.11 setuptools<66 wheel", "--no-build-isolation theano==1.0.5 lasagne==0.1"),
        python="3.11",
        command=PYTHON,
        environment=THEANO,
    ),
    "mxnet": Recipe(
        "MXNet", "train_mxnet.py", ("numpy<2 mxnet==1.9.1",), python="3.11", command=PYTHON
    ),
    "caffe2": Recipe(
        "Caffe2",
        "train_caffe2.py",
        ("numpy<1.24 future protobuf<3.21 six typing_extensions", "--no-deps torch==1.8.1"),
        python="3.8",
        command=PYTHON,
    ),
    "cntk": Recipe("CNTK", "train_cntk.py", ("numpy<1.20 scipy cntk==2.7.post2",), python="3.6", command=PYTHON),
    "caffe": Recipe("Caffe", "train_caffe.py", python="3.11", command=PYTHON),
    "torch7": Recipe(
        "Torch7",
        "train_torch7.lua",
        command=f"luajit {ARGUMENTS}",
        programs=("luajit",),
        absent="its Lua packages (torch, nn, optim) are in no registry: where you have built them, run it by hand",
    ),
    "jvm": Recipe("JDK, for DL4J", "Train.java", command=f"java {ARGUMENTS}", programs=("java",)),
}

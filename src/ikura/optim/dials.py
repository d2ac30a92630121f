"""The hyperparameters of training, whatever the network."""

from ikura.dials import Dial
from ikura.optim.decay import DECAYS
from ikura.optim.rule import ADAMS, OPTIMIZERS

_HEAVY_BALLS = ("optimizer", ("momentum", "nesterov"))
_ADAMS = ("optimizer", ADAMS)
_ADAPTIVE = ("optimizer", ("rmsprop", *ADAMS))


def _share(default: float, used_with: tuple[str, tuple[str, ...]] | None = None) -> Dial:
    return Dial(default, high=1.0, high_open=True, used_with=used_with)


TRAINING_DIALS: dict[str, Dial] = {
    "learning_rate": Dial(0.003, low_open=True),
    "optimizer": Dial("adam", options=OPTIMIZERS, fixed=True),
    "momentum": _share(0.9, _HEAVY_BALLS),
    "beta1": _share(0.9, _ADAMS),
    "beta2": _share(0.999, _ADAPTIVE),
    # Below about 1e-38, single precision has no room for an epsilon.
    "epsilon": Dial(1e-8, low=1e-12, used_with=_ADAPTIVE),
    "weight_decay": Dial(0.0),
    "clip_norm": Dial(0.0),
    "decay": Dial("none", options=tuple(DECAYS), fixed=True),
    "decay_rate": Dial(0.1, used_with=("decay", ("inverse", "exponential", "staircase"))),
    "warmup": Dial(0.0, fixed=True),
    "batch_size": Dial(64, low=2, fixed=True),
    "label_smoothing": _share(0.0),
    "class_weights": Dial("none", options=("none", "balanced"), fixed=True),
}
"""`clip_norm` 0 clips nothing; `warmup` counts epochs."""

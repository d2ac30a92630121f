"""The hyperparameters of the built-in network."""

from ikura.dials import Dial
from ikura.nn.activation import ACTIVATIONS
from ikura.nn.initializer import INITIALIZERS
from ikura.nn.mlp import MOST_HIDDEN_LAYERS

_WITH_BATCH_NORM = ("batch_norm", (True,))

MLP_DIALS: dict[str, Dial] = {
    "hidden_layers": Dial(1, high=MOST_HIDDEN_LAYERS, fixed=True),
    "hidden_units": Dial(64, low=1, fixed=True),
    **{f"hidden_units_{layer}": Dial(0, fixed=True) for layer in (1, 2, 3, 4)},
    "activation": Dial("relu", options=tuple(ACTIVATIONS), fixed=True),
    "dropout": Dial(0.0, high=0.99),
    "batch_norm": Dial(True, options=(True, False), fixed=True),
    "bn_momentum": Dial(0.9, high=1.0, high_open=True, used_with=_WITH_BATCH_NORM),
    # Below about 1e-38, single precision has no room for an epsilon; nor above 1e38.
    "bn_epsilon": Dial(1e-5, low=1e-12, high=1e9, used_with=_WITH_BATCH_NORM),
    "initializer": Dial("he", options=INITIALIZERS, fixed=True),
}
"""`hidden_units_1`... are the widths of single layers; 0 stands for `hidden_units`."""

"""One trial's mathematics, as pure functions over arrays without a trial axis."""

from ikura.nn.activation import ACTIVATIONS
from ikura.nn.batch_norm import Averages, batch_norm, batch_norm_at_test_time
from ikura.nn.checking import check_methods, check_network, initial_variables
from ikura.nn.dials import MLP_DIALS
from ikura.nn.dropout import dropout
from ikura.nn.initializer import INITIALIZERS, initial_weights
from ikura.nn.losses import absolute_error, binary_cross_entropy, huber, pinball, poisson, squared_error
from ikura.nn.mlp import MLP, MOST_HIDDEN_LAYERS
from ikura.nn.network import EngineNetwork, Network, ProgramConfig, Variables
from ikura.nn.random_bits import fold_in, random_bits
from ikura.nn.softmax import cross_entropy, softmax
from ikura.nn.user_network import UserNetwork

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "MLP",
    "MLP_DIALS",
    "MOST_HIDDEN_LAYERS",
    "Averages",
    "EngineNetwork",
    "Network",
    "ProgramConfig",
    "UserNetwork",
    "Variables",
    "absolute_error",
    "batch_norm",
    "batch_norm_at_test_time",
    "binary_cross_entropy",
    "check_methods",
    "check_network",
    "cross_entropy",
    "dropout",
    "fold_in",
    "huber",
    "initial_variables",
    "initial_weights",
    "pinball",
    "poisson",
    "random_bits",
    "softmax",
    "squared_error",
]

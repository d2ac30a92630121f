"""A study of a user's own network."""

import argparse
from collections.abc import Sequence


def run(arguments: Sequence[str]) -> None:
    """Do what a user's program does that tunes a network of his own, or goes on with it."""
    import jax.numpy as jnp
    import numpy as np

    import ikura

    class Network:
        def init(self, key, config):
            rng = np.random.default_rng(key)
            units = config["units"]
            first, second = rng.normal(size=(64, units)) / 8, rng.normal(size=(units, 10)) / 4
            return ikura.Variables([first.astype(np.float32), second.astype(np.float32)])

        def apply(self, variables, inputs, config, *, train, key):
            first, second = variables.params
            return jnp.tanh(inputs @ first) @ second, variables

    parser = argparse.ArgumentParser()
    parser.add_argument("what")
    parser.add_argument("data")
    for name in ("name", "out", "store", "schedule"):
        parser.add_argument(f"--{name}")
    for name in ("trials", "epochs", "min-epochs", "rounds"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--quiet", action="store_true")
    told = vars(parser.parse_args(arguments))
    del told["quiet"]
    if told.pop("what") == "resume":
        ikura.resume("s", network=Network(), store=told["store"])
    else:
        space = ikura.Space(learning_rate=ikura.Float(1e-3, 1e-1, scale="log"), units=ikura.Int(8, 9, static=True))
        ikura.tune(space=space, network=Network(), **told)

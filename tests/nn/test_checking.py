"""Each mistake that a network of the user's own can hold gets one line before anything is trained."""

import jax.numpy as jnp
import numpy as np
import pytest

from ikura.errors import SettingError
from ikura.nn import UserNetwork, Variables, check_methods, check_network

CONFIGS = [
    {"learning_rate": 0.1, "batch_size": 5, "units": units, "gain": gain} for units in (2, 3) for gain in (0.5, 2.0)
]


class Right:
    """One hidden layer, with a count of its steps as state."""

    def init(self, key, config):
        units = config["units"]
        params = {"first": np.ones((4, units), np.float32), "last": np.ones((units, 3))}
        return Variables(params, {"steps": np.zeros((), np.int32)})

    def apply(self, variables, inputs, config, *, train, key):
        hidden = config["gain"] * inputs @ variables.params["first"]
        return hidden @ variables.params["last"], Variables(
            variables.params, {"steps": variables.state["steps"] + 1 if train else variables.state["steps"]}
        )


def check(network):
    check_methods(network)
    own = UserNetwork(network, static=frozenset({"units"}), traced=frozenset({"gain"}))
    check_network(own, CONFIGS, features=4, outputs=3, dev_examples=7)


def with_init(init):
    return type("Own", (Right,), {"init": lambda self, key, config: init(config)})()


def with_apply(change, **arguments):
    """A network that changes what the right one gives."""

    def apply(self, variables, inputs, config, *, train, key):
        return change(*Right.apply(self, variables, inputs, config, train=train, key=key))

    return type("Own", (Right,), {"apply": apply} | arguments)()


def reads(name):
    def apply(self, variables, inputs, config, *, train, key):
        return config[name] * inputs, variables

    return type("Own", (Right,), {"apply": apply})()


def test_a_right_one_passes():
    check(Right())


def test_the_hyperparameters_are_seen_as_the_engine_gives_them():
    seen = []

    class Watching(Right):
        def init(self, key, config):
            seen.append((key.dtype, key.shape, dict(config)))
            return super().init(key, config)

        def apply(self, variables, inputs, config, *, train, key):
            seen.append((sorted(config), config["units"], config["gain"].dtype, inputs.shape, train, key.shape))
            return super().apply(variables, inputs, config, train=train, key=key)

    check(Watching())
    assert seen[0] == (np.uint32, (2,), CONFIGS[0])
    assert seen[4:6] == [
        (["gain", "units"], 2, np.float32, (5, 4), True, (2,)),
        (["gain", "units"], 2, np.float32, (7, 4), False, (2,)),
    ]
    assert len(seen) == 4 + 2 * 2  # four configurations, of two structures


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (3, "network: int has no init and apply"),
        (
            type("Own", (Right,), {"init": lambda self, key: None})(),
            "network: init(key) cannot be called as init(",
        ),
        (
            type("Own", (Right,), {"apply": lambda self, a, b: None})(),
            "network: apply(a, b) cannot be called as ",
        ),
        (
            with_init(lambda _: {"w": np.ones(3)}),
            "init gives an object of type dict; it must give its arrays",
        ),
        (with_init(lambda _: (np.ones(3), np.ones(3))), "init gives a tuple of 2; it must give its arrays"),
        (with_init(lambda _: Variables({"w": "a"})), "init gives params['w'] as an object of type str"),
        (with_init(lambda _: Variables({"w": np.ones(3, int)})), "init gives params['w'] of type int64"),
        (
            with_init(lambda _: Variables([None, np.ones(3, "M8[s]")])),
            "init gives params[1] as an object of type",
        ),
        (
            with_init(lambda config: config["width"]),
            "init reads 'width', which is not in the configuration (lear",
        ),
        (with_init(lambda _: {}["width"]), "init raised KeyError: 'width'"),
        (
            with_init(lambda config: Right().init(None, {"units": round(4 * config["gain"])})),
            "init gives arrays of other shapes where only gain changes",
        ),
        (
            with_apply(lambda logits, _: logits),
            "apply gives an object of type DynamicJaxprTracer; it must",
        ),
        (
            with_apply(lambda logits, after: (logits, after.params)),
            "apply gives a tuple of 2; it must give the",
        ),
        (with_apply(lambda logits, after: ([1, 2], after)), "apply gives outputs that are an object of type list"),
        (
            with_apply(lambda logits, after: (logits[:, :2], after)),
            "apply gives outputs of shape [5, 2] for 5 exam",
        ),
        (with_apply(lambda logits, after: (logits.astype(int), after)), "apply gives outputs of type int32"),
        (
            with_apply(lambda logits, after: (logits, Variables(after.params))),
            "init gives a state of structure ({'steps': *}), apply one of (())",
        ),
        (
            with_apply(lambda logits, after: (logits, Variables(after.params, {"steps": jnp.zeros(2, int)}))),
            "state['steps'] is int32[] from init and int32[2] from apply",
        ),
        (
            with_apply(lambda logits, after: (logits, Variables(after.params, {"steps": 0.5 * after.state["steps"]}))),
            "state['steps'] is int32[] from init and float32[] from apply",
        ),
        (reads("depth"), "apply reads 'depth', which is not in the configuration (units, gain)"),
        (reads("learning_rate"), "apply reads 'learning_rate', a dial of training, which Ikura alone uses"),
        (with_apply(lambda logits, after: (logits if after.params["last"][0, 0] > 0 else 0, after)), "Tracer"),
        (with_apply(lambda logits, after: (logits @ logits, after)), "apply raised TypeError: dot_general requires"),
    ],
)
def test_a_mistake_gets_one_line(network, words):
    with pytest.raises(SettingError) as caught:
        check(network)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_users_own_exception_is_the_cause():
    def fail(_):
        raise ZeroDivisionError("in my\nnetwork")

    with pytest.raises(SettingError, match="init raised ZeroDivisionError: in my; ") as caught:
        check(with_init(fail))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.__cause__.__traceback__ is not None


@pytest.mark.parametrize("where", ["init", "apply"])
def test_one_that_raises_for_some_configurations_passes_and_one_that_raises_for_all_does_not(where):
    class Moody(Right):
        def __init__(self, bad):
            self.bad = bad

        def init(self, key, config):
            if where == "init" and config["units"] in self.bad:
                raise ValueError("too wide")
            return super().init(key, config)

        def apply(self, variables, inputs, config, *, train, key):
            if where == "apply" and config["units"] in self.bad:
                raise ValueError("too wide")
            return super().apply(variables, inputs, config, train=train, key=key)

    check(Moody(bad=(2,)))
    check(Moody(bad=(3,)))
    with pytest.raises(SettingError, match=f"{where} raised ValueError: too wide"):
        check(Moody(bad=(2, 3)))

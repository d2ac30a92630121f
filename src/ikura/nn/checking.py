"""Whether a network of the user's own keeps its promises, before a study is stored or a model used."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ikura.errors import SettingError
from ikura.nn.network import Variables
from ikura.nn.user_network import UserNetwork
from ikura.records import Config

_KEY = np.zeros(2, np.uint32)
_CALLS = {"init": "init(key, config)", "apply": "apply(variables, inputs, config, *, train, key)"}


def check_methods(network: object) -> None:
    """Check that there are `init` and `apply`, and that they take what the engine gives.

    Raises:
        SettingError: one line about what does not.
    """
    if not (callable(getattr(network, "init", None)) and callable(getattr(network, "apply", None))):
        raise SettingError(f"network: {type(network).__name__} has no init and apply; it must: see docs/own-network.md")
    given: Any = network
    for name, arguments, named in (
        ("init", (_KEY, {}), {}),
        ("apply", (None, None, {}), {"train": True, "key": _KEY}),
    ):
        try:
            inspect.signature(getattr(given, name)).bind(*arguments, **named)
        except TypeError as error:
            raise SettingError(
                f"network: {name}{inspect.signature(getattr(given, name))} cannot be called as {_CALLS[name]} "
                f"({error}); it must be: change its arguments"
            ) from None


def check_network(
    network: UserNetwork, configs: Sequence[Config], *, features: int, outputs: int, dev_examples: int
) -> None:
    """Try a network on configurations without training it: `init` is run, `apply` traced.

    Where the network raises an error of its own for some of them only, their trials will fail, and the others not.

    Args:
        network: one whose methods pass `check_methods`.
        configs: full configurations, of several structures if there are several.
        features: how many inputs an example has.
        outputs: how many outputs the network must give.
        dev_examples: how many examples it is asked for at test time; in training, `batch_size` of the configuration.

    Raises:
        SettingError: one line about the first promise that is broken. An exception of the network's own is its cause.
    """
    layouts: dict[tuple[Any, ...], tuple[Config, Variables]] = {}
    raised: list[_OwnError] = []
    for config in configs:
        static, traced = network.split(config)
        try:
            layout = jax.tree.map(_layout, initial_variables(network, config))
        except _OwnError as error:
            raised.append(error)
            continue
        first, before = layouts.setdefault((tuple(sorted(static.items())), tuple(traced)), (config, layout))
        if jax.tree.flatten(layout) != jax.tree.flatten(before):
            changed = ", ".join(name for name in traced if first[name] != config[name])
            raise SettingError(
                f"network: init gives arrays of other shapes where only {changed or 'nothing'} changes; what changes "
                "shapes must be static: give the dimension static=True"
            )
    passed = 0
    for config, layout in layouts.values():
        try:
            _check_apply(network, config, layout, features, outputs, dev_examples)
        except _OwnError as error:
            raised.append(error)
        else:
            passed += 1
    if not passed:
        raise raised[0]


def initial_variables(network: UserNetwork, config: Config) -> Variables:
    """Return what `init` gives, checked.

    Raises:
        SettingError: it raises, or gives something else than arrays in `Variables`.
    """
    made: Any = _tried("init", config, config, lambda watched: network.network.init(_KEY, watched))
    if not isinstance(made, Variables):
        raise SettingError(
            f"network: init gives {_kind(made)}; it must give its arrays as ikura.Variables: "
            "write return ikura.Variables(params), or ikura.Variables(params, state)"
        )
    for part, tree in (("params", made.params), ("state", made.state)):
        for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
            name = f"{part}{jax.tree_util.keystr(path)}"
            dtype = getattr(leaf, "dtype", np.asarray(leaf).dtype)
            if not (jnp.issubdtype(dtype, jnp.number) or dtype == np.bool_):
                raise SettingError(f"network: init gives {name} as {_kind(leaf)}; it must be an array of numbers")
            if part == "params" and not jnp.issubdtype(dtype, jnp.floating):
                raise SettingError(
                    f"network: init gives {name} of type {dtype}; what the optimizer learns must be floating: "
                    f"convert it by .astype(numpy.float32), or move it to the state"
                )
    return made


def _check_apply(
    network: UserNetwork, config: Config, layout: Variables, features: int, outputs: int, dev_examples: int
) -> None:
    static, traced = network.split(config)
    arrays = {name: _layout(value) for name, value in traced.items()}
    for train, examples in ((True, int(config["batch_size"])), (False, dev_examples)):
        inputs = jax.ShapeDtypeStruct((examples, features), jnp.float32)

        def call(watched: "_Watched", train: bool = train, inputs: Any = inputs) -> Any:
            def apply(variables: Variables, inputs: Any, traced: Mapping[str, Any], key: Any) -> Any:
                watched.update(traced)
                given = network.network.apply(variables, inputs, watched, train=train, key=key)
                _check_pair(given)
                return given

            return jax.eval_shape(apply, layout, inputs, arrays, jax.ShapeDtypeStruct((2,), jnp.uint32))

        found, after = _tried("apply", config, static, call)
        _check_outputs(found, (examples, outputs))
        if train:
            _check_state(layout.state, jax.tree.map(_layout, after.state))


def _check_pair(given: Any) -> None:
    if not (isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Variables)):
        raise SettingError(
            f"network: apply gives {_kind(given)}; it must give the outputs and the variables: "
            "write return outputs, variables, these being ikura.Variables"
        )
    if not hasattr(given[0], "shape"):
        raise SettingError(
            f"network: apply gives outputs that are {_kind(given[0])}; they must be an array [example, output]"
        )


def _check_outputs(given: Any, shape: tuple[int, int]) -> None:
    if given.shape != shape:
        raise SettingError(
            f"network: apply gives outputs of shape {list(given.shape)} for {shape[0]} examples, and {shape[1]} are "
            f"to be learned; it must be {list(shape)}: mend the last layer"
        )
    if not jnp.issubdtype(given.dtype, jnp.floating):
        raise SettingError(
            f"network: apply gives outputs of type {given.dtype}; they must be floating, a logit for each class or a "
            "number: leave out argmax or rounding"
        )


def _check_state(before: Any, after: Any) -> None:
    if jax.tree.structure(before) != jax.tree.structure(after):
        raise SettingError(
            f"network: init gives a state of structure {_tree(before)}, apply one of {_tree(after)}; it must stay the "
            "same: give back every part of the state, and no other"
        )
    for (path, old), new in zip(jax.tree_util.tree_flatten_with_path(before)[0], jax.tree.leaves(after), strict=True):
        if old != new:
            raise SettingError(
                f"network: state{jax.tree_util.keystr(path)} is {_array(old)} from init and {_array(new)} from apply; "
                "shape and type must stay the same: make them so in init"
            )


class _OwnError(SettingError):
    """The network's own code raised, which another configuration may not make it do."""


class _Watched(dict[str, Any]):
    """A configuration that remembers what was asked of it in vain."""

    absent: str | None = None

    def __missing__(self, name: str) -> Any:
        self.absent = name
        raise KeyError(name)


def _tried(method: str, config: Config, given: Mapping[str, Any], call: Callable[[_Watched], Any]) -> Any:
    """Return what the call gives; what the user's code raises comes as one line, with the exception as its cause."""
    watched = _Watched(given)
    try:
        return call(watched)
    except SettingError:
        raise
    except Exception as error:  # a user's code may raise anything
        name = watched.absent
        if isinstance(error, KeyError) and name is not None and error.args == (name,):
            if name in config:
                line = f"{method} reads {name!r}, a dial of training, which Ikura alone uses: leave it out of {method}"
            else:
                there = ", ".join(watched) or "it is empty"
                line = (
                    f"{method} reads {name!r}, which is not in the configuration ({there}); "
                    "it must be a dimension of the space, and exist whenever it is read: add it, or mend its condition"
                )
        elif isinstance(error, jax.errors.ConcretizationTypeError):
            line = (
                "apply uses a traced hyperparameter or an input as a plain value "
                f"({type(error).__name__}); it is an array: use jax.numpy.where, or give the dimension static=True"
            )
        else:
            reason = str(error).strip().splitlines()
            what = f"{type(error).__name__}: {reason[0]}" if reason else type(error).__name__
            line = f"{method} raised {what}; mend it (the traceback is that of this error's cause)"
            raise _OwnError(f"network: {line}") from error
        raise SettingError(f"network: {line}") from error


def _layout(leaf: Any) -> jax.ShapeDtypeStruct:
    """Return shape and type as they are inside a program."""
    dtype = getattr(leaf, "dtype", np.asarray(leaf).dtype)
    return jax.ShapeDtypeStruct(np.shape(leaf), jax.dtypes.canonicalize_dtype(dtype))


def _kind(value: object) -> str:
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    return f"an object of type {type(value).__name__}"


def _array(layout: jax.ShapeDtypeStruct) -> str:
    return f"{layout.dtype}{list(layout.shape)}"


def _tree(value: Any) -> str:
    return str(jax.tree.structure(value)).removeprefix("PyTreeDef")

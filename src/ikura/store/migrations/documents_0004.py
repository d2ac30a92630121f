"""The settings and outcomes of versions 0001 to 0003 as version 0004 has them, frozen."""

import tomllib
from pathlib import PurePath
from typing import Any

METRICS = [
    {"name": "train_loss", "goal": "minimize", "unit": ""},
    {"name": "dev_loss", "goal": "minimize", "unit": ""},
    {"name": "dev_accuracy", "goal": "maximize", "unit": "share"},
]
OBJECTIVE = ["dev_accuracy", "dev_loss"]

TRAINING_LIMITS = {
    "momentum": [0.0, None],
    "beta1": [0.0, None],
    "beta2": [0.0, None],
    "epsilon": [1e-12, None],
    "weight_decay": [0.0, None],
    "clip_norm": [0.0, None],
    "decay_rate": [0.0, None],
    "warmup": [0.0, None],
    "batch_size": [2, None],
    "label_smoothing": [0.0, None],
}
NETWORK_LIMITS = {
    "hidden_layers": [0, 63],
    "hidden_units": [1, None],
    "hidden_units_1": [0, None],
    "hidden_units_2": [0, None],
    "hidden_units_3": [0, None],
    "hidden_units_4": [0, None],
    "dropout": [0.0, 0.99],
    "bn_momentum": [0.0, None],
    "bn_epsilon": [1e-12, None],
}
"""Of the built-in network. Beyond these no value was allowed; None where there was no such bound."""


def new_settings(old: Any, space: Any) -> dict[str, Any] | None:
    """Return the settings in their new form, or None where they do not have the old one."""
    try:
        origin, data = _origin(old["data"])
        user_network = {"mlp": False, "custom": True}[old["network"]]
        imported = origin == "imported"
        return {
            "origin": origin,
            "data": data,
            "target": old["target"],
            "seed": old["seed"],
            "trials": old["trials"],
            "epochs": old["epochs"],
            "sampler": old["sampler"],
            # An object was named by its type, as MySampler; what was imported by its program, as optuna.
            "user_sampler": old["sampler"] != old["sampler"].lower(),
            "rounds": old["rounds"],
            "schedule": "optuna" if imported else "full",
            "reduction": None,
            "min_epochs": None,
            "task": "classification",
            "metrics": METRICS,
            "objective": OBJECTIVE,
            # The name of a user's own was not kept.
            "network": "unknown" if user_network else "mlp",
            "user_network": user_network,
            "limits": _limits(space, user_network=user_network),
            "out": old["out"],
            "fingerprint": old["fingerprint"],
            "examples": old["examples"],
            "features": old["features"],
            # The first studies did not count them.
            "columns": old.get("columns", old["features"]),
            "classes": old["classes"],
            "notes": old["notes"],
            "versions": old["versions"],
            "machine": old["machine"],
        }
    except (LookupError, TypeError, AttributeError, ValueError):
        return None


def _origin(data: str) -> tuple[str, str]:
    if data == "<imported>":
        return "imported", "imported"
    if data.startswith("<"):
        return "memory", data.strip("<>")
    path = PurePath(data)
    return ("file" if path.is_absolute() or path.suffix or len(path.parts) > 1 else "bundled"), data


def _limits(space: str, *, user_network: bool) -> dict[str, list[float | None]]:
    known = TRAINING_LIMITS if user_network else TRAINING_LIMITS | NETWORK_LIMITS
    dimensions = tomllib.loads(space)
    return {name: known[name] for name, each in dimensions.items() if name in known and each.get("type") != "choice"}


def new_outcome(old: Any, epochs_trained: int) -> dict[str, Any] | None:
    """Return the outcome in its new form, or None where it does not have the old one.

    Args:
        old: the document.
        epochs_trained: how many epochs were measured, of all trials together.
    """
    try:
        best = old["best"]
        return {
            "best": {
                "number": best["number"],
                "config": best["config"],
                "metrics": {name: best[name] for name in OBJECTIVE},
            },
            "finalists": [
                {
                    "number": each["number"],
                    "config": each["config"],
                    "search": {"dev_accuracy": each["search_dev_accuracy"]},
                    "replicates": {name: each[name] for name in OBJECTIVE},
                }
                for each in old["finalists"]
            ],
            "test": old["test"],
            "trials": old["trials"],
            "diverged": old["diverged"],
            "failed": old.get("failed", 0),
            "stopped": 0,
            "epochs": old["epochs"],
            "epochs_trained": epochs_trained,
            "seconds": old["seconds"],
            "resumed": old.get("resumed", 0),
            "trials_per_second": old["trials_per_second"],
            "programs": old["programs"],
            "planned": _planned(old.get("planned")),
            "short_of_memory": old.get("short_of_memory", False),
            "troubles": old.get("troubles", []),
            "model": old["model"],
        }
    except (LookupError, TypeError, AttributeError, ValueError):
        return None


def _planned(old: Any) -> Any:
    if old is None:
        return None
    parts = [{_PARTS.get(name, name): value for name, value in part.items()} for part in old["parts"]]
    return old | {"parts": parts}


_PARTS = {"bare_seconds": "unpadded_seconds"}

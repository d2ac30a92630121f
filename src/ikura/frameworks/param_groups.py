"""PyTorch optimizers of trials that go on as copies: their state is the source's, their hyperparameters their own."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Configured: TypeAlias = list[list[dict[str, Any]]]
"""The hyperparameters of the groups of each optimizer, before it has made a step."""


def configured(optimizers: Iterable[Any]) -> Configured:
    """Return what optimizers were made with."""
    return [
        [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]
        for optimizer in optimizers
    ]


def configure(optimizers: Iterable[Any], schedulers: Iterable[Any], before: Configured, now: Configured) -> None:
    """Give optimizers that took over a state the hyperparameters that they were made with.

    A learning rate that a schedule has changed is changed by as much from the new one.

    Args:
        optimizers: with the state of others.
        schedulers: of their learning rates, with the state of others.
        before: what the others were made with.
        now: what these were made with.
    """
    for optimizer, groups_before, groups_now in zip(optimizers, before, now, strict=True):
        for group, own_before, own_now in zip(optimizer.param_groups, groups_before, groups_now, strict=True):
            _change(group, own_before, own_now)
    for scheduler in schedulers:
        if hasattr(scheduler, "base_lrs"):
            groups = scheduler.optimizer.param_groups
            scheduler.base_lrs = [group.get("initial_lr", group["lr"]) for group in groups]


def scaled(rate: float, before: float, now: float) -> float:
    """Return a learning rate that was made of one, as it is made of another; exactly that where nothing was made."""
    return now if rate == before or not before else rate * (now / before)


def _change(group: dict[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    base = "initial_lr" if "initial_lr" in now else "lr"
    if now[base] != before[base]:
        group["lr"] = scaled(float(group["lr"]), float(before[base]), float(now[base]))
    group |= {name: value for name, value in now.items() if name != "lr" and value != before.get(name)}

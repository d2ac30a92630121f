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
    if before == now:
        return
    ratios = {}
    for optimizer, groups_before, groups_now in zip(optimizers, before, now, strict=True):
        # Groups may have joined under training.
        changed = zip(optimizer.param_groups, groups_before, groups_now, strict=False)
        ratios[id(optimizer)] = [_change(group, own_before, own_now) for group, own_before, own_now in changed]
    for scheduler in schedulers:
        _change_scheduler(scheduler, ratios)


def _change_scheduler(scheduler: Any, ratios: Mapping[int, list[float]]) -> None:
    """Scale the rates that a scheduler, and those that it is made of, go back to."""
    for inner in getattr(scheduler, "_schedulers", ()):
        _change_scheduler(inner, ratios)
    for name in ("base_lrs", "max_lrs"):
        rates, own = getattr(scheduler, name, []), ratios.get(id(getattr(scheduler, "optimizer", None)), [])
        for place, (rate, ratio) in enumerate(zip(rates, own, strict=False)):
            rates[place] = rate * ratio


def scaled(rate: float, before: float, now: float) -> float:
    """Return a learning rate that was made of one, as it is made of another; exactly that where nothing was made."""
    return now if rate == before or not before else rate * (now / before)


def _change(group: dict[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> float:
    """Give a group its hyperparameters, and return by how much its learning rate changes."""
    base = "initial_lr" if "initial_lr" in now else "lr"
    rate_before, rate_now = float(before[base]), float(now[base])
    if rate_now != rate_before:
        group["lr"] = scaled(float(group["lr"]), rate_before, rate_now)
    group |= {name: value for name, value in now.items() if name != "lr" and value != before.get(name)}
    return rate_now / rate_before if rate_before else 1.0

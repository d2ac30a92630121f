"""Real training by every schedule, beside Optuna and PyTorch with its Hyperband pruner: accuracy against wall time.

The same configurations, drawn at random, by the same split, in the same family of networks; each system in a process
of its own, one after the other, on all cores. Times count from the launch of the process.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from bench.peers.jobs import PLANS
from bench.search.results import gathered, markdown
from ikura.evaluators import machine
from ikura.space import Space

SCHEDULES = ("full", "halving", "hyperband", "asha", "median", "patience", "pbt")

PEER = "Optuna, PyTorch, Hyperband"

SYSTEMS = (PEER, *SCHEDULES)


@dataclass(frozen=True)
class Plan:
    """What is searched on a data set."""

    source: str
    """A bundled name, or a file of the folder of data."""
    space: Space
    trials: int
    epochs: int
    seeds: int


DATA = {
    "digits": Plan("digits", PLANS["digits"].space, trials=256, epochs=30, seeds=3),
    "phoneme": Plan("phoneme.csv", PLANS["digits"].space, trials=64, epochs=30, seeds=3),
    "fashion": Plan("fashion_mnist.npz", PLANS["fashion"].space, trials=20, epochs=9, seeds=1),
}


@dataclass(frozen=True)
class Search:
    """What a process is to do; in JSON."""

    source: str
    space: str
    """In TOML."""
    schedule: str
    trials: int
    epochs: int
    seed: int


@dataclass(frozen=True)
class Told:
    """What a process says of its search; in JSON. Times are `time.time()`."""

    reached: list[tuple[float, float]]
    """When a trial that was trained to its end was the best by then, and its dev accuracy."""
    searched: float
    """When the search was over."""
    epochs: int
    """That the search trained, of all trials together."""
    test: float
    """The test accuracy of what is handed back."""
    dev: float | None = None
    """The mean dev accuracy of the winner under other seeds, where there are finals."""


def measured(folder: Path, names: Sequence[str], systems: Sequence[str], out: Path) -> list[dict]:
    """Return the searches on the data that are there, which a file of results keeps; in words what is skipped."""
    keys = []
    for name in names:
        plan = DATA[name]
        if "." in plan.source and not (folder / plan.source).exists():
            print(f"{name}: {folder / plan.source} is not there; skipped\n")
            continue
        keys += [(name, seed, system, str(folder)) for seed in range(plan.seeds) for system in systems]
    return gathered(out, keys, _run)


def _run(name: str, seed: int, system: str, folder: str) -> dict:
    plan = DATA[name]
    source = str(Path(folder) / plan.source) if "." in plan.source else plan.source
    schedule = "hyperband" if system == PEER else system
    search = Search(source, plan.space.to_toml(), schedule, plan.trials, plan.epochs, seed)
    module = "bench.search.with_optuna" if system == PEER else "bench.search.with_ikura"
    with tempfile.TemporaryDirectory() as place:
        if system == PEER:
            search = _prepared(search, Path(place))
        job, result = Path(place) / "search.json", Path(place) / "told.json"
        job.write_text(json.dumps(asdict(search)))
        launched = time.time()
        subprocess.run([sys.executable, "-m", module, str(job), str(result)], check=True)
        wall = time.time() - launched
        told = Told(**json.loads(result.read_text()))
    reached = [(at - launched, dev) for at, dev in told.reached]
    row = asdict(told) | {"reached": reached, "searched": told.searched - launched, "wall": wall}
    print(f"{name} {seed} {system}: {wall:.1f} s, dev {reached[-1][1]:.4f}, test {told.test:.4f}", file=sys.stderr)
    return {"name": name, "seed": seed, "system": system} | row


def _prepared(search: Search, place: Path) -> Search:
    """Have the peer find the configurations, and the data as Ikura splits and preprocesses it."""
    from ikura.data import prepare
    from ikura.records import Goal, History, Metric, Objective
    from ikura.samplers import RandomSampler

    accuracy = Metric("accuracy", Goal.MAXIMIZE)
    history = History((accuracy,), Objective(accuracy), search.epochs)
    space = Space.from_toml(search.space)
    configs = RandomSampler().propose(space, history, search.trials, search.seed).configs
    (place / "configs.json").write_text(json.dumps([dict(config) for config in configs]))
    data = prepare(search.source, seed=search.seed)
    parts = {"train": data.train, "dev": data.dev, "test": data.test}
    arrays = {f"{kind}_{name}": getattr(part, kind) for name, part in parts.items() for kind in ("x", "y")}
    np.savez(place / "data.npz", **arrays)
    return Search(**asdict(search) | {"source": str(place)})


def report(rows: Sequence[dict]) -> str:
    """Return a table for each data set, in Markdown."""
    parts = [f"{machine()}."]
    for name in dict.fromkeys(row["name"] for row in rows):
        plan = DATA[name]
        of = [row for row in rows if row["name"] == name]
        lines = [_line([row for row in of if row["system"] == system], of) for system in SYSTEMS]
        title = f"**{name}**: {plan.trials} trials of {plan.epochs} epochs, medians of {plan.seeds} seed(s)"
        parts += [title, markdown(COLUMNS, [line for line in lines if line])]
    return "\n\n".join(parts)


COLUMNS = (
    "",
    "epochs",
    "search, s",
    "wall, s",
    "best dev",
    "finals dev",
    "test",
    "s to Optuna's dev",
    "its wall / that",
)


def _line(rows: Sequence[dict], others: Sequence[dict]) -> list[str]:
    if not rows:
        return []
    middle = {name: median(row[name] for row in rows) for name in ("epochs", "searched", "wall", "test")}
    best = median(row["reached"][-1][1] for row in rows)
    dev = [row["dev"] for row in rows if row["dev"] is not None]
    peers = {row["seed"]: row for row in others if row["system"] == PEER}
    pairs = [(row, peers[row["seed"]]) for row in rows if row["seed"] in peers]
    times = [_seconds_to(row, peer["reached"][-1][1]) for row, peer in pairs]
    ratios = [peer["wall"] / at for at, (_, peer) in zip(times, pairs, strict=True) if at is not None]
    soon = [at for at in times if at is not None]
    usual = 2 * len(soon) > len(rows)
    return [
        rows[0]["system"],
        f"{middle['epochs']:,.0f}",
        f"{middle['searched']:.1f}",
        f"{middle['wall']:.1f}",
        f"{best:.4f}",
        f"{median(dev):.4f}" if dev else "",
        f"{middle['test']:.4f}",
        f"{median(soon):.1f} ({len(soon)} of {len(rows)})" if usual else f"({len(soon)} of {len(rows)})",
        f"{median(ratios):.1f}" if usual else "",
    ]


def _seconds_to(row: dict, dev: float) -> float | None:
    return next((at for at, value in row["reached"] if value >= dev - 1e-6), None)

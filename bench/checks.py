"""How often the check of bounds is right, and whether the next space has the best: searches whose truth is known.

python -m bench.checks
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

import ikura
from bench.search.drive import searched
from bench.search.tasks import Task
from ikura.records import Config, Settings
from ikura.report.checks import next_space
from ikura.report.checks.evidence import region_of
from ikura.report.checks.space_checks import bounds
from ikura.samplers import make_sampler
from ikura.space import Choice, Float, Int, Space

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    width=Int(16, 1024, scale="log"),
    dropout=Float(0.0, 0.5),
    momentum=Float(0.8, 0.999, scale="one-minus-log"),
    kind=Choice("a", "b"),
    idle=Float(0.0, 1.0),
    idler=Float(1e-3, 1e3, scale="log"),
)

BEST = {"rate": 1.0, "width": 0.4, "dropout": 0.3, "momentum": 0.6}
"""Places in the unit cube; the first is a bound."""

IDLE = ("idle", "idler")

NOISE = 0.01
"""The standard deviation of what is told; a parabola from a bound to the other end is 1."""

SEARCHES = (("random", 64), ("coarse-to-fine", 64), ("coarse-to-fine", 256), ("thompson", 32), ("thompson", 64))
"""Samplers and trials, in four rounds."""


def main() -> None:
    """Print one line a sampler, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=60)
    seeds = range(parser.parse_args().seeds)
    settings = _settings()
    print("| Sampler, trials | bound found | without effect, blamed | best inside, blamed | best in the next space |")
    print("|---|---|---|---|---|")
    for name, trials in SEARCHES:
        shares = np.mean([_judged(name, trials, seed, settings) for seed in seeds], axis=0)
        print(f"| {name}, {trials} | {' | '.join(f'{share:.1%}' for share in shares)} |")


def _settings() -> Settings:
    """Return those of a study of the space."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "study.db"
        return ikura.tune(_nothing, space=SPACE, trials=1, workers=1, store=store).study.settings


def _nothing(trial: ikura.Trial) -> float:  # noqa: ARG001
    return 0.0


def _judged(sampler: str, trials: int, seed: int, settings: Settings) -> tuple[float, float, float, float]:
    """Return whether the bound was found, the shares blamed of others, and whether the next space has the best."""
    task = Task("known", "known", SPACE, _told, _loss_of, best=0.0, worst=1.0)
    history = searched(task, make_sampler(sampler, None if sampler == "random" else 4), trials, seed)
    blamed = {name.partition(".")[0] for name in bounds(SPACE, region_of(SPACE, history, settings), {}).numbers}
    inside = [name for name in BEST if name != "rate"]
    after = next_space(SPACE, history, settings).space
    return (
        float("rate" in blamed),
        float(np.mean([name in blamed for name in IDLE])),
        float(np.mean([name in blamed for name in inside])),
        float(all(_within(after, name) for name in BEST)),
    )


def _told(config: Config, rng: np.random.Generator) -> float:
    return _loss_of(config) + rng.normal(0, NOISE)


def _loss_of(config: Config) -> float:
    far = sum((_place(name, config[name]) - best) ** 2 for name, best in BEST.items())
    return float(far + 0.05 * (config["kind"] == "b"))


def _place(name: str, value: object) -> float:
    return float(SPACE.dimensions[name].to_unit([value])[0])


def _within(space: Space, name: str) -> bool:
    """Tell whether a space reaches to where the best of a dimension is."""
    dimension, best = space.dimensions[name], BEST[name]
    assert isinstance(dimension, Float | Int)
    return _place(name, dimension.low) <= best + 1e-9 and best - 1e-9 <= _place(
        name, min(dimension.high, SPACE.dimensions[name].high)
    )


if __name__ == "__main__":
    main()

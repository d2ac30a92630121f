"""Runs the same configurations in Ikura and its peers, and prints how they compare.

    python -m bench.peers [--jobs digits,one] [--systems ikura-warm,optuna] [--repeats 3] [--docs]

Run it from the repository's root, with `pip install -e '.[bench]'` and nothing else running.
"""

import argparse
import json
import platform
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import distributions, version
from pathlib import Path

from bench.peers.contract import CORES
from bench.peers.document import write_docs
from bench.peers.floor import flops, peak
from bench.peers.jobs import PLANS, beginning, draw, prepare_data
from bench.peers.measure import SYSTEMS, measure, missing
from bench.peers.tables import markdown
from ikura.evaluators import machine

LIMITS = {"keras-tuner": 32, "ray": 1000}
"""The slowest systems do only the beginning of a longer list; their trials per second count."""


def main() -> None:
    """Measures, prints and writes."""
    arguments = _arguments()
    lacking = sorted(filter(None, map(missing, arguments.systems)))
    if lacking:
        raise SystemExit(f"{', '.join(lacking)}: not installed; these systems need it: pip install -e '.[bench]'")
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"jobs": {}}
    results |= {"machine": f"{machine()}, {CORES} cores", "versions": _versions()}
    highest = peak()
    for name in arguments.jobs:
        fashion = arguments.fashion if PLANS[name].fashion else None
        if fashion is not None and not fashion.exists():
            print(f"{name}: {fashion} is not there; skipped (--fashion PATH names Fashion-MNIST's NPZ file)")
            continue
        job = draw(name, prepare_data(folder, fashion), arguments.trials, arguments.epochs)
        runs, sizes = {}, {}
        for repeat in range(arguments.repeats):
            for system in arguments.systems:
                limit = arguments.limit.get(system, len(job.configs))
                if name.startswith("scale") and limit < len(job.configs):
                    continue
                part = beginning(job, limit, folder)
                run = measure(system, part, folder)
                runs.setdefault(system, []).append(run)
                print(f"{name} {repeat + 1}/{arguments.repeats} {SYSTEMS[system].label}: {_line(run)}", flush=True)
        for trials in {len(job.configs), *(run["trials"] for some in runs.values() for run in some)}:
            sizes[str(trials)] = flops(replace(job, configs=job.configs[:trials]))
        results["jobs"][name] = {
            "trials": len(job.configs),
            "epochs": job.epochs,
            "repeats": arguments.repeats,
            "date": datetime.now(UTC).date().isoformat(),
            "peak": highest,
            "flops": sizes,
            "runs": runs,
        }
        path.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(f"\n{markdown(results)}\n\n{path} has every run.")
    if arguments.docs:
        write_docs(results)


def _line(run: dict) -> str:
    notes = "".join(f", {note}" for note in run["notes"])
    return f"{run['trials']} trials in {run['wall']:.1f} s, {run['memory']:.0f} MB, best {run['best']:.3f}{notes}"


def _versions() -> dict[str, str]:
    packages = {"Ikura": "ikura", "JAX": "jax", "Optuna": "optuna", "PyTorch": "torch", "Ray": "ray", "Keras": "keras"}
    packages |= {"Keras Tuner": "keras-tuner", "scikit-learn": "scikit-learn"}
    there = {distribution.name for distribution in distributions()}
    return {"Python": platform.python_version()} | {
        name: version(package) for name, package in packages.items() if package in there
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=_jobs, default=list(PLANS), help=f"of {', '.join(PLANS)}; scale means all sizes")
    parser.add_argument("--systems", type=_systems, default=list(SYSTEMS), help=f"of {', '.join(SYSTEMS)}")
    parser.add_argument("--repeats", type=int, default=3, help="rounds in which every system has one turn")
    parser.add_argument("--trials", type=int, help="instead of the job's own number, to try it")
    parser.add_argument("--epochs", type=int, help="instead of the job's own number, to try it")
    parser.add_argument("--limit", type=_limits, default=LIMITS, help="at most so many trials: keras-tuner=32,ray=1000")
    parser.add_argument("--fashion", type=Path, default=Path("fashion_mnist.npz"), help="Fashion-MNIST's NPZ file")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/peers"), help="for lists of configurations and results"
    )
    parser.add_argument("--docs", action="store_true", help="write the results in the folder into docs/benchmarks.md")
    return parser.parse_args()


def _jobs(text: str) -> list[str]:
    names = []
    for name in filter(None, text.split(",")):
        names += [plan for plan in PLANS if plan == name or (name == "scale" and plan.startswith("scale-"))] or [name]
    return _known(names, PLANS)


def _systems(text: str) -> list[str]:
    return _known(text.split(","), SYSTEMS)


def _known(names: list[str], table: dict) -> list[str]:
    for name in names:
        if name not in table:
            raise argparse.ArgumentTypeError(f"{name!r} is unknown; choose from {', '.join(table)}")
    return names


def _limits(text: str) -> dict[str, int]:
    pairs = [pair.split("=") for pair in filter(None, text.split(","))]
    return {_known([name], SYSTEMS)[0]: int(number) for name, number in pairs}


if __name__ == "__main__":
    main()

"""Run one part of the evidence; see `python -m bench.search --help`."""

import argparse
from pathlib import Path

from bench.search import bayesmark, curves, exact, tables, training


def _exact(given: argparse.Namespace) -> None:
    print(exact.report(exact.measured(given.data, given.runs), given.runs))


def _bayesmark(given: argparse.Namespace) -> None:
    print(bayesmark.report(bayesmark.measured(given.out, given.processes), given.data))


def _curves(given: argparse.Namespace) -> None:
    print(curves.report(curves.measured(given.data, range(given.seeds), given.out, given.processes)), "\n")
    print(curves.reference(given.data, range(given.seeds)))


def _training(given: argparse.Namespace) -> None:
    print(training.report(training.measured(given.data, given.only, given.systems, given.out)))


def _tables(given: argparse.Namespace) -> None:
    methods = given.methods.split(",")
    tables.run(methods, given.trials, given.wave, range(*given.seeds), given.out, given.processes, given.only)
    rows = [row for row in tables.read(given.out) if (row["trials"], row["wave"]) == (given.trials, given.wave)]
    rows = [row for row in rows if row["method"] in methods]
    for look in (look for look in tables.LOOKS if look <= given.trials):
        print(tables.table(rows, look), "\n")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parts = parser.add_subparsers(required=True)

    part = parts.add_parser("exact", help="random search against exact distributions")
    part.add_argument("--data", type=Path, required=True, help="the folder with random_search_exact.json")
    part.add_argument("--runs", type=int, default=200)
    part.set_defaults(run=_exact)

    part = parts.add_parser("bayesmark", help="random search against Bayesmark's published baseline")
    part.add_argument("--data", type=Path, required=True, help="the folder with bayesmark_random_search.json")
    part.add_argument("--processes", type=int, default=1)
    part.add_argument("--out", type=Path, default=Path("build/search/bayesmark.jsonl"))
    part.set_defaults(run=_bayesmark)

    part = parts.add_parser("curves", help="schedules on TaskSet's curves, beside Optuna's pruners")
    part.add_argument("--data", type=Path, required=True, help="the folder with TaskSet's files and the reference")
    part.add_argument("--seeds", type=int, default=100)
    part.add_argument("--processes", type=int, default=1)
    part.add_argument("--out", type=Path, default=Path("build/search/curves.jsonl"))
    part.set_defaults(run=_curves)

    part = parts.add_parser("tables", help="samplers against each other on tables and surfaces")
    part.add_argument("--methods", default="random,sobol,coarse-to-fine,thompson")
    part.add_argument("--trials", type=int, default=256)
    part.add_argument("--wave", type=int, default=64)
    part.add_argument("--seeds", type=int, nargs=2, default=(0, 100))
    part.add_argument("--only", default="")
    part.add_argument("--processes", type=int, default=1)
    part.add_argument("--out", type=Path, default=Path("search-tables.jsonl"))
    part.set_defaults(run=_tables)

    part = parts.add_parser("training", help="real training by every schedule, beside Optuna and PyTorch")
    part.add_argument("--data", type=Path, required=True, help="the folder with phoneme.csv and fashion_mnist.npz")
    part.add_argument("--only", nargs="+", choices=training.DATA, default=list(training.DATA))
    part.add_argument("--systems", nargs="+", choices=training.SYSTEMS, default=list(training.SYSTEMS))
    part.add_argument("--out", type=Path, default=Path("build/search/training.jsonl"))
    part.set_defaults(run=_training)

    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()

"""Run one part of the evidence; see `python -m bench.search --help`."""

import argparse
from pathlib import Path

from bench.search import tables


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.search")
    parser.add_argument("--methods", default="random,sobol,coarse-to-fine,thompson")
    parser.add_argument("--trials", type=int, default=256)
    parser.add_argument("--wave", type=int, default=64)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 100))
    parser.add_argument("--only", default="")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("search-tables.jsonl"))
    given = parser.parse_args()
    methods = given.methods.split(",")
    tables.run(methods, given.trials, given.wave, range(*given.seeds), given.out, given.processes, given.only)
    rows = [row for row in tables.read(given.out) if (row["trials"], row["wave"]) == (given.trials, given.wave)]
    rows = [row for row in rows if row["method"] in methods]
    for look in (look for look in tables.LOOKS if look <= given.trials):
        print(tables.table(rows, look), "\n")


if __name__ == "__main__":
    main()

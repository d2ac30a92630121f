"""Files of results: a line each, so that a run that was interrupted goes on where it stood."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike


def gathered(out: Path, keys: Sequence[tuple], one: Callable[..., dict], processes: int = 1) -> list[dict]:
    """Return what `one` gives for each of the keys; what the file does not have yet is run, and appended to it."""
    rows = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    found = {tuple(row["key"]): row for row in rows}
    left = [key for key in keys if key not in found]
    if left:
        out.parent.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(processes) as pool, out.open("a") as file:
            waiting = {pool.submit(one, *key): key for key in left}
            for future in as_completed(waiting):
                key = waiting[future]
                found[key] = {"key": key, **future.result()}
                file.write(json.dumps(found[key]) + "\n")
                file.flush()
    return [found[key] for key in keys]


def half_width(values: ArrayLike) -> float:
    """Return half the width of the 95 % interval of a mean."""
    values = np.asarray(values, float)
    return float(1.96 * values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

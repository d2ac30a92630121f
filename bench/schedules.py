"""How soon each schedule has a network as good as the full search's best.

    python -m bench.schedules [--data digits] [--seeds 3] [--trials 256] [--epochs 30] [--schedules full halving pbt]

For each seed the schedules search the same space in turns, on all cores; `halving:128` gives a schedule trials of its
own, `halving:128:100` epochs as well. A table gives their medians over the seeds. `to full` is the time until the
search had a network trained to its end whose dev value is at least that of the full search's best, as a share of the
full one's time; `-` where it never had in most seeds. Finals and test come after the search, and are the same for all.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import ikura
from ikura.records import TrialState
from ikura.study import FinalsBegan, ResultsStored, RoundBegan, StudyEvent


class Stopwatch:
    """Notes when the search had which best value. A Watcher."""

    def __init__(self, metric: str) -> None:
        self.reached: list[tuple[float, float]] = []
        """Seconds since the search began, and the best dev value of a network that was trained to its end."""
        self.search = 0.0
        """Seconds of the search."""
        self._metric = metric
        self._began = 0.0

    def __call__(self, event: StudyEvent) -> None:
        """Note what an event says."""
        now = time.perf_counter() - self._began
        match event:
            case RoundBegan() if not self._began:
                self._began = time.perf_counter()
            case ResultsStored():
                done = [float(result.curves[self._metric][-1]) for _, result in event.results if _is_whole(result)]
                best = max([*done, *[value for _, value in self.reached[-1:]]], default=None)
                if best is not None:
                    self.reached.append((now, best))
            case FinalsBegan():
                self.search = now
            case _:
                pass

    def seconds_to(self, value: float) -> float | None:
        """Return when a value was reached; None if it never was."""
        return next((at for at, best in self.reached if best >= value), None)


def _is_whole(result) -> bool:
    return result.state is TrialState.COMPLETE and bool(result.epochs)


def tune(data: str, schedule: str, seed: int, trials: int, epochs: int, folder: Path) -> tuple[Stopwatch, ikura.Result]:
    """Run one search."""
    watch = Stopwatch("dev_accuracy")
    arguments = {"trials": trials, "epochs": epochs, "seed": seed}
    name, *own = schedule.split(":")
    for what, number in zip(("trials", "epochs"), own, strict=False):
        arguments[what] = int(number)
    return watch, ikura.tune(data, schedule=name, store=folder / f"{schedule}-{seed}.db", watch=watch, **arguments)


def main() -> None:
    """Run the searches, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--schedules", nargs="+", default=["full", "halving", "pbt"])
    options = parser.parse_args()
    rows: dict[str, list[dict[str, float | None]]] = {schedule: [] for schedule in options.schedules}
    with tempfile.TemporaryDirectory() as place:
        for seed in range(options.seeds):
            goal, whole = 0.0, 1.0
            for schedule in options.schedules:
                watch, result = tune(options.data, schedule, seed, options.trials, options.epochs, Path(place))
                if schedule == "full":
                    goal, whole = watch.reached[-1][1], watch.search
                reached = watch.seconds_to(goal)
                rows[schedule].append(
                    {
                        "epochs": result.outcome.epochs_trained,
                        "search": watch.search,
                        "share": watch.search / whole,
                        "to full": None if reached is None else reached / whole,
                        "best dev": watch.reached[-1][1],
                        "finals dev": result.outcome.best.metrics["dev_accuracy"],
                        "test": result.test_accuracy,
                    }
                )
                told = {name: None if value is None else round(value, 4) for name, value in rows[schedule][-1].items()}
                print(f"seed {seed} {schedule}: {told}", flush=True)
    for schedule, found in rows.items():
        cells = []
        for name in found[0]:
            values = [row[name] for row in found if row[name] is not None]
            cells.append(f"{name} {median(values):.4g}" if 2 * len(values) > len(found) else f"{name} -")
        print(f"{schedule}: {', '.join(cells)}")


if __name__ == "__main__":
    main()

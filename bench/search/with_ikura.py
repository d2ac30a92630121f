"""A search by Ikura, from its start to the test: `python -m bench.search.with_ikura SEARCH TOLD`."""

import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import ikura
from bench.search.training import Search, Told
from ikura.records import TrialState
from ikura.study import FinalsBegan, ResultsStored, StudyEvent

DEV = "dev_accuracy"


class Watch:
    """Notes when the search had which best value. A Watcher."""

    def __init__(self) -> None:
        self.reached: list[tuple[float, float]] = []
        self.searched = 0.0

    def __call__(self, event: StudyEvent) -> None:
        """Note what an event says."""
        if isinstance(event, FinalsBegan):
            self.searched = time.time()
        if isinstance(event, ResultsStored):
            whole = [result for _, result in event.results if result.state is TrialState.COMPLETE]
            for result in whole:
                dev = float(result.curves[DEV][-1])
                if not self.reached or dev > self.reached[-1][1]:
                    self.reached.append((time.time(), dev))


def main() -> None:
    """Search, and write what came of it."""
    search = Search(**json.loads(Path(sys.argv[1]).read_text()))
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        result = ikura.tune(
            search.source,
            space=ikura.Space.from_toml(search.space),
            sampler="random",
            schedule=search.schedule,
            trials=search.trials,
            epochs=search.epochs,
            seed=search.seed,
            store=Path(folder) / "study.db",
            watch=watch,
        )
    dev = result.outcome.best.metrics[DEV]
    told = Told(watch.reached, watch.searched, result.outcome.epochs_trained, result.test_accuracy, dev)
    Path(sys.argv[2]).write_text(json.dumps(asdict(told)))


if __name__ == "__main__":
    main()

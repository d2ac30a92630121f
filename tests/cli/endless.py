"""The command line with a study that lasts until it is stopped: `python endless.py GO ARGUMENTS...`.

Of its results two come, once there is a file GO.
"""

import sys
import time
from pathlib import Path

from ikura.cli.main import run
from ikura.evaluators.fused import FusedEvaluator

go, train = Path(sys.argv.pop(1)), FusedEvaluator.collect
handed_out = []


def collect(evaluator, seconds):
    if handed_out or not go.exists():
        time.sleep(0.05)
        return []
    while len(handed_out) < 2:
        handed_out.extend(train(evaluator, seconds))
    return handed_out[:2]


if __name__ == "__main__":
    FusedEvaluator.collect = collect
    run()

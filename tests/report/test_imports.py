"""What a report does without."""

import pickle
import subprocess
import sys

from tests.processes import PATIENCE

WRITE = """
import pickle, sys
from ikura.report import render
from ikura.report.words import can_go_on
study, space, history = pickle.load(sys.stdin.buffer)
assert "Test accuracy" in render(study, space, history)
assert not can_go_on(study, history)
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"jax", "jaxlib", "optax", "ikura"}))
"""


def test_a_report_is_written_without_jax(make_study):
    study = make_study(trials=20, epochs=5, rounds=2)
    told = pickle.dumps((study.record, study.space, study.history))
    done = subprocess.run([sys.executable, "-c", WRITE], input=told, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().split() == ["ikura"]

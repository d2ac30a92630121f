"""The tasks there are."""

import subprocess
import sys

import pytest

from ikura.records import DamagedError
from ikura.tasks import CLASSIFICATION, task_named


def test_a_task_is_found_by_its_name():
    assert task_named("classification") is CLASSIFICATION


def test_a_name_that_no_version_wrote_is_damage():
    with pytest.raises(DamagedError, match="'clasification'"):
        task_named("clasification")


def test_importing_the_room_loads_neither_jax_nor_pandas():
    heavy = ("jax", "pandas", "sklearn", "scipy")
    code = f"import sys, ikura.tasks; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

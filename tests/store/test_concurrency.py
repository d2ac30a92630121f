"""What every store promises to several that use it at once."""

import subprocess
import sys
import threading
import time

from ikura.errors import StoreError
from ikura.records import TrialState
from ikura.store import open_store

COMPLETE = TrialState.COMPLETE


READER = """
import sys
import numpy as np
from ikura.records import TrialState
from ikura.store import open_store

url, wave, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
seen = set()
with open_store(url) as store:
    print("ready", flush=True)
    while last not in seen:
        history = store.history("s")
        complete = sum(state is TrialState.COMPLETE for state in history.states)
        curves = int(np.isfinite(history.curves["dev_loss"]).any(axis=1).sum())
        if complete != curves or complete % wave:
            sys.exit(f"{complete} complete, {curves} with curves")
        seen.add(complete)
print(len(seen))
"""


def test_eight_readers_see_whole_waves_while_a_study_is_written(url, make_trials, make_results, begin):
    wave, waves, readers = 40, 15, 8
    with open_store(url) as store:
        begin(store, "s")
        store.add_round("s", make_trials(wave * waves), None)
        command = [sys.executable, "-c", READER, url, str(wave), str(wave * waves)]
        processes = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(readers)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for first in range(0, wave * waves, wave):
            store.write("s", make_results(range(first, first + wave), epochs=30))
            # On few processors the readers would hardly get a turn.
            time.sleep(0.05)
        found = [process.communicate(timeout=60) for process in processes]
    assert [err for _, err in found] == [""] * readers
    assert all(int(out) > 1 for out, _ in found), found


def test_two_studies_are_written_at_once(url, make_trials, make_results, begin):
    errors: list[BaseException] = []
    together = threading.Barrier(4)

    def write(name: str) -> None:
        try:
            together.wait()
            with open_store(url) as store:
                begin(store, name)
                for number in range(5):
                    store.add_round(name, make_trials(8, first=8 * number, round=number), None)
                    store.write(name, make_results(range(8 * number, 8 * number + 8)))
        except StoreError as error:
            errors.append(error)

    writers = [threading.Thread(target=write, args=(f"study {number}",)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert errors == []
    with open_store(url) as store:
        for number in range(4):
            assert store.history(f"study {number}").states == (COMPLETE,) * 40

"""What every store promises to several that use it at once."""

import threading

import numpy as np

from ikura.errors import StoreError
from ikura.records import TrialState
from ikura.store import open_store

COMPLETE = TrialState.COMPLETE


def test_readers_see_whole_waves_while_a_writer_writes(url, make_trials, make_results):
    wave, waves = 40, 15
    with open_store(url) as store:
        store.create("s", settings={}, space="")
        store.add_round("s", make_trials(wave * waves), None)
    seen: list[set[int]] = [set(), set()]
    broken: list[str] = []
    done = threading.Event()

    def read(counts: set[int]) -> None:
        with open_store(url) as reader:
            while not done.is_set():
                history = reader.history("s")
                complete = sum(state is COMPLETE for state in history.states)
                curves = int(np.isfinite(history.curves["dev_loss"]).any(axis=1).sum())
                if complete != curves or complete % wave:
                    broken.append(f"{complete} complete, {curves} with curves")
                counts.add(complete)

    readers = [threading.Thread(target=read, args=(counts,)) for counts in seen]
    for reader in readers:
        reader.start()
    with open_store(url) as store:
        for first in range(0, wave * waves, wave):
            store.write_results("s", make_results(range(first, first + wave), epochs=30))
    done.set()
    for reader in readers:
        reader.join()
    assert broken == []
    assert all(len(counts) > 1 for counts in seen), seen


def test_two_studies_are_written_at_once(url, make_trials, make_results):
    errors: list[BaseException] = []
    together = threading.Barrier(4)

    def write(name: str) -> None:
        try:
            together.wait()
            with open_store(url) as store:
                store.create(name, settings={}, space="")
                for number in range(5):
                    store.add_round(name, make_trials(8, first=8 * number, round=number), None)
                    store.write_results(name, make_results(range(8 * number, 8 * number + 8)))
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

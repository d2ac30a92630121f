"""What every store promises to several that use it at once."""

import threading
from contextlib import ExitStack

from ikura.errors import StoreError
from ikura.records import TrialState
from ikura.store import open_store
from tests.processes import FORKED, process_of
from tests.store.reading import read_until_told

COMPLETE = TrialState.COMPLETE


def test_eight_readers_see_whole_waves_while_a_study_is_written(url, make_trials, make_results, begin):
    wave, waves, written = 40, 15, 0
    with ExitStack() as running, open_store(url) as store:
        begin(store, "s")
        readers = [FORKED.Pipe() for _ in range(8)]
        for ours, theirs in readers:
            running.enter_context(process_of(read_until_told, url, wave, theirs))
            running.callback(ours.close)
            theirs.close()
        # On few processors it takes some waves more until each has had its turns.
        seen = [[ours.recv()] for ours, _ in readers]
        while written < wave * waves or min(map(len, seen)) < 4:
            store.add_round("s", make_trials(wave, first=written, round=written // wave), None)
            store.write("s", make_results(range(written, written + wave), epochs=30))
            written += wave
            for (ours, _), counts in zip(readers, seen, strict=True):
                while ours.poll():
                    counts.append(ours.recv())
        for (ours, _), counts in zip(readers, seen, strict=True):
            while counts[-1] != written:
                counts.append(ours.recv())
    assert all(isinstance(count, int) for counts in seen for count in counts), seen


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

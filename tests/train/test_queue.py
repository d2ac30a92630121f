"""Which device gets which chunk."""

import threading

from ikura.train.queue import Chunk, ChunkQueue, LongestFirst, Pace
from ikura.train.task import Structure


def structure(name):
    return Structure((("name", name),), 32, clipped=False, weighted=False)


def chunks(**counts):
    return [Chunk(structure(name), False, ()) for name, count in counts.items() for _ in range(count)]


def drain(work, device, compiled):
    taken = []
    while (chunk := work.take(device, compiled)) is not None:
        taken.append(dict(chunk.structure.network)["name"])
        compiled.add(chunk.structure)
    return taken


def test_one_device_gets_everything_program_by_program():
    taken = drain(ChunkQueue(chunks(a=3, b=2, c=4), 1, Pace()), 0, set())
    assert taken == ["c"] * 4 + ["a"] * 3 + ["b"] * 2


def test_a_device_keeps_to_its_programs_while_others_are_untouched():
    work = ChunkQueue(chunks(a=3, b=3), 2, Pace())
    first = work.take(0, set())
    second = work.take(1, set())
    assert first.structure != second.structure
    assert work.take(0, {first.structure}).structure == first.structure
    assert work.take(1, {second.structure}).structure == second.structure


class Helper(threading.Thread):
    """Device 1, which asks for a chunk while device 0 has begun the only program."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.chunk, self.answered = work, None, threading.Event()
        self.start()

    def run(self):
        self.chunk = self.work.take(1, set())
        self.answered.set()


def test_a_device_helps_as_soon_as_it_is_known_to_pay():
    work = ChunkQueue(chunks(a=4), 2, Pace(join_seconds=2.0))
    work.take(0, set())
    helper = Helper(work)
    assert not helper.answered.wait(0.1)  # nobody knows how long a chunk takes
    work.took(structure("a"), 0.6)
    assert not helper.answered.wait(0.1)  # 1.8 s are left
    work.took(structure("a"), 10.0)
    assert helper.answered.wait(5.0)
    assert helper.chunk.structure == structure("a")


def test_what_is_known_of_a_program_outlives_the_queue():
    pace = Pace()
    ChunkQueue(chunks(a=1), 2, pace).took(structure("a"), 10.0)
    work = ChunkQueue(chunks(a=4), 2, pace)
    work.take(0, set())
    assert work.take(1, set()) is not None


def test_a_device_that_waits_goes_home_when_work_is_stopped_or_done():
    stopped, done = (ChunkQueue(chunks(a=2), 2, Pace()) for _ in range(2))
    for work in (stopped, done):
        work.take(0, set())
    helpers = [Helper(stopped), Helper(done)]
    stopped.stop()
    drain(done, 0, {structure("a")})
    for helper in helpers:
        assert helper.answered.wait(5.0)
        assert helper.chunk is None


def test_a_program_that_could_not_be_had_is_begun_again():
    work = ChunkQueue(chunks(a=2), 2, Pace())
    work.take(0, set())
    helper = Helper(work)
    assert not helper.answered.wait(0.1)
    work.failed(structure("a"))
    assert helper.answered.wait(5.0)
    assert helper.chunk.structure == structure("a")


def test_the_same_programs_go_to_the_same_devices_every_time():
    def split():
        work = ChunkQueue(chunks(a=1, b=1, c=1, d=1, e=1, f=1), 2, Pace())
        return [work.take(device, set()).structure for device in (0, 1) for _ in range(2)]

    assert split() == split()


class TestLongestFirst:
    def test_the_longest_come_first_and_each_once(self):
        work = LongestFirst([Chunk(structure(str(n)), False, (), seconds=float(n)) for n in (2, 5, 1, 4, 3)])
        taken = [work.take(device, ()).seconds for device in (0, 1, 0, 1, 1)]
        assert taken == [5.0, 4.0, 3.0, 2.0, 1.0]
        assert work.take(0, ()) is None

    def test_nothing_is_handed_out_once_it_is_stopped(self):
        work = LongestFirst(chunks(a=3))
        work.stop()
        assert work.stopped
        assert work.take(0, ()) is None

"""Which device gets which chunk."""

import threading

from ikura.train.queue import Chunk, ChunkQueue, ChunkTimes, LongestFirst
from ikura.train.workload import ProgramKey


def program(name):
    return ProgramKey((("name", name),), 32, clipped=False, weighted=False)


def chunks(**counts):
    return [Chunk(program(name), ()) for name, count in counts.items() for _ in range(count)]


def queue_of(devices, times=None, **counts):
    work = ChunkQueue(devices, times or ChunkTimes())
    work.add(chunks(**counts))
    return work


def take(work, device, compiled, count):
    taken = []
    for _ in range(count):
        chunk = work.take(device, compiled)
        taken.append(dict(chunk.program.network)["name"])
        compiled.add(chunk.program)
    return taken


def test_one_device_gets_everything_program_by_program():
    taken = take(queue_of(1, a=3, b=2, c=4), 0, set(), 9)
    assert taken == ["c"] * 4 + ["a"] * 3 + ["b"] * 2


def test_a_device_keeps_to_its_programs_while_others_are_untouched():
    work = queue_of(2, a=3, b=3)
    first = work.take(0, set())
    second = work.take(1, set())
    assert first.program != second.program
    assert work.take(0, {first.program}).program == first.program
    assert work.take(1, {second.program}).program == second.program


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
    work = queue_of(2, ChunkTimes(program_seconds=2.0), a=4)
    work.take(0, set())
    helper = Helper(work)
    assert not helper.answered.wait(0.1)  # nobody knows how long a chunk takes
    work.took(program("a"), 0.6)
    assert not helper.answered.wait(0.1)  # 1.8 s are left
    work.took(program("a"), 10.0)
    assert helper.answered.wait(5.0)
    assert helper.chunk.program == program("a")


def test_new_work_of_a_known_program_is_helped_with_at_once():
    work = queue_of(2, a=1)
    chunk = work.take(0, set())
    work.took(chunk.program, 10.0)
    helper = Helper(work)
    assert not helper.answered.wait(0.1)  # nothing is left
    work.add(chunks(a=4))
    assert helper.answered.wait(5.0)
    assert helper.chunk.program == program("a")


def test_longer_chunks_are_worth_more_help():
    work = ChunkQueue(2, ChunkTimes(program_seconds=2.0))
    work.add([Chunk(program("a"), (), epochs=epochs) for epochs in (1, 30)])
    work.took(program("a"), 0.1)
    work.take(0, set())
    assert work.take(1, set()).epochs == 30


def test_a_device_that_waits_goes_home_when_work_is_stopped():
    work = queue_of(2, a=2)
    work.take(0, set())
    helper = Helper(work)
    work.stop()
    assert helper.answered.wait(5.0)
    assert helper.chunk is None
    assert work.stopped
    assert work.take(0, {program("a")}) is None


def test_a_program_that_could_not_be_had_is_begun_again():
    work = queue_of(2, a=2)
    work.take(0, set())
    helper = Helper(work)
    assert not helper.answered.wait(0.1)
    work.failed(program("a"))
    assert helper.answered.wait(5.0)
    assert helper.chunk.program == program("a")


def test_the_same_programs_go_to_the_same_devices_every_time():
    def split():
        work = queue_of(2, a=1, b=1, c=1, d=1, e=1, f=1)
        return [work.take(device, set()).program for device in (0, 1) for _ in range(2)]

    assert split() == split()


class TestLongestFirst:
    def test_the_longest_come_first_and_each_once(self):
        work = LongestFirst()
        work.add([Chunk(program(str(n)), (), seconds=float(n)) for n in (2, 5, 1)])
        first = work.take(0, ()).seconds
        work.add([Chunk(program(str(n)), (), seconds=float(n)) for n in (4, 3)])
        assert [first, *(work.take(device, ()).seconds for device in (1, 0, 1, 1))] == [5.0, 4.0, 3.0, 2.0, 1.0]

    def test_a_worker_waits_for_new_work(self):
        work = LongestFirst()
        helper = Helper(work)
        assert not helper.answered.wait(0.1)
        work.add(chunks(a=1))
        assert helper.answered.wait(5.0)
        assert helper.chunk.program == program("a")

    def test_nothing_is_handed_out_once_it_is_stopped(self):
        work = LongestFirst()
        helper = Helper(work)
        assert not helper.answered.wait(0.1)
        work.stop()
        assert helper.answered.wait(5.0)
        assert helper.chunk is None
        work.add(chunks(a=3))
        assert work.stopped
        assert work.take(0, ()) is None

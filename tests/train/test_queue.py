"""Which device gets which chunk."""

import pytest

from ikura.train.program import Structure
from ikura.train.queue import Chunk, ChunkQueue


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
    taken = drain(ChunkQueue(chunks(a=3, b=2, c=4), 1), 0, set())
    assert taken == ["c"] * 4 + ["a"] * 3 + ["b"] * 2


def test_a_device_keeps_to_its_programs_while_others_are_untouched():
    work = ChunkQueue(chunks(a=3, b=3), 2)
    first = work.take(0, set())
    second = work.take(1, set())
    assert first.structure != second.structure
    assert work.take(0, {first.structure}).structure == first.structure
    assert work.take(1, {second.structure}).structure == second.structure


@pytest.mark.parametrize(("seconds", "helps"), [(0.01, False), (10.0, True)])
def test_a_device_helps_only_where_it_pays(seconds, helps):
    work = ChunkQueue(chunks(a=4), 2)
    work.take(0, set())
    work.took(structure("a"), seconds)
    work.compiled(2.0)
    assert (work.take(1, set()) is not None) is helps


def test_the_same_programs_go_to_the_same_devices_every_time():
    def split():
        work = ChunkQueue(chunks(a=1, b=1, c=1, d=1, e=1, f=1), 2)
        return [work.take(device, set()).structure for device in (0, 1) for _ in range(2)]

    assert split() == split()

import numpy as np

from ikura.records import History
from ikura.samplers import RandomSampler, SobolSampler
from ikura.space import Choice, Float, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)


def test_every_cell_gets_its_share():
    space = Space(x=Float(0, 1), y=Float(0, 1))
    unit = space.encode(SobolSampler().propose(space, EMPTY, 64, seed=1).configs)
    cells = np.histogram2d(*unit.T, bins=8, range=[(0, 1), (0, 1)])[0]
    assert (cells == 1).all()
    random = space.encode(RandomSampler().propose(space, EMPTY, 64, seed=1).configs)
    assert (np.histogram2d(*random.T, bins=8, range=[(0, 1), (0, 1)])[0] != 1).any()


def test_options_come_equally_often():
    space = Space(x=Float(0, 1), kind=Choice("a", "b", "c", "d"))
    kinds = [config["kind"] for config in SobolSampler().propose(space, EMPTY, 64, seed=0).configs]
    assert [kinds.count(kind) for kind in "abcd"] == [16] * 4

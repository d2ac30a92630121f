import numpy as np
from scipy.stats import kstest

from ikura.records import History
from ikura.samplers import RandomSampler
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)


def test_every_dimension_is_uniform_on_its_scale():
    space = Space(
        rate=Float(1e-4, 1.0, scale="log"),
        momentum=Float(0.9, 0.999, scale="one-minus-log"),
        units=Int(1000, 10**6, scale="log"),
        kind=Choice("a", "b", "c"),
    )
    configs = RandomSampler().propose(space, EMPTY, 2000, seed=4).configs
    unit = space.encode(configs)
    for column in range(3):
        assert kstest(unit[:, column], "uniform").pvalue > 0.01
    assert np.isclose(np.bincount((unit[:, 3] * 3).astype(int)) / 2000, 1 / 3, atol=0.04).all()
    assert abs(np.corrcoef(unit.T) - np.eye(4)).max() < 0.08


def test_a_condition_changes_no_draw_of_another_dimension():
    bound = Space(kind=Choice("a", "b"), rate=Float(0, 1), beta=Float(0, 1, when={"kind": ["b"]}))
    fixed = Space(kind=Choice("a", "b"), rate=Float(0, 1), beta=Float(0, 1))
    one, two = (RandomSampler().propose(space, EMPTY, 50, seed=0).configs for space in (bound, fixed))
    assert [config["rate"] for config in one] == [config["rate"] for config in two]

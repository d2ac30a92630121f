from dataclasses import replace

import numpy as np

from ikura.records import Edit, History
from ikura.samplers import RandomSampler
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)


def test_a_rare_level_is_still_found_where_a_discrete_space_is_asked_for_all():
    space = Space(units=Int(1, 3000, scale="log"))
    configs = RandomSampler().propose(space, EMPTY, 10_000, seed=0).configs
    assert sorted(config["units"] for config in configs) == list(range(1, 3001))


def test_a_branch_without_continuous_dimensions_is_tried_once_only():
    space = Space(kind=Choice("plain", "tuned"), rate=Float(0, 1, when={"kind": ["tuned"]}))
    configs = RandomSampler().propose(space, EMPTY, 500, seed=0).configs
    assert len(configs) == 500
    assert configs.count({"kind": "plain"}) == 1


def test_a_continuous_dimension_that_can_never_exist_does_not_hold_the_sampler_up():
    space = Space(a=Int(1, 2), b=Int(1, 2, when={"a": [1]}), c=Float(0, 1, when={"a": [2], "b": [1]}))
    configs = RandomSampler().propose(space, EMPTY, 10, seed=0).configs
    assert sorted(map(str, configs)) == ["{'a': 1, 'b': 1}", "{'a': 1, 'b': 2}", "{'a': 2}"]


def test_the_order_of_a_configurations_keys_does_not_matter(append):
    space = Space(a=Int(1, 2), b=Int(1, 2))
    tried = [{"b": b, "a": a} for a in (1, 2) for b in (1, 2)]
    history = append(EMPTY, tried[:3], lambda config: 0.5)
    assert RandomSampler().propose(space, history, 10, seed=0).configs == [{"a": 2, "b": 2}]
    assert np.isnan(space.encode([{"a": 1}])).tolist() == [[False, True]]


def test_a_change_under_training_does_not_move_the_stream(append):
    space = Space(a=Int(1, 3))
    history = append(EMPTY, [{"a": 1}], lambda config: 0.5)
    changed = replace(history, edits={0: (Edit(1, {"a": 3}),)})
    proposed = [RandomSampler().propose(space, each, 10, seed=0).configs for each in (history, changed)]
    assert proposed[0] == proposed[1]
    assert sorted(config["a"] for config in proposed[1]) == [2, 3]

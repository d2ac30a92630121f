"""Searches that begin with what is known."""

import pytest

from ikura.errors import SettingError
from ikura.records import Evidence, History, Proposal, Wait
from ikura.samplers import GridSampler, SobolSampler, begun_with, make_sampler, round_sizes
from ikura.space import Float, Space
from ikura.tasks import CLASSIFICATION

NOTHING = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)
SPACE = Space(x=Float(0, 1))
ONE, OTHER = (
    Evidence(name, 40, tuple({"x": (place + half) / 100} for place in range(40)), tuple(range(40)))
    for name, half in (("one", 0.0), ("other", 0.5))
)


def first_round(sampler, start, evidence, limit=64):
    proposal = begun_with(sampler, start, evidence).propose(SPACE, NOTHING, limit, 0)
    return [config["x"] for config in proposal.configs]


def mixed(known, others):
    return [x for place, one in enumerate(known) for x in (one, *others[3 * place : 3 * place + 3])]


def test_the_best_of_earlier_studies_are_a_quarter_of_the_first_round_in_turn():
    sobol = [config["x"] for config in SobolSampler().propose(SPACE, NOTHING, 64, 0).configs]
    assert first_round(SobolSampler(), [], [ONE], 8) == [0.0, *sobol[:3], 0.01, *sobol[3:6]]
    assert first_round(SobolSampler(), [{"x": 0.5}], [ONE, OTHER], 17)[::4] == [
        0.5,
        sobol[2],
        sobol[5],
        sobol[8],
        sobol[11],
    ]
    assert first_round(SobolSampler(), [{"x": 0.5}], [ONE, OTHER], 17)[1::4] == [0.0, 0.005, 0.01, 0.015]
    assert first_round(SobolSampler(), [], [ONE]) == mixed([place / 100 for place in range(16)], sobol)
    assert first_round(SobolSampler(), [], [ONE], 128)[60:66] == [0.15, *sobol[45:50]]
    assert first_round(SobolSampler(), [{"x": 0.0}], [ONE], 3) == [0.0, 0.01, sobol[0]]


def test_the_start_comes_before_earlier_studies():
    assert first_round(SobolSampler(), [{"x": 0.3}, {"x": 0.7}], [ONE], 2) == [0.3, 0.7]


@pytest.mark.parametrize(("given", "sizes"), [(0, (4, 4, 4, 4)), (1, (5, 3, 4, 4)), (6, (10, 2, 4)), (16, (16,))])
def test_rounds_end_where_they_would(given, sizes):
    start = [{"x": place / 100} for place in range(given)]
    assert round_sizes(begun_with(make_sampler("coarse-to-fine", 4), start, []), 16) == sizes


def test_a_grid_takes_what_is_left_of_the_budget(append):
    sampler = begun_with(GridSampler(), [{"x": 0.3}], [])
    first = sampler.propose(SPACE, NOTHING, 6, 0).configs
    assert [config["x"] for config in first] == [0.3, 0.0, 0.25, 0.5, 0.75, 1.0]
    with pytest.raises(SettingError, match="prior: an earlier study is given, and a grid"):
        begun_with(GridSampler(), [], [ONE])


def test_nothing_known_changes_nothing():
    sampler = SobolSampler()
    assert begun_with(sampler, [], []) is sampler


def test_whoever_waits_is_let_wait(propose_all):
    sampler = begun_with(make_sampler("coarse-to-fine", 4), [{"x": 0.3}], [])
    first = sampler.propose(SPACE, NOTHING, 16, 0)
    assert isinstance(first, Proposal)
    assert isinstance(sampler.propose(SPACE, propose_all(NOTHING, first.configs), 11, 0), Wait)

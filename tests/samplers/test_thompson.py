"""Coarse to fine by Thompson sampling."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from ikura.errors import SettingError
from ikura.records import Evidence, History, Proposal, Wait
from ikura.samplers import (
    CoarseToFineSampler,
    RandomSampler,
    SobolSampler,
    ThompsonSampler,
    normal_scores,
    thompson,
)
from ikura.space import Choice, Float, Space
from ikura.tasks import CLASSIFICATION

NOTHING = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)
SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    kind=Choice("a", "b", "c"),
    idle=Float(0, 1),
    other=Float(0, 1, when={"kind": ["a"]}),
)


def bowl(config):
    """Best at a rate of 0.01, and with kind b."""
    return 1 - 0.1 * np.log10(config["rate"] / 0.01) ** 2 - 0.2 * (config["kind"] != "b")


def after(trials, append, accuracy=bowl):
    return append(NOTHING, SobolSampler().propose(SPACE, NOTHING, trials, 0).configs, accuracy)


def test_the_first_round_is_sobols():
    first = ThompsonSampler().propose(SPACE, NOTHING, 64, 0)
    assert first == SobolSampler().propose(SPACE, NOTHING, 16, 0)


def test_rounds_are_of_equal_size_and_tell_their_region(append):
    proposal = ThompsonSampler(4).propose(SPACE, after(16, append), 48, 0)
    assert isinstance(proposal, Proposal)
    assert len(proposal.configs) == 16
    rate, kind, idle, _ = proposal.region.dimensions
    assert rate.length_scale < idle.length_scale / 2
    assert kind.length_scale < idle.length_scale
    assert rate.low < 0.01 < rate.high
    assert rate.low > 1e-4
    assert rate.high < 1


def test_it_finds_what_is_good_sooner_than_coarse_to_fine(search):
    def reached(sampler):
        searches = [search(sampler, SPACE, bowl, 32, seed) for seed in range(8)]
        return np.mean([1 - history.final("dev_accuracy").max() for history in searches])

    assert reached(ThompsonSampler()) < reached(CoarseToFineSampler()) < reached(RandomSampler())


def test_some_points_are_from_anywhere(append):
    history = after(64, append)
    process, _ = thompson._believed(SPACE, history, ())
    near = [{"rate": 0.01, "kind": "b", "idle": idle} for idle in np.linspace(0, 1, 600).tolist()]
    far = [{"rate": 0.9, "kind": "c", "idle": idle} for idle in np.linspace(0, 1, 600).tolist()]
    chosen = thompson._chosen(SPACE, process, 0, near, far, 400, np.random.default_rng(0))
    assert 25 < sum(config["rate"] == 0.9 for config in chosen) < 55


def test_a_lucky_score_does_not_draw_the_round_to_itself(append):
    unlikely = next(c for c in SobolSampler().propose(SPACE, NOTHING, 128, 0).configs if c["rate"] > 0.5)
    history = after(128, append, lambda config: 2.0 if config == unlikely else bowl(config))
    best = history.trials[history.ranking[0]].config
    assert best["rate"] > 0.5
    rates = [c["rate"] for c in ThompsonSampler(1).propose(SPACE, history, 60, 0).configs]
    assert np.median(rates) < 0.05


def test_long_histories_and_large_rounds_are_fine(append):
    history = after(3 * thompson.MOST_TRIALS, append)
    proposal = ThompsonSampler(1).propose(SPACE, history, 3 * thompson.POINTS + 5, 0)
    assert len({tuple(config.items()) for config in proposal.configs}) == 3 * thompson.POINTS + 5
    rates = np.array([config["rate"] for config in proposal.configs])
    assert np.median(np.abs(np.log10(rates / 0.01))) < 0.3


@pytest.mark.parametrize("value", [0.5, float("nan")], ids=["all equal", "all lost but two"])
def test_histories_that_tell_nothing_are_fine(append, value):
    configs = SobolSampler().propose(SPACE, NOTHING, 16, 0).configs
    history = append(NOTHING, configs, lambda config: value if configs.index(config) > 1 else 0.5)
    assert len(ThompsonSampler(2).propose(SPACE, history, 16, 0).configs) == 16


def test_the_number_of_threads_changes_nothing(append):
    history = after(200, append)
    one, two = [], []
    for threads, found in ((1, one), (2, two)):
        with threadpool_limits(threads, "blas"):
            found += ThompsonSampler(1).propose(SPACE, history, 50, 0).configs
    assert one == two


def test_one_trial_at_a_time_it_waits_for_none_but_those_in_flight(propose_all, search):
    assert isinstance(ThompsonSampler(9).propose(SPACE, propose_all(NOTHING, [{"rate": 0.1}]), 8, 0), Wait)
    history = search(ThompsonSampler(24), SPACE, bowl, 24, 0)
    assert [trial.round for trial in history.trials] == list(range(24))


@pytest.mark.parametrize("rounds", [0, -1, 1.5, True, "4"])
def test_rounds_are_checked(rounds):
    with pytest.raises(SettingError, match="rounds is"):
        ThompsonSampler(rounds)


def evidence_of(history, sign):
    """What an earlier study says, or the contrary of it."""
    numbers, scores = normal_scores(history)
    configs = tuple(history.config(number) for number in numbers.tolist())
    return (Evidence("before", len(configs), configs, tuple((sign * scores).tolist())),)


def test_an_earlier_study_is_believed_as_far_as_it_agrees(append):
    known, few, many = after(64, append), after(6, append), after(64, append)
    misses = {}
    for said, evidence in {"nothing": (), "the same": evidence_of(known, 1), "else": evidence_of(known, -1)}.items():
        for own, history in {"few": few, "many": many}.items():
            sampler = ThompsonSampler(1, evidence)
            found = [bowl(config) for config in sampler.propose(SPACE, history, 40, 0).configs]
            misses[said, own] = 1 - np.median(found)
    assert misses["the same", "few"] < misses["nothing", "few"] / 2
    assert misses["else", "many"] < 2 * misses["nothing", "many"]

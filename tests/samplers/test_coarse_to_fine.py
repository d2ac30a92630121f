import numpy as np
import pytest

from ikura.errors import SettingError
from ikura.records import History
from ikura.samplers import CoarseToFineSampler, RandomSampler, SobolSampler
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)

SPACE = Space(
    rate=Float(1e-5, 10.0, scale="log"),
    momentum=Float(0.5, 0.9999, scale="one-minus-log"),
    units=Int(4, 512, scale="log"),
    optimizer=Choice("sgd", "rmsprop", "adam"),
    beta=Float(0.8, 0.9999, scale="one-minus-log", when={"optimizer": ["adam"]}),
    idle=Float(0, 1),
)


def smooth(config):
    """Best at rate 0.003, momentum 0.99, 64 units, Adam with beta 0.999."""
    loss = np.log10(config["rate"] / 0.003) ** 2 + np.log10((1 - config["momentum"]) / 0.01) ** 2
    loss += 0.3 * np.log2(config["units"] / 64) ** 2
    return -(loss + (np.log10((1 - config["beta"]) / 0.001) ** 2 if "beta" in config else 3.0))


def ridge(config):
    """Rate and momentum trade off against each other."""
    effective = np.log10(config["rate"] / (1 - config["momentum"]))
    return -(20 * (effective - 0.5) ** 2 + np.log10(config["rate"] / 0.003) ** 2)


def cliff(config):
    """Diverges just above the best rate."""
    return float("nan") if config["rate"] > 0.02 else np.log10(config["rate"]) - abs(np.log2(config["units"] / 64))


def best(history):
    return float(history.final("dev_accuracy")[history.ranking[0]])


@pytest.mark.parametrize(("surface", "times"), [(smooth, 4), (ridge, 2), (cliff, 4)])
def test_it_beats_random_search_with_more_trials(search, surface, times):
    wins = 0
    for seed in range(10):
        fine = best(search(CoarseToFineSampler(), SPACE, surface, 256, seed))
        wins += fine > best(search(RandomSampler(), SPACE, surface, times * 256, seed))
    assert wins >= 8


def test_it_finds_the_optimum_on_the_log_scale(search):
    found = []
    for seed in range(10):
        history = search(CoarseToFineSampler(), SPACE, smooth, 256, seed)
        found.append(history.trials[history.ranking[0]].config)
    assert {config["optimizer"] for config in found} == {"adam"}
    assert np.median(np.abs(np.log10([config["rate"] / 0.003 for config in found]))) < 0.2
    assert np.median(np.abs(np.log10([(1 - config["momentum"]) / 0.01 for config in found]))) < 0.2


def test_the_first_round_is_sobols_and_has_no_region():
    first = CoarseToFineSampler().propose(SPACE, EMPTY, 256, seed=3)
    assert first.configs == SobolSampler().propose(SPACE, EMPTY, 64, seed=3).configs
    assert first.region is None
    assert CoarseToFineSampler(rounds=1).propose(SPACE, EMPTY, 64, seed=3) == first


def test_later_rounds_have_a_region_each(search):
    history = search(CoarseToFineSampler(), SPACE, smooth, 64, seed=0)
    assert [trial.round for trial in history.trials] == [0] * 16 + [1] * 16 + [2] * 16 + [3] * 16
    assert [(region.round, region.trials) for region in history.regions] == [(1, 16), (2, 32), (3, 48)]
    assert [part.dimension for part in history.regions[0].dimensions] == list(SPACE.names)


@pytest.mark.parametrize("trials", [1, 2, 3, 5])
def test_fewer_trials_than_rounds_work(search, trials):
    assert len(search(CoarseToFineSampler(), SPACE, smooth, trials, seed=0).trials) == trials


def test_while_all_trials_diverge_it_goes_on_with_sobols_sequence(search):
    history = search(CoarseToFineSampler(), SPACE, lambda config: float("nan"), 64, seed=0)
    sobol = SobolSampler().propose(SPACE, EMPTY, 64, seed=0).configs
    assert [trial.config for trial in history.trials] == sobol
    assert history.regions == ()


def test_a_stale_search_starts_afresh_and_keeps_the_best(search, append):
    space = Space(x=Float(0, 1))
    start = search(CoarseToFineSampler(rounds=1), space, lambda config: -abs(config["x"] - 0.1), 16, seed=0)
    best_x = start.trials[start.ranking[0]].config["x"]

    def deceptive(config):
        return 1.0 if config["x"] == best_x else -abs(config["x"] - 0.9)

    history = append(EMPTY, [trial.config for trial in start.trials], deceptive)
    regions = []
    for _ in range(7):
        proposal = CoarseToFineSampler(rounds=10).propose(space, history, 160 - len(history.trials), seed=0)
        regions.append(proposal.region)
        history = append(history, proposal.configs, deceptive)
    assert [region is None for region in regions] == [False] * 4 + [True] + [False] * 2
    assert len(history.trials) == 16 * 8


def test_rounds_must_be_at_least_one():
    with pytest.raises(SettingError, match="rounds is 0"):
        CoarseToFineSampler(rounds=0)

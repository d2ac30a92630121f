import cmaes
import optuna
import pytest

from ikura.errors import SettingError
from ikura.records import Proposal
from ikura.samplers import (
    SAMPLERS,
    CoarseToFineSampler,
    RandomSampler,
    in_words,
    make_sampler,
    round_sizes,
    rounds_of,
    versions_of,
)
from ikura.samplers.catalogue import OURS
from ikura.samplers.optuna_sampler import NAMED, OptunaSampler
from ikura.space import Float, Space


def test_every_name_makes_its_sampler():
    assert {name: type(make_sampler(name, None)) for name in OURS} == dict(OURS)
    assert [type(make_sampler(name, None)) for name in NAMED] == [OptunaSampler] * 4
    assert list(SAMPLERS) == [*OURS, *NAMED]
    assert make_sampler("coarse-to-fine", 7) == CoarseToFineSampler(7)


def test_an_unknown_name_is_refused():
    with pytest.raises(SettingError, match="sampler: 'magic' is unknown; it must be one of random, grid"):
        make_sampler("magic", None)


def test_rounds_are_refused_where_there_are_none():
    with pytest.raises(SettingError, match="rounds: 3 is given, but sobol has no rounds; leave them out"):
        make_sampler("sobol", 3)


class Own:
    """A sampler of the user's own."""

    def propose(self, space, history, limit, seed):
        return Proposal([])


@pytest.mark.parametrize("trials", [2, 3, 10, 256])
@pytest.mark.parametrize("name", [*OURS, "cma-es", "qmc"])
def test_round_sizes_are_those_of_the_search(name, trials, search):
    sampler = make_sampler(name, None)
    history = search(sampler, Space(x=Float(0, 1)), lambda config: config["x"], trials, seed=0)
    rounds = [trial.round for trial in history.trials]
    assert round_sizes(sampler, trials) == tuple(rounds.count(number) for number in range(history.next_round))


def test_a_users_own_sampler_is_taken_to_have_one_round():
    assert round_sizes(Own(), 50) == (50,)
    assert round_sizes(RandomSampler(), 0) == ()


class InRounds(Own):
    """A sampler of the user's own that says how many rounds it makes."""

    rounds = 4


def test_a_users_own_sampler_may_say_how_many_rounds_it_makes():
    assert rounds_of(make_sampler(InRounds(), None)) == 4
    assert round_sizes(make_sampler(InRounds(), 4), 20) == (5,) * 4
    assert rounds_of(Own()) is None
    for own in (Own(), InRounds()):
        line = f"rounds: 3 is given, and {type(own).__name__} is a sampler of your own, which makes its own rounds"
        with pytest.raises(SettingError, match=line):
            make_sampler(own, 3)


def test_optunas_samplers_are_called_so():
    assert in_words("gp") == "Optuna's gp"
    assert in_words("sobol") == "sobol"
    assert versions_of(make_sampler("cma-es", None)) == {"optuna": optuna.__version__, "cmaes": cmaes.__version__}
    assert versions_of(RandomSampler()) == {}
    with pytest.raises(SettingError, match=r"'tep' is unknown; it must be one of .*: did you mean 'tpe'"):
        make_sampler("tep", None)

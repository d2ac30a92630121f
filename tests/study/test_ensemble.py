"""Networks put together: chosen and compared on the dev examples, tested once, kept only where they win."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import ikura
from ikura.errors import StudyInterrupted
from ikura.records import Comparison
from ikura.store import open_store
from ikura.study import EnsembleChosen, ResultsStored
from ikura.study import ensemble as rules
from ikura.study.ensemble import choose_ensemble, refit_ensemble
from ikura.study.finals import REPLICATES
from tests.study.rehearsal import SETTINGS
from tests.study.test_finals import searched

SPACE = ikura.Space(
    learning_rate=ikura.Float(1e-3, 0.3, scale="log"),
    optimizer=ikura.Choice("momentum", "adam"),
    hidden_units=ikura.Int(4, 16),
)


class Ensembling:
    """Networks that say one number of three examples, each its own; truth is 0. Implements Ensembler."""

    def __init__(self, said, diverging=()):
        self.asked, self.refitted = [], []
        self._said, self._diverging = said, diverging

    def said_on_dev(self, jobs, look):
        self.asked += [(job.number, job.replicate) for job in jobs]
        return [self._one(job.number, job.replicate) for job in jobs]

    def _one(self, number, replicate):
        if (number, replicate) in self._diverging:
            return None
        found = self._said[number]
        return [np.array(found(replicate) if callable(found) else found, float)]

    def measure_said(self, said):
        errors = np.abs(said[0])
        return {"score": -float(errors.mean()), "cost": float(errors.max())}

    def refit_members(self, jobs, look):
        self.refitted += [(job.number, job.replicate) for job in jobs]
        return [None if (job.number, -job.replicate) in self._diverging else f"network {job.number}" for job in jobs]

    def together(self, members, shares, said):
        return members, shares, [each.tolist() for each in said]


def chosen(ensembler, winner=0, scores=(0.9, 0.8, 0.7), first=1):
    seen = []
    study = SimpleNamespace(settings=SETTINGS, tell=seen.append, control=SimpleNamespace(look=lambda: None))
    history = searched(scores, trials=len(scores))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "FIRST", first)
        choice = choose_ensemble(study, ensembler, history, winner)
    return choice, refit_ensemble(study, ensembler, history, choice), seen


def test_two_that_err_to_either_side_are_kept_where_they_win_under_the_seeds():
    ensembler = Ensembling({0: [2, 0, 1], 1: [-2, 0, -1], 2: [9, 9, 9]})
    choice, ensemble, seen = chosen(ensembler)
    assert choice.shares == {0: 0.5, 1: 0.5}
    assert choice.comparison == Comparison((-1.0,) * REPLICATES, (0.0,) * REPLICATES)
    assert choice.wins
    assert seen == [EnsembleChosen(2, True)]
    assert ensemble == (["network 0", "network 1"], [0.5, 0.5], [[0.0, 0.0, 0.0]])
    # Chosen by the networks of the search, compared by those of the finals' seeds.
    assert ensembler.asked[:3] == [(0, 0), (1, 0), (2, 0)]
    assert sorted(ensembler.asked[3:]) == [(number, seed) for number in (0, 1) for seed in range(1, REPLICATES + 1)]


def test_what_was_luck_in_the_search_is_not_kept():
    """Under the seed of the search trial 1 errs to the other side; under those of the finals as the winner does."""
    ensembler = Ensembling({0: [2, 0, 1], 1: lambda seed: [2, 0, 2] if seed else [-2, 0, -1], 2: [9, 9, 9]})
    choice, ensemble, seen = chosen(ensembler)
    assert choice.shares == {0: 0.5, 1: 0.5}
    assert not choice.wins
    assert ensemble is None
    assert ensembler.refitted == []
    assert seen == [EnsembleChosen(2, False)]


def test_the_winner_is_compared_although_it_is_no_member():
    ensembler = Ensembling({0: [3, 3, 3], 1: [-2, 0, -1], 2: [2, 0, 1]})
    choice, _, _ = chosen(ensembler, winner=0)
    assert choice.shares == {1: 0.5, 2: 0.5}
    assert choice.comparison.winner == (-3.0,) * REPLICATES


def test_one_network_alone_is_no_ensemble_and_is_not_compared():
    ensembler = Ensembling({0: [0, 0, 0], 1: [1, 1, 1], 2: [2, 2, 2]})
    choice, ensemble, seen = chosen(ensembler)
    assert choice.shares == {0: 1.0}
    assert choice.comparison == Comparison((), ())
    assert ensemble is None
    assert all(seed == 0 for _, seed in ensembler.asked)
    assert seen == [EnsembleChosen(1, False)]


def test_a_member_that_diverges_under_a_seed_loses():
    choice, ensemble, _ = chosen(Ensembling({0: [2, 0, 1], 1: [-2, 0, -1], 2: [9, 9, 9]}, diverging=[(1, 3)]))
    assert choice.comparison.together == (0.0, 0.0, None, 0.0)
    assert not choice.wins
    assert ensemble is None


def test_a_network_that_cannot_be_had_again_is_no_candidate():
    choice, _, _ = chosen(Ensembling({0: [2, 0, 1], 1: [-2, 0, -1], 2: [-4, 0, -2]}, diverging=[(1, 0)]))
    assert choice.shares == pytest.approx({0: 2 / 3, 2: 1 / 3})


def test_each_network_is_that_of_the_first_seed_with_which_it_does_not_diverge():
    ensembler = Ensembling({0: [2, 0, 1], 1: [-2, 0, -1], 2: [9, 9, 9]}, diverging=[(1, -1), (1, -2)])
    _, ensemble, _ = chosen(ensembler)
    assert ensemble[0] == ["network 0", "network 1"]
    assert ensembler.refitted == [(0, 1), (1, 1), (1, 2), (1, 3)]


def test_one_that_diverges_under_every_seed_leaves_none():
    lost = [(1, -seed) for seed in range(1, REPLICATES + 1)]
    choice, ensemble, _ = chosen(Ensembling({0: [2, 0, 1], 1: [-2, 0, -1], 2: [9, 9, 9]}, diverging=lost))
    assert choice.wins
    assert ensemble is None


def test_candidates_are_the_best_trials_and_no_more(monkeypatch):
    monkeypatch.setattr(rules, "CANDIDATES", 2)
    ensembler = Ensembling({0: [9, 9, 9], 1: [-2, 0, -1], 2: [2, 0, 1]})
    choice, _, _ = chosen(ensembler, winner=1, scores=(0.1, 0.9, 0.8))
    assert ensembler.asked[:2] == [(1, 0), (2, 0)]
    assert choice.candidates == 2
    assert set(choice.shares) == {1, 2}


def parts():
    """The user's own split of two clouds that overlap so far that a network learns the noise of few examples."""
    rng = np.random.default_rng(0)

    def part(count):
        y = np.arange(count) % 2
        return (rng.normal(size=(count, 6)) + 0.5 * y[:, None]).astype(np.float32), y

    return {"train": part(60), "dev": part(300), "test": part(200)}


def tune(**arguments):
    given = {"space": SPACE, "trials": 16, "epochs": 4, "rounds": 2, "metric": "loss", "ensemble": True} | arguments
    return ikura.tune(parts(), **given)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return str(tmp_path_factory.mktemp("store") / "studies.db")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def result(store, out):
    return tune(name="clouds", store=store, out=out)


def test_it_stands_beside_the_winner_with_its_own_test_and_cost(result):
    told = result.outcome.ensemble
    assert told.kept
    assert len(told.members) > 1
    assert sum(member.share for member in told.members) == pytest.approx(1.0)
    assert np.mean(told.comparison.together) < np.mean(told.comparison.winner)
    x, y = parts()["test"]
    assert told.test["accuracy"] == pytest.approx((result.ensemble.predict(x) == y).mean())
    assert result.outcome.test["accuracy"] == pytest.approx((result.model.predict(x) == y).mean())
    winner, together = told.costs
    assert winner.parameters == result.model.parameters
    assert together.parameters == result.ensemble.parameters > winner.parameters
    assert winner.milliseconds > 0
    assert together.milliseconds > 0


def test_its_winner_is_compared_as_the_finals_measured_it(result):
    finals = result.outcome.winner.replicates["dev_loss"]
    assert result.outcome.ensemble.comparison.winner == pytest.approx(finals, rel=1e-4)


def test_the_winner_is_that_of_a_study_without_one(result, tmp_path):
    alone = tune(ensemble=False, store=str(tmp_path / "alone.db"))
    assert alone.outcome.ensemble is None
    assert alone.ensemble is None
    assert alone.outcome.test == result.outcome.test
    assert alone.outcome.finalists == result.outcome.finalists
    x = parts()["test"][0]
    assert alone.model.predict_proba(x).tobytes() == result.model.predict_proba(x).tobytes()


def without_clock(told):
    return replace(told, model=None, costs=tuple(replace(cost, milliseconds=0.0) for cost in told.costs))


@pytest.mark.parametrize("moment", ["search", "ensemble"])
def test_a_study_that_was_stopped_ends_with_the_same_ensemble(result, moment, tmp_path):
    kinds = {"search": ResultsStored, "ensemble": EnsembleChosen}

    def stop(event):
        if isinstance(event, kinds[moment]):
            raise KeyboardInterrupt

    store = str(tmp_path / "s.db")
    with pytest.raises(StudyInterrupted):
        tune(name="stopped", store=store, watch=stop)
    again = ikura.resume("stopped", data=parts(), store=store)
    assert without_clock(again.outcome.ensemble) == without_clock(result.outcome.ensemble)
    x = parts()["test"][0]
    assert again.ensemble.predict_proba(x).tobytes() == result.ensemble.predict_proba(x).tobytes()


def test_it_is_loaded_with_its_study_and_by_its_folder(result, store, out):
    x = parts()["test"][0]
    wanted = result.ensemble.predict_proba(x).tobytes()
    loaded = ikura.load("clouds", store=store)
    assert loaded.outcome == result.outcome
    assert loaded.ensemble.predict_proba(x).tobytes() == wanted
    assert ikura.load_model(out / "clouds" / "ensemble").predict_proba(x).tobytes() == wanted
    assert isinstance(ikura.load_model(out / "clouds"), ikura.Model)


def test_where_its_folder_is_gone_one_line_says_so(result, store, out, tmp_path):
    away = (out / "clouds" / "ensemble").rename(tmp_path / "away")
    try:
        loaded = ikura.load("clouds", store=store)
        assert loaded.model is not None
        with pytest.raises(ikura.ModelError, match=r"^clouds: its ensemble was saved in .*, which is not there"):
            loaded.ensemble  # noqa: B018
    finally:
        away.rename(out / "clouds" / "ensemble")


def test_it_is_saved_with_the_model(result, tmp_path):
    result.save(tmp_path / "mine")
    assert isinstance(ikura.load_model(tmp_path / "mine" / "ensemble"), ikura.Ensemble)


def test_the_test_examples_are_seen_when_all_is_decided(result, tmp_path):
    """With other labels in the test part the same networks are kept."""
    data = parts()
    data["test"] = data["test"][0], 1 - data["test"][1]
    other = ikura.tune(
        data, space=SPACE, trials=16, epochs=4, rounds=2, metric="loss", ensemble=True, store=str(tmp_path / "o.db")
    )
    assert other.outcome.ensemble.members == result.outcome.ensemble.members
    assert other.outcome.ensemble.comparison == result.outcome.ensemble.comparison
    assert other.outcome.ensemble.test != result.outcome.ensemble.test


def test_a_study_goes_on_with_it_as_it_began(result, store):
    with pytest.raises(ikura.SettingError, match="ensemble: 'clouds' was begun with True, and False is given"):
        tune(name="clouds", store=store, resume=True, ensemble=False)


def test_an_outcome_that_was_changed_is_damaged(result, store, tmp_path):
    with open_store(store) as opened:
        document = json.loads(json.dumps(opened.study("clouds").outcome.to_json()))
    from ikura.records import DamagedError, Outcome

    assert Outcome.from_json(document).to_json() == result.outcome.to_json()
    for name, value in (
        ("members", []),
        ("kept", False),
        ("costs", None),
        ("comparison", {"winner": [], "together": [1]}),
    ):
        with pytest.raises(DamagedError):
            Outcome.from_json(document | {"ensemble": document["ensemble"] | {name: value}})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"ensemble": 3}, "ensemble: 3 is given; it must be True or False"),
        ({"folds": 3}, "ensemble: it is given together with folds; "),
        ({"constraint": "dev_loss <= 1"}, "ensemble: it is given together with constraint; "),
        ({"metric": ["accuracy", "loss"]}, "ensemble: it is given together with two metrics; "),
    ],
)
def test_what_does_not_go_with_it_gets_one_line(arguments, words, tmp_path):
    with pytest.raises(ikura.SettingError) as caught:
        tune(store=str(tmp_path / "empty.db"), **arguments)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_training_code_has_its_own(tmp_path):
    with pytest.raises(ikura.SettingError, match="ensemble: True is given; it is for networks that Ikura trains"):
        ikura.tune(lambda trial: 0.0, space=SPACE, ensemble=True, store=str(tmp_path / "empty.db"))

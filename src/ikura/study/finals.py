"""The finals: the best configurations once more, under other seeds, so that the winner is not just the luckiest."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ikura.errors import IkuraError, SettingError, SpaceError
from ikura.evaluators import FusedEvaluator
from ikura.records import History, Trial, TrialState
from ikura.study.happenings import FinalsBegan, NetworksTrained, Watcher
from ikura.train import Trained

FINALISTS = 5
"""At most; one for every ten trials."""

REPLICATES = 4
"""Networks of each finalist."""


def count_finalists(trials: int) -> int:
    """How many configurations get into the finals of a study of so many trials, if enough are complete."""
    return min(FINALISTS, -(-trials // 10))


@dataclass(frozen=True, slots=True, eq=False)
class Finalist:
    """One configuration of the finals."""

    trial: Trial
    search_dev_accuracy: float
    dev_accuracy: tuple[float, ...]
    """Of each network, in the order of their seeds, after its last epoch; NaN where it diverged."""
    dev_loss: tuple[float, ...]

    @property
    def merit(self) -> tuple[float, float, int]:
        """Larger is better: by mean dev accuracy, mean dev loss, the lower number. One divergence outweighs all."""
        accuracy, loss = float(np.mean(self.dev_accuracy)), float(np.mean(self.dev_loss))
        return (-1.0, 0.0, -self.trial.number) if np.isnan(accuracy) else (accuracy, -loss, -self.trial.number)


def hold_finals(evaluator: FusedEvaluator, history: History, watch: Watcher) -> list[Finalist]:
    """Trains the best few configurations as one population, each under several seeds; the winner comes first.

    Raises:
        SpaceError: every trial diverged, or every finalist.
        SettingError: no trial came through, since the user's network failed.
    """
    best = [int(number) for number in history.ranking[: count_finalists(len(history.trials))]]
    if not best:
        raise _none_complete(history)
    watch(FinalsBegan(len(best), len(best) * REPLICATES))
    trained: dict[int, list[Trained]] = defaultdict(list)
    finalists = [history.trials[number] for number in best]
    with closing(evaluator.train_again(finalists, range(1, REPLICATES + 1))) as chunks:
        for done, network in enumerate(chain.from_iterable(chunks), start=1):
            trained[network.candidate.number].append(network)
            watch(NetworksTrained(done, len(best) * REPLICATES))
    found = history.final("dev_accuracy")
    ranked = [_finalist(trial, float(found[trial.number]), trained[trial.number]) for trial in finalists]
    ranked.sort(key=lambda finalist: finalist.merit, reverse=True)
    if ranked[0].merit[0] < 0.0:
        raise _all_diverged("all finalists")
    return ranked


def train_winner(evaluator: FusedEvaluator, winner: Trial) -> Trained:
    """The network that is handed back: of several seeds the first with which it does not diverge.

    Args:
        evaluator: one whose training examples are the study's training and dev examples together.
        winner: the chosen configuration.

    Raises:
        SpaceError: all of them diverged.
    """
    for replicate in range(1, REPLICATES + 1):
        (network,) = chain.from_iterable(evaluator.train_again([winner], [replicate]))
        if network.state is TrialState.COMPLETE:
            return network
    raise _all_diverged("all networks of the winning configuration")


def _finalist(trial: Trial, found: float, networks: Iterable[Trained]) -> Finalist:
    ordered = sorted(networks, key=lambda network: network.candidate.replicate)
    accuracy, loss = (
        tuple(
            float(network.curves[metric][-1]) if network.state is TrialState.COMPLETE else float("nan")
            for network in ordered
        )
        for metric in ("dev_accuracy", "dev_loss")
    )
    return Finalist(trial, found, accuracy, loss)


def _none_complete(history: History) -> IkuraError:
    if not history.errors:
        return _all_diverged(f"all {len(history.trials)} trials")
    others = ", the others diverged" if len(history.errors) < len(history.trials) else ""
    return SettingError(
        f"network: {len(history.errors)} of {len(history.trials)} trials failed{others}; some must come "
        "through: mend the network and begin another study (`ikura show STUDY --json` has the tracebacks)"
    )


def _all_diverged(who: str) -> SpaceError:
    return SpaceError(f"{who} diverged; some must stay finite: lower the upper bound of learning_rate")

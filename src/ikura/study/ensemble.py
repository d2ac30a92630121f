"""The ensemble: networks of trials that were trained anyway, put together where that is better than the winner alone.

Which networks, and whether they are kept, the dev examples decide; the test examples are touched by what is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ikura.evaluators import Ensembler
from ikura.records import Comparison, Cost, History, Job, Member, Together
from ikura.study.events import EnsembleChosen
from ikura.study.finals import REPLICATES, comparable, whole_job
from ikura.study.result import ENSEMBLE_FOLDER
from ikura.study.study import Study
from ikura.tasks import Said, mean_said, select_members

if TYPE_CHECKING:
    from ikura.model import Ensemble, Model

CANDIDATES = 16
"""The best trials, whose networks are trained once more: a study keeps none of them. Of 32 more were chosen by luck."""

FIRST, MOST = 4, 16
"""How many of all candidates come first, fewer of fewer, and of how many a mean is taken, those counted again that are
picked more than once.

With fewer first, means were chosen that were good on the dev examples by luck; with more, prediction costs more.
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Networks that were chosen on the dev examples, and whether they are kept."""

    candidates: int
    shares: dict[int, float]
    """By trial, the largest first."""
    comparison: Comparison
    wins: bool
    said: Said | None
    """Under the first seed of the finals, of the dev examples, all together; None where they were not compared."""


def choose_ensemble(study: Study, ensembler: Ensembler, history: History, winner: int) -> Choice:
    """Return which networks are best together, and whether they are better than the winner.

    They are chosen by their networks of the search; with these alone the luckiest would win. So members and winner are
    trained again under the seeds of the finals, and compared under each.

    Args:
        study: whose search and finals are over.
        ensembler: of its evaluator.
        history: of the search.
        winner: the number of the trial that won the finals.
    """
    candidates = comparable(history, study.settings)[:CANDIDATES]
    found = _said(study, ensembler, [whole_job(history, number, 0) for number in candidates])
    known = [(job.number, said) for job, said in found if said is not None]
    if not known:
        # Which their results in the search exclude, unless their last outputs on dev were beyond all numbers.
        return Choice(len(candidates), {winner: 1.0}, Comparison((), ()), wins=False, said=None)
    first = max(1, len(known) * FIRST // CANDIDATES)
    picked = select_members([said for _, said in known], lambda said: _score(study, ensembler, said), first, MOST)
    shares = {known[place][0]: share for place, share in sorted(picked.items(), key=lambda each: -each[1])}
    comparison, together = Comparison((), ()), None
    if len(shares) > 1:
        comparison, together = _compared(study, ensembler, history, shares, winner)
    wins = comparison.wins(study.settings.objective.metric)
    study.tell(EnsembleChosen(len(shares), wins))
    return Choice(len(candidates), shares, comparison, wins, together)


def refit_ensemble(study: Study, ensembler: Ensembler, history: History, choice: Choice) -> "Ensemble | None":
    """Return the ensemble that is handed back: each network of several seeds the first that does not diverge.

    None where it is not kept, or a network diverges under all seeds.
    """
    if not choice.wins or choice.said is None:
        return None
    networks: dict[int, Model] = {}
    for replicate in range(1, REPLICATES + 1):
        jobs = [whole_job(history, number, replicate) for number in choice.shares if number not in networks]
        refitted = ensembler.refit_members(jobs, study.control.look)
        networks |= {job.number: each for job, each in zip(jobs, refitted, strict=True) if each is not None}
        if len(networks) == len(choice.shares):
            members = [networks[number] for number in choice.shares]
            return ensembler.together(members, list(choice.shares.values()), choice.said)
    return None


def told(study: Study, history: History, choice: Choice, ensemble: "Ensemble | None", model: "Model") -> Together:
    """Return what is kept of an ensemble, which is tested now if it is kept: once, beside the winner's one test.

    Args:
        study: that it is of.
        history: of the search.
        choice: what the dev examples decided.
        ensemble: as `refit_ensemble` returns it.
        model: the winner's.
    """
    members = tuple(Member(number, history.config(number), share) for number, share in choice.shares.items())
    ensembler = study.evaluator.ensembler
    if ensemble is None or ensembler is None:
        return Together(choice.candidates, members, choice.comparison, kept=False)
    test = ensembler.test_together(ensemble)
    folder = study.settings.results(study.name)
    one, several = (Cost(each.parameters, ensembler.milliseconds(each)) for each in (model, ensemble))
    return Together(
        choice.candidates,
        members,
        choice.comparison,
        kept=True,
        test=None if test is None else dict(test),
        costs=(one, several),
        model=None if folder is None else str(folder / ENSEMBLE_FOLDER),
    )


def _said(study: Study, ensembler: Ensembler, jobs: Sequence[Job]) -> list[tuple[Job, Said | None]]:
    return list(zip(jobs, ensembler.said_on_dev(jobs, study.control.look), strict=True))


def _score(study: Study, ensembler: Ensembler, said: Said) -> tuple[float, ...]:
    """Return how good what is said is, by the study's objective; less is better."""
    found = ensembler.measure_said(said)
    return tuple(metric.loss(found[metric.name]) for metric in study.settings.objective.ranked)


def _compared(
    study: Study, ensembler: Ensembler, history: History, shares: dict[int, float], winner: int
) -> tuple[Comparison, Said | None]:
    """Return the comparison under each seed of the finals, and what members say together under the first."""
    seeds = range(1, REPLICATES + 1)
    numbers = list(dict.fromkeys([*shares, winner]))
    jobs = [whole_job(history, number, seed) for seed in seeds for number in numbers]
    found = {(job.number, job.replicate): said for job, said in _said(study, ensembler, jobs)}
    metric = study.settings.objective.metric.name

    def measured(said: Said | None) -> float | None:
        return None if said is None else ensembler.measure_said(said)[metric]

    means: list[Said | None] = []
    for seed in seeds:
        own = [said for number in shares if (said := found[number, seed]) is not None]
        means.append(mean_said(own, list(shares.values())) if len(own) == len(shares) else None)
    alone = tuple(measured(found[winner, seed]) for seed in seeds)
    return Comparison(alone, tuple(map(measured, means))), means[0]

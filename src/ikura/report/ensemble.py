"""The ensemble beside the single winner: what it is made of, whether it is better, and what it costs to predict."""

from collections.abc import Sequence
from dataclasses import dataclass

from ikura.records import Config, Cost, Metric, Outcome, Settings, Together, mean_of
from ikura.report.measures import written
from ikura.tasks import task_named
from ikura.wording import count, number, percent

DIGITS = 2
"""After the point, of percents."""


@dataclass(frozen=True, slots=True)
class EnsembleMember:
    """A network of the ensemble."""

    number: str
    """Of its trial."""
    share: str
    config: Config


@dataclass(frozen=True, slots=True)
class EnsembleFacts:
    """What is told of an ensemble."""

    verdict: str
    """Whether it was kept, and why."""
    rows: tuple[tuple[str, str, str], ...]
    """What is compared, that of the winner, and that of the ensemble."""
    members: tuple[EnsembleMember, ...]
    """Those with the largest share first."""


def ensemble_facts(settings: Settings, outcome: Outcome) -> EnsembleFacts | None:
    """Return what is told of a study's ensemble; None where nobody asked for one."""
    together = outcome.ensemble
    if together is None:
        return None
    members = tuple(EnsembleMember(str(each.number), percent(each.share, 0), each.config) for each in together.members)
    metric = settings.objective.metric
    return EnsembleFacts(_verdict(together, metric), tuple(_rows(together, settings, outcome)), members)


def _verdict(together: Together, metric: Metric) -> str:
    if together.candidates == 1:
        return "A single trial came to its end, and one network is no ensemble."
    if len(together.members) == 1:
        return (
            f"Of the best {count(together.candidates, 'network')} no several together were better on the dev examples "
            "than one alone: there is no ensemble."
        )
    comparison = together.comparison
    networks, seeds = count(len(together.members), "network"), len(comparison.together)
    ahead = f"better than the winner under {comparison.ahead(metric)} of {seeds} seeds of the finals"
    if together.kept:
        return f"An ensemble of {networks} was {ahead}, and on the mean over them: it is kept."
    if None in comparison.together:
        return f"A network of an ensemble of {networks} diverged under a seed of the finals: it is not kept."
    winner, several = (written(metric, value, DIGITS) for value in _means(together))
    means = f"a mean {metric.title} of {several} against {winner}"
    return f"An ensemble of {networks} was {ahead}, with {means}: it is not kept."


def _rows(together: Together, settings: Settings, outcome: Outcome) -> list[tuple[str, str, str]]:
    metric = settings.objective.metric
    if not together.comparison.together:
        return []
    seeds = count(len(together.comparison.together), "seed")
    winner, several = (written(metric, value, DIGITS) for value in _means(together))
    rows = [(f"{metric.title}, mean of {seeds}", winner, several)]
    if outcome.test is not None and together.test is not None:
        lines = [task_named(settings.task).test_lines(test)[0] for test in (outcome.test, together.test)]
        rows.append((lines[0].what, lines[0].value, lines[1].value))
    if together.costs is not None:
        rows += _costs(together.costs)
    return rows


def _costs(costs: Sequence[Cost]) -> list[tuple[str, str, str]]:
    parameters = [f"{cost.parameters:,}" for cost in costs]
    times = [f"{number(float(cost.milliseconds))}\u00a0ms" for cost in costs]
    return [("parameters", parameters[0], parameters[1]), ("1,000 predictions", times[0], times[1])]


def _means(together: Together) -> tuple[float, float]:
    """Return what the winner and the ensemble reach on average, where there is something to compare; NaN where not."""
    found = (mean_of(together.comparison.winner), mean_of(together.comparison.together))
    winner, several = (float("nan") if value is None else value for value in found)
    return winner, several

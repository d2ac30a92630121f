"""What stands above each picture: how to read it, and what it leaves out."""

from ikura.report.facts import Facts
from ikura.report.finals import mistakes_in_words
from ikura.report.population import DIVERGED, Population
from ikura.report.words import count, percent


def captions(facts: Facts) -> dict[str, str]:
    """Return a caption for each of the page's pictures of many trials."""
    shown = facts.population
    best = _standing_out(facts)
    return {
        "curves": " ".join(_curves(shown, best)),
        "dimensions": " ".join(_dimensions(shown, best, several=len(facts.axes) > 1)),
        "parallel": " ".join(_parallel(shown, best, optional=any(axis.condition for axis in facts.axes))),
        "zoom": (
            "Each round after the first samples around the best trials so far. A band is where a round sampled, "
            "its dots are the round's trials; dots outside it are mostly wide draws, which guard against zooming in on "
            "the wrong place. The most narrowed come first."
        ),
        "confusion": " ".join(
            [
                "Each row holds the test examples of one class, by the class that the network gave them.",
                *([mistakes_in_words(facts.confusion)] if facts.confusion else []),
            ]
        ),
    }


def _drawn(shown: Population) -> list[str]:
    if len(shown.numbers) == shown.measured:
        return []
    return [f"Of {count(shown.measured, 'trial')}, {len(shown.numbers):,} are drawn: the best, and some of every rank."]


def _standing_out(facts: Facts) -> str | None:
    """The trial that stands out in every picture, and why; it need not be the one of the highest rank."""
    if facts.best is None:
        return None
    return f"trial {facts.best.number}, {'which won the finals' if facts.finals else 'the best so far'}"


def _curves(shown: Population, standing_out: str | None) -> list[str]:
    said = ["Each line is a trial, coloured by its rank at the last epoch."]
    if standing_out:
        said.append(f"The thick line is {standing_out}.")
    said += _drawn(shown)
    diverged = shown.band == DIVERGED
    if diverged.any():
        said.append("Violet ones diverged: a cross marks the last epoch that was finite.")
    hidden = int((diverged & (shown.ended == 0)).sum())
    if hidden:
        said.append(f"{count(hidden, 'trial')} diverged within the first epoch and so left no line.")
    said.append("The axes show where most lines run; some bad values may lie outside.")
    if len(shown.numbers) > 1:
        said.append("Click a group below to hide it, double-click to see it alone.")
    return said


def _dimensions(shown: Population, standing_out: str | None, *, several: bool) -> list[str]:
    said = [f"Each dot is a trial, {'each axis' if several else 'the axis'} on the hyperparameter's own scale."]
    said += _drawn(shown)
    if standing_out:
        said.append(f"The ring is {standing_out}.")
    if shown.below:
        worse = "trial does worse and is" if shown.below == 1 else "trials do worse and are"
        said.append(f"{shown.below:,} {worse} drawn as a triangle at the lower edge, {percent(shown.floor)}.")
    if (shown.band == DIVERGED).any():
        said.append("Violet crosses diverged.")
    return said


def _parallel(shown: Population, standing_out: str | None, *, optional: bool) -> list[str]:
    said = ["Each line is a trial: follow it from value to value down to its dev accuracy."]
    if standing_out:
        said.append(f"The thick line is {standing_out}.")
    said += _drawn(shown)
    if optional:
        said.append("Where a trial lacks a hyperparameter, its line passes through “not used”.")
    if (shown.band == DIVERGED).any():
        said.append("Trials that diverged end at the right of the last axis.")
    return said

"""Checks of where a search has looked: bounds, the good region, and where training diverges."""

from collections.abc import Mapping

from ikura.records import History, Metric, Region, Span
from ikura.report.checks.check import Check, Verdict
from ikura.report.checks.evidence import FEWEST_TRIALS, Cliff, compared
from ikura.report.checks.next_space import can_move, name_of_bound
from ikura.report.measures import written
from ikura.space import Choice, Space
from ikura.wording import count, listing, number

NEAR = 0.1
"""Of the way from the best trial to the median one of the first round: so near to the best lies the good region."""

FEWEST_GOOD = 5
"""So many of the trials that can be compared lie in a region that was searched well, the best one among them."""

FEW_DIVERGED = 0.05
"""A share of trials that may diverge at the outer ends of any search."""


def bounds(space: Space, region: Region | None, limits: Mapping[str, tuple[float | None, float | None]]) -> Check:
    """Return whether the best trials crowd a bound that can be moved."""
    question = "Do the best trials crowd a bound?"
    if region is None:
        return Check("bounds", question, Verdict.UNKNOWN, f"fewer than {FEWEST_TRIALS} trials were measured", None, {})
    crowded = []
    for span in region.dimensions:
        dimension = space.dimensions.get(span.dimension)
        if isinstance(span, Span) and span.edge is not None and not isinstance(dimension, Choice | None):
            movable = can_move(dimension, span.edge, limits.get(span.dimension))
            crowded += [(span, getattr(dimension, span.edge), movable)]
    numbers = {f"{span.dimension}.{span.edge}": float(bound) for span, bound, movable in crowded if movable}
    said = [
        f"{span.inside} of {span.elites} best have {span.dimension} between {number(float(span.low), 2)} and "
        f"{number(float(span.high), 2)}, at its {name_of_bound(span.edge)} bound {number(bound)}"
        for span, bound, _ in crowded
    ]
    evidence = "; ".join(said) or "the best trials keep away from all bounds"
    if not numbers:
        evidence += ", where it ends" if crowded else ""
        return Check("bounds", question, Verdict.OK, evidence, None, numbers)
    names = listing([span.dimension for span, _, movable in crowded if movable], "and")
    return Check("bounds", question, Verdict.LOOK, evidence, f"widen {names}: the best may lie beyond", numbers)


def good_region(history: History, deviation: float | None) -> Check:
    """Return whether enough trials came near to the best.

    Args:
        history: of the study.
        deviation: of the objective from seed to seed, if it is known: trials that differ by less may be the same.
    """
    question, metric = "Are there enough trials in the good region?", history.objective.metric
    found = compared(history)
    losses = found.losses
    if len(losses) < FEWEST_TRIALS:
        few = f"{count(len(losses), 'trial')} can be compared"
        return Check("good_region", question, Verdict.UNKNOWN, few, None, {"compared": len(losses)})
    width = max(NEAR * found.room, 2 * (deviation or 0.0))
    good = int((losses <= losses[0] + width).sum())
    evidence = (
        f"{good:,} of {count(len(losses), 'trial')} that can be compared lie within {_distance(metric, width)} of the "
        "best"
    )
    numbers = {"good": good, "compared": len(losses), "width": float(width)}
    if good >= FEWEST_GOOD:
        return Check("good_region", question, Verdict.OK, evidence, None, numbers)
    advice = "try more trials there: search the next space, which is narrower"
    return Check("good_region", question, Verdict.LOOK, evidence, advice, numbers)


def divergence(history: History, diverged: int, found: Cliff | None) -> Check:
    """Return how many trials diverged, and where."""
    question, measured = "Does training diverge?", len(history.ranking) + diverged
    if measured < FEWEST_TRIALS:
        few = f"fewer than {FEWEST_TRIALS} trials were measured"
        return Check("divergence", question, Verdict.UNKNOWN, few, None, {"diverged": diverged, "measured": measured})
    share = diverged / measured
    numbers: dict[str, float] = {"diverged": diverged, "measured": measured}
    evidence = f"{diverged:,} of {count(measured, 'trial')} diverged" if diverged else "none did"
    advice = "see which they are, in the pictures of each hyperparameter"
    if found is not None:
        side = "above" if found.above else "below"
        at = number(float(found.at), 2)
        evidence += (
            f": {found.lost_beyond:,} of the {found.beyond:,} with {found.dimension} {side} {at}, and "
            f"{found.lost_within:,} of the {found.within:,} others"
        )
        numbers |= {f"{found.dimension}.{side}": float(found.at)}
        advice = f"keep {found.dimension} {'below' if found.above else 'above'} {at}, or make training steadier there"
    if share < FEW_DIVERGED:
        return Check("divergence", question, Verdict.OK, evidence, None, numbers)
    return Check("divergence", question, Verdict.LOOK, evidence, advice, numbers)


def _distance(metric: Metric, width: float) -> str:
    return written(metric, float(width), 2)

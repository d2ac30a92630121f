"""What stands above each picture: how to read it, and what it leaves out."""

from ikura.records import Goal, TrialState
from ikura.report.facts import Facts
from ikura.report.family_tree import shown_members
from ikura.report.measures import written
from ikura.report.shown_trials import DIVERGED, ShownTrials
from ikura.wording import count, listing, percent


def captions(facts: Facts) -> dict[str, str]:
    """Return a caption for each of the page's pictures of many trials."""
    best = _standing_out(facts)
    return {
        "curves": " ".join(_curves(facts, best)),
        "dimensions": " ".join(_dimensions(facts, best)),
        "parallel": " ".join(_parallel(facts, best)),
        "finals": _finals(facts),
        "front": " ".join(_front(facts, best)),
        "ensemble": (
            "The mean of what several networks say. Which, the dev examples decide, by greedy selection with "
            "replacement among the best trials (Caruana and others, 2004). Then all of them and the winner are trained "
            "again under the seeds of the finals. An ensemble that is kept is tested once, as the winner is."
        ),
        "trials": _trials(facts),
        "importances": " ".join(_importances(facts)),
        "questions": (
            "Each value with all other hyperparameters at their best, so that no value is blamed for a learning rate "
            "that did not suit it. Means and intervals are of the finals, in which the best of each value takes part: "
            "of chance in training alone (Student's t over seeds)."
        ),
        "checks": (
            "What the deep learning tuning playbook (Godbole and others, 2023) asks of every search before its answer "
            "is believed: evidence, verdict, and what to do."
        ),
        "rungs": " ".join(_rungs(facts)),
        "family": " ".join(_family(facts)),
        "schedules": (
            "The values of each hyperparameter that changed on the way of the network that came out best, from the "
            "first epoch to the last, copies from other members followed. This schedule is what was found: no single "
            "value gives this network."
        ),
        "zoom": (
            "Each round after the first samples around the best trials so far. A band is where a round sampled, "
            "its dots are the round's trials; dots outside it are mostly wide draws, which guard against zooming in on "
            "the wrong place. The most narrowed come first."
        )
        + _matters(facts),
    }


def _front(facts: Facts, standing_out: str | None) -> list[str]:
    found = facts.front
    if found is None:
        return []
    said_of = ((metric.title, "more" if metric.goal is Goal.MAXIMIZE else "less") for metric in found.metrics)
    better = listing([f"{title} ({which} is better)" for title, which in said_of], "and")
    said = [
        f"Of two objectives, {better}, these trials are the best compromises: no other trial is as good in both of "
        "them, and better in one. The values are of the search."
    ]
    if standing_out and facts.best and facts.best.number in found.numbers:
        said.append(f"The ring is {standing_out}: the first objective chose among these trials.")
    said.append("The axes show all of the front and where most trials lie.")
    return said


def _finals(facts: Facts) -> str:
    said = (
        "The interval is of the mean over all seeds that there could be (Student's t): of other initial weights, "
        "mini-batches and dropout on the same examples, which is the chance in training alone."
    )
    if facts.judgement:
        said += " Of another choice of examples the interval of the test tells."
    return f"{said} Finalists whose intervals overlap may be equally good."


def _trials(facts: Facts) -> str:
    left_out = facts.table.left_out
    which = f"The best {len(facts.table.rows):,}; {left_out:,} more are in the store. " if left_out else ""
    return f"{which}The best come first; click a heading to sort by it, and once more to turn it round."


def _drawn(shown: ShownTrials) -> list[str]:
    if len(shown.numbers) == shown.measured:
        return []
    return [f"Of {count(shown.measured, 'trial')}, {len(shown.numbers):,} are drawn: the best, and some of every rank."]


def _standing_out(facts: Facts) -> str | None:
    """Return the trial that stands out in every picture, and why; it need not be the one of the highest rank."""
    if facts.best is None:
        return None
    why = "which won the finals" if facts.finals else "the best" if facts.finished else "the best so far"
    return f"trial {facts.best.number}, {why}"


def _curves(facts: Facts, standing_out: str | None) -> list[str]:
    shown = facts.shown
    said = ["Each line is a trial, coloured by its rank at the last epoch."]
    if facts.elimination:
        said[0] = (
            "Each line is a trial, coloured by its rank: first by how long it was trained, then by its last value."
        )
    if standing_out:
        said.append(f"The thick line is {standing_out}.")
    said += _drawn(shown)
    if shown.are(TrialState.STOPPED).any():
        said.append("A dot marks where a trial was stopped early.")
    if facts.family and facts.family.copies:
        said.append("Where a line jumps, the trial copied another one's network.")
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


def _dimensions(facts: Facts, standing_out: str | None) -> list[str]:
    shown, metric = facts.shown, facts.objective.metric
    axis = "each axis" if len(facts.axes) > 1 else "the axis"
    said = [f"Each dot is a trial, {axis} on the hyperparameter's own scale."]
    said += _drawn(shown)
    if standing_out:
        said.append(f"The ring is {standing_out}.")
    if not shown.are(TrialState.COMPLETE, TrialState.DIVERGED).all():
        said.append("Hollow dots were not trained to the last epoch: theirs is the value at the last epoch they had.")
    if facts.family and facts.family.copies:
        said.append("The values of hyperparameters are those at the end.")
    if shown.beyond:
        worse = "trial does worse and is" if shown.beyond == 1 else "trials do worse and are"
        side = "lower" if metric.goal is Goal.MAXIMIZE else "upper"
        edge = written(metric, shown.extents[metric.name].edge)
        said.append(f"{shown.beyond:,} {worse} drawn as a triangle at the {side} edge, {edge}.")
    if (shown.band == DIVERGED).any():
        said.append("Violet crosses diverged.")
    return said


def _importances(facts: Facts) -> list[str]:
    told = [one for one in facts.importances if one.share is not None]
    most = max((one.explained or 0.0 for one in told if one.condition is None), default=0.0)
    said = [
        "What share of the differences in rank over the whole space each hyperparameter makes, alone and together with "
        "others, so that shares may add up to more than all (analysis of variance of what a Gaussian process expects). "
        "The line is the 95 % interval, for another choice of trials. It tells what makes a difference, not which "
        "values are good."
    ]
    if most:
        said.append(f"All together they predict {percent(most, 0)} of the differences between trials.")
    conditional = [one for one in told if one.condition is not None]
    if conditional:
        those = listing([f"{one.name} in {one.trials:,}" for one in conditional], "and")
        said.append(f"Those with a star are compared among the trials that have them alone: {those}.")
    return said


def _matters(facts: Facts) -> str:
    if not any(zoom.matters for zoom in facts.zooms):
        return ""
    return (
        " Beside each name stands over what part of its range results change, as the sampler found: the shorter, the "
        "more it matters."
    )


def _parallel(facts: Facts, standing_out: str | None) -> list[str]:
    said = [f"Each line is a trial: follow it from value to value down to its {facts.objective.metric.title}."]
    if facts.objective.metric.goal is Goal.MINIMIZE:
        said = [f"{said[0][:-1]}, of which less is better."]
    if standing_out:
        said.append(f"The thick line is {standing_out}.")
    said += _drawn(facts.shown)
    if any(axis.condition for axis in facts.axes):
        said.append("Where a trial lacks a hyperparameter, its line passes through “not used”.")
    if (facts.shown.band == DIVERGED).any():
        said.append("Trials that diverged end at the right of the last axis.")
    return said


def _rungs(facts: Facts) -> list[str]:
    found = facts.elimination
    if found is None:
        return []
    several = len({lane.round for lane in found.lanes}) > 1
    of_whom = "the trials of a round" if several else "all trials"
    match found.schedule:
        case "hyperband":
            said = (
                f"Each bracket{' of a round' if several else ''} is a halving of its own, which begins at another "
                "rung. At each rung its trials are compared as they are after that many epochs: the best go on, the "
                "others are stopped."
            )
        case "asha":
            said = (
                "A trial goes on from a rung as soon as it is among the best of all that have come there so far, of "
                "whatever round. Who was not when the search ended was stopped there."
            )
        case "median":
            said = (
                f"Every few epochs {of_whom} are compared: those are stopped whose best value so far is worse than the "
                "median of what all had on average until then."
            )
        case "patience":
            said = "A trial is stopped when it has not become better for a while, whatever the others do."
        case _:
            said = (
                f"At each rung {of_whom} are compared as they are after that many epochs: the best go on, the others "
                "are stopped."
            )
    return [f"{said} In the picture each bar is a trial, as long as it was trained."]


def _family(facts: Facts) -> list[str]:
    found = facts.family
    if found is None:
        return []
    said = [
        "Each line is a member of the population, the best at the top, coloured by its value on the way. Every few "
        "epochs the worst take over networks of the best, and change their hyperparameters a little: a slanting line "
        "leads from the one that was copied to the one that took over."
    ]
    if facts.best and found.way:
        said.append(f"The thick line is the way of trial {facts.best.number}'s network.")
    members = len(shown_members(found))
    if members < len(found.members):
        said.append(
            f"Of {count(len(found.members), 'member')}, {members:,} are drawn: those on that way, and the best."
        )
    return said

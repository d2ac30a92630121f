"""What was measured, as Markdown: a table for each job, one for all sizes of `scale`."""

from statistics import median

from bench.peers.measure import SYSTEMS

OURS = "ikura-warm"
SCALE = "scale-"


def middle(runs: list[dict], key: str) -> float:
    """Return the median of a measurement."""
    return median(run[key] for run in runs)


def rate(run: dict) -> float:
    """Trials per second of the whole process."""
    return run["trials"] / run["wall"]


def ratio(job: dict, name: str) -> float | None:
    """How many times as many trials a second warm Ikura does, within the repeats: the median."""
    if name == OURS or OURS not in job["runs"]:
        return None
    pairs = zip(job["runs"][OURS], job["runs"][name], strict=True)
    return median(rate(ours) / rate(theirs) for ours, theirs in pairs)


def markdown(results: dict) -> str:
    """All tables."""
    jobs = results["jobs"]
    parts = [_table(name, job) for name, job in jobs.items() if not name.startswith(SCALE)]
    scale = {name: job for name, job in jobs.items() if name.startswith(SCALE)}
    if scale:
        parts.append(_scale_table(dict(sorted(scale.items(), key=lambda item: item[1]["trials"]))))
    return "\n\n".join(parts)


def _row(cells) -> str:
    return "| " + " | ".join(cells) + " |"


def _head(columns: list[str]) -> list[str]:
    return [_row(columns), "|---" + "|---:" * (len(columns) - 1) + "|"]


def _number(value: float | None, digits: int = 3) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def _table(name: str, job: dict) -> str:
    columns = ["System", "trials", "wall, s", "search, s", "first trial, s", "trials/s", "Ikura is faster"]
    columns += ["memory, MB", "best dev accuracy", "of the peak"]
    rows = _head(columns)
    for system, runs in job["runs"].items():
        times = ratio(job, system)
        trained = system != "empty-study"
        trials = runs[0]["trials"]
        share = job["flops"][str(trials)] / job["peak"] / middle(runs, "search")
        cells = [SYSTEMS[system].label, f"{trials:,}", _number(middle(runs, "wall")), _number(middle(runs, "search"))]
        cells += [_number(middle(runs, "first")), _number(1 / median(1 / rate(run) for run in runs))]
        cells += [f"{times:.3g} times" if times and trained else "", _number(middle(runs, "memory"))]
        cells += [f"{middle(runs, 'best'):.3f}", f"{100 * share:.2g} %"] if trained else ["", ""]
        rows.append(_row(cells))
    floor = job["flops"][str(job["trials"])] / job["peak"]
    cells = ["Matrix products at the peak", f"{job['trials']:,}", _number(floor), _number(floor), ""]
    rows.append(_row([*cells, _number(job["trials"] / floor), "", "", "", "100 %"]))
    head = f"**{name}**: {job['trials']:,} trials of {job['epochs']} epochs, {job['repeats']} repeats, {job['date']}; "
    return head + f"peak {job['peak'] / 1e9:.0f} GF/s.\n\n" + "\n".join(rows)


def _scale_table(jobs: dict[str, dict]) -> str:
    columns = ["System", *(f"{job['trials']:,}" for job in jobs.values())]
    rows = _head(columns)
    for system in SYSTEMS:
        cells = []
        for job in jobs.values():
            runs = job["runs"].get(system)
            cells.append(f"{_number(middle(runs, 'wall'))} s, {middle(runs, 'memory'):,.0f} MB" if runs else "")
        if any(cells):
            rows.append(_row([SYSTEMS[system].label, *cells]))
    floors = [job["flops"][str(job["trials"])] / job["peak"] for job in jobs.values()]
    rows.append(_row(["Matrix products at the peak", *(f"{_number(floor)} s" for floor in floors)]))
    any_job = next(iter(jobs.values()))
    head = (
        f"**scale**: wall time and memory by the number of trials; {any_job['epochs']} epochs of one hidden layer of 32"
    )
    return f"{head}; {any_job['repeats']} repeats, {any_job['date']}.\n\n" + "\n".join(rows)

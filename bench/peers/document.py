"""Writes what was measured into docs/benchmarks.md, between two comments, and draws docs/benchmarks.svg."""

from pathlib import Path
from statistics import median

from bench.peers.measure import SYSTEMS
from bench.peers.tables import SCALE, markdown, middle, rate

PAGE, PLOT = Path("docs/benchmarks.md"), Path("docs/benchmarks.svg")
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
COLOURS = dict(zip(SYSTEMS, ("#c2410c", "#fb923c", "#1d4ed8", "#60a5fa", "#15803d", "#7e22ce", "#9ca3af"), strict=True))


def write_docs(results: dict) -> None:
    """Replace the page's part between the comments, and the plot."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{PAGE}: it lacks {BEGIN} or {END}; the tables go between them: put them back")
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    text = f"{results['machine']}; {versions}.\n\n![Trials per second, and wall time by trials]({PLOT.name})\n\n"
    PAGE.write_text(f"{before}{BEGIN}\n{text}{markdown(results)}\n{END}{after}", encoding="utf-8")
    draw(results)


def draw(results: dict) -> None:
    """Trials per second of every job, and wall time against trials."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "ikura", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    from matplotlib import pyplot as plt

    jobs = {name: job for name, job in results["jobs"].items() if not name.startswith(SCALE)}
    scale = sorted((job for name, job in results["jobs"].items() if name.startswith(SCALE)), key=lambda j: j["trials"])
    systems = [name for name in SYSTEMS if name != "empty-study"]
    figure, (bars, lines) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for place, system in enumerate(systems):
        at = [
            (number + (place - len(systems) / 2 + 0.5) * 0.13, 1 / median(1 / rate(run) for run in job["runs"][system]))
            for number, job in enumerate(jobs.values())
            if system in job["runs"]
        ]
        if at:
            bars.bar(*zip(*at, strict=True), width=0.12, color=COLOURS[system], label=SYSTEMS[system].label)
    bars.set(yscale="log", title="Trials per second", xticks=range(len(jobs)), xticklabels=list(jobs))
    for system in SYSTEMS:
        points = [(job["trials"], middle(job["runs"][system], "wall")) for job in scale if system in job["runs"]]
        if points:
            lines.plot(*zip(*points, strict=True), "o-", color=COLOURS[system], label=SYSTEMS[system].label)
    lines.set(xscale="log", yscale="log", title="scale: wall time in seconds", xlabel="trials")
    for axes in (bars, lines):
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=7)
    figure.savefig(PLOT, metadata={"Date": None})
    plt.close(figure)

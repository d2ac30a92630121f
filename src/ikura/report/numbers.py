"""How studies of numbers are told: by the error, beside that of always saying the mean, and by what was missed most."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from ikura.records import JSON, Metric, Settings
from ikura.report import theme
from ikura.report.drawing import placed
from ikura.report.labels import label
from ikura.report.measures import written
from ikura.report.task_sections import Judgement, PlainSections, Score, Section, Table, headline
from ikura.wording import count, number, percent

BINS = 40
"""Of the errors."""


class NumberSections(PlainSections):
    """Of the tasks of telling a number or a count. Implements TaskSections."""

    noun = "network"
    caveat = "on the dev set, which the search itself looks at: expect worse on unseen data"

    def found(self, metric: Metric, value: float) -> str:
        """Return what the best trial does, by the objective."""
        return f"has a {metric.title} of {written(metric, value)}"

    def data(self, settings: Settings) -> Table:
        """Return what is learned."""
        target = settings.targets[0]
        return (("Target", f"the {target.kind} {target.name}"),)

    def judgement(self, test: Mapping[str, JSON]) -> Judgement:
        """Return the error on the test set, beside that of the mean, and what was predicted against what is true."""
        low, high = map(number, test["interval"])
        detail = f"95\u00a0% interval {low} to {high} · always the mean: {number(test['baseline'])}"
        explained = "" if test["r2"] is None else f", and explains {_share(test['r2'])} of the variance"
        does = f"is off by {number(test['rmse'])} (RMSE) on {count(test['examples'], 'unseen example')}{explained}"
        return Judgement(headline(test, Score("Test RMSE", number(test["rmse"]), detail)), does, section(test))


def section(test: Mapping[str, JSON]) -> Section:
    """Return the section of one number: how it is told, and two pictures of its errors."""
    rows = [("RMSE", number(test["rmse"])), ("always the mean", number(test["baseline"])), ("MAE", number(test["mae"]))]
    if test["r2"] is not None:
        rows.append(("R²", number(test["r2"])))
    if test["deviance"] is not None:
        rows.append(("mean Poisson deviance", number(test["deviance"])))
    if test["pinball"] is not None:
        rows.append(("pinball loss", number(test["pinball"])))
    if test["within"] is not None:
        first, last = test["quantiles"][0], test["quantiles"][-1]
        rows.append((f"between quantiles {first:g} and {last:g}", percent(test["within"])))
    return Section(
        template="numbers.html.jinja",
        values={"name": test["name"], "rows": rows, "drawn": len(test["sample"]["true"])},
        figures={"predicted": _predicted(test), "errors": _errors(test)},
    )


def _share(r2: float) -> str:
    return percent(r2) if r2 >= 0 else "nothing"


def _predicted(test: Mapping[str, JSON]) -> go.Figure:
    """Draw each example's prediction against what is true; on the line both are the same."""
    true, said = np.array(test["sample"]["true"]), np.array(test["sample"]["predicted"])
    ends = [float(min(true.min(), said.min())), float(max(true.max(), said.max()))]
    figure = go.Figure()
    line = {"color": theme.SEA, "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=ends, y=ends, mode="lines", line=line, hoverinfo="skip")
    figure.add_scatter(
        x=true,
        y=said,
        mode="markers",
        marker={"color": theme.ROE, "size": 6, "opacity": 0.55},
        hovertemplate="true %{x}<br>predicted %{y:.5~g}<extra></extra>",
    )
    name = label(test["name"], longest=24)
    figure.update_xaxes(title={"text": f"true {name}"})
    figure.update_yaxes(title={"text": f"predicted {name}"})
    return placed(figure, height=420)


def _errors(test: Mapping[str, JSON]) -> go.Figure:
    """Draw how often the network is off by how much."""
    errors = np.array(test["sample"]["predicted"]) - np.array(test["sample"]["true"])
    counts, edges = np.histogram(errors, bins=min(BINS, max(1, len(errors))))
    figure = go.Figure()
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges) * 0.94,
        marker={"color": theme.SEA},
        hovertemplate="%{y} off by about %{x:.4~g}<extra></extra>",
    )
    figure.update_xaxes(title={"text": "predicted less true"})
    figure.update_yaxes(title={"text": "examples"})
    return placed(figure, height=300)

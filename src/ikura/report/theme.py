"""Colours. Marks are mid-tones that stand on white and on black alike; only ink and grids change with the scheme."""

from typing import Any

ROE = "#e8501f"
BANDS = (ROE, "#f0a04b", "#86aa98", "#7a9fc0")
"""For each band of ranks, best first: from roe orange to sea blue."""
BAND_OPACITY = (0.85, 0.6, 0.5, 0.28)
DIVERGED = "#9b4dca"
SEA = "#4f8fa8"
RAMP = ((79, 143, 168), (160, 168, 150), (238, 154, 77), (232, 80, 31))
"""From the first to the last, or from the worst to the best."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


def ramp(steps: int) -> list[str]:
    """Return so many colours from sea to roe."""
    return [_mixed(index / (steps - 1) if steps > 1 else 0.0) for index in range(steps)]


def _mixed(place: float) -> str:
    left = min(int(place * (len(RAMP) - 1)), len(RAMP) - 2)
    rest = place * (len(RAMP) - 1) - left
    mixed = [round(a + (b - a) * rest) for a, b in zip(RAMP[left], RAMP[left + 1], strict=True)]
    return f"rgb({mixed[0]}, {mixed[1]}, {mixed[2]})"


def templates() -> dict[str, Any]:
    """Return Plotly's templates for a light and a dark page."""
    return {
        "light": _template(ink="#4a5160", strong="#1d2330", grid="#ece5dd", paper="#fffdfb", card="#ffffff"),
        "dark": _template(ink="#a9b0bd", strong="#eef0f4", grid="#2e3540", paper="#13171d", card="#1a1f27"),
    }


def _template(*, ink: str, strong: str, grid: str, paper: str, card: str) -> dict[str, Any]:
    axis = {"gridcolor": grid, "linecolor": grid, "zeroline": False, "ticks": "", "automargin": True}
    layout = {
        "font": {"family": FONT, "size": 12, "color": ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": axis,
        "yaxis": axis,
        "hoverlabel": {"bgcolor": card, "bordercolor": grid, "font": {"family": FONT, "size": 12, "color": strong}},
        "legend": {"font": {"color": ink}},
        "annotationdefaults": {"font": {"color": ink}},
        "shapedefaults": {"line": {"color": grid}},
    }
    heatmap = {"type": "heatmap", "colorscale": [[0, DIVERGED], [0.5, paper], [1, ROE]]}
    return {"layout": layout, "data": {"heatmap": [heatmap]}}

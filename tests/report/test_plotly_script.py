import pytest
from plotly.offline import get_plotlyjs

from ikura.report import plotly_script as module
from ikura.report.plotly_script import plotly_script


def test_what_no_figure_uses_is_left_out():
    whole, script = get_plotlyjs(), plotly_script()
    if "plotly.js v4.1.1" not in whole[:100]:
        pytest.skip("another version of plotly.js is installed, and comes whole")
    assert len(script) < 0.6 * len(whole)
    assert script[:5000] == whole[:5000]
    assert script[-1000:] == whole[-1000:]


def test_another_version_comes_whole(monkeypatch):
    changed = (
        get_plotlyjs().replace("var nc=W(", "var nd=W(").replace("(()=>{var e={3065(n,a,o)", "(()=>{var e={3066(n,a,o)")
    )
    monkeypatch.setattr(module, "get_plotlyjs", lambda: changed)
    assert plotly_script.__wrapped__() == changed

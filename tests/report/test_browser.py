"""The page in a real browser: what a person would see, and what the network would."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

import pytest

from ikura.records import Goal, Metric, Objective
from ikura.report import render
from ikura.report.page import _hash
from ikura.space import Choice, Float, Int, Space
from tests.report.browser import Browser

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on PATH")


@dataclass
class Visit:
    """What came of opening a page."""

    dom: str
    """Without scripts and styles."""
    console: list[str]
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def visit(spawn, tmp_path) -> Iterator[Callable[..., Visit]]:
    """Serves the page on this machine, opens it, and returns what came of it."""
    served, requests = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(served[0].encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def open_page(html: str, *, drawn: bool = True) -> Visit:
        address = f"http://127.0.0.1:{server.server_port}"
        served.append(html.replace("SERVER", address))
        browser = Browser(spawn, str(BROWSER), tmp_path)
        whole = browser.dom(f"{address}/", drawn=drawn)
        console = re.findall(r"CONSOLE.*", browser.close())
        return Visit(re.sub(r"<(script|style)\b.*?</\1>", "", whole, flags=re.DOTALL), console, requests)

    try:
        yield open_page
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def holders(dom: str) -> int:
    return dom.count("data-figure=")


def drawn(dom: str) -> int:
    return len(re.findall(r'class="plot js-plotly-plot"', dom))


def test_the_page_draws_every_visible_figure_and_asks_for_nothing(make_study, visit):
    space = Space(
        rate=Float(0.001, 1.0, scale="log"),
        optimizer=Choice("momentum", "adam"),
        momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["momentum"]}),
    )
    study = make_study(trials=60, epochs=8, space=space)
    seen = visit(render(study.record, study.space, study.history))
    assert seen.console == []
    assert seen.requests == ["/"]
    hidden_metrics = 2
    assert drawn(seen.dom) == holders(seen.dom) - hidden_metrics == 11
    assert 'class="legendtext"' in seen.dom


@pytest.mark.parametrize(("schedule", "figures"), [("halving", 6), ("pbt", 8)])
def test_the_pictures_of_a_schedule_are_drawn(make_study, visit, schedule, figures):
    space = Space(learning_rate=Float(0.001, 1.0, scale="log"), hidden_units=Int(4, 8))
    study = make_study(trials=20, epochs=9, rounds=1, space=space, schedule=schedule, loss=True)
    seen = visit(render(study.record, study.space, study.history))
    assert seen.console == []
    assert seen.requests == ["/"]
    hidden_metrics = 1
    assert drawn(seen.dom) == holders(seen.dom) - hidden_metrics == figures
    assert 'class="xtick"' in seen.dom


def test_the_front_of_two_objectives_is_drawn(make_study, visit):
    space = Space(rate=Float(0.001, 1.0, scale="log"), hidden_units=Int(4, 8))
    study = make_study(trials=30, epochs=4, rounds=1, space=space, status="interrupted")
    objective = Objective(study.record.settings.objective.metric, second=Metric("train_loss", Goal.MINIMIZE))
    record = replace(study.record, settings=replace(study.record.settings, objective=objective))
    seen = visit(render(record, study.space, replace(study.history, objective=objective)))
    assert seen.console == []
    assert seen.requests == ["/"]
    assert drawn(seen.dom) == holders(seen.dom) - 2
    assert re.search(r'class="plot js-plotly-plot"[^>]*data-figure="front"', seen.dom)
    assert "the winner" in seen.dom


def test_hostile_names_run_nothing_even_without_the_policy(make_study, visit):
    # A name of a space is a Python identifier, so its options are where a user's own text gets in.
    attack = "<img src=x onerror=document.documentElement.dataset.hacked=1>"
    # Short ones, which no label cuts off, of the tags that plotly would obey.
    bold, link = "<b>bold</b>", "<a href=#>x</a>"
    space = Space(rate=Float(0.001, 1.0, scale="log"), kind=Choice(attack, bold))
    study = make_study(
        trials=24, epochs=4, rounds=2, space=space, name=attack, classes=(bold, link), settings={"data": attack}
    )
    html = render(study.record, study.space, study.history)
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html, count=1)
    assert bare != html
    # Here the other metric is drawn.
    bare = bare.replace('name="metric" value="0" checked', 'name="metric" value="0"')
    bare = bare.replace('name="metric" value="1"', 'name="metric" value="1" checked')
    seen = visit(bare)
    assert seen.console == []
    assert seen.requests == ["/"]
    assert "data-hacked" not in seen.dom
    assert not re.search(r"<(img|a)\b", seen.dom)
    assert drawn(seen.dom) == holders(seen.dom) - 2
    ticks = re.findall(r'class="[xy]tick"><text[^>]*>([^<]*)<', seen.dom)
    assert {"&lt;b&gt;bold&lt;/b&gt;", "&lt;a href=#&gt;x&lt;/a&gt;"} <= set(ticks)


@pytest.mark.parametrize("policy", [True, False])
def test_a_name_that_closes_the_script_runs_nothing(make_study, visit, policy):
    attack = "</script><img src=x onerror=alert(1)><script>document.documentElement.dataset.hacked=1</script>"
    told = {"data": f"{attack}.csv", "target": attack, "notes": (f"{attack!r}: 3 missing values",), "machine": attack}
    space = Space(rate=Float(0.001, 1.0, scale="log"), kind=Choice(attack, "b"))
    study = make_study(
        trials=24, epochs=4, rounds=2, space=space, name=attack, classes=(attack, "</title>"), settings=told
    )
    html = render(study.record, study.space, study.history)
    if not policy:
        html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html, count=1)
    seen = visit(html)
    assert seen.console == []
    assert seen.requests == ["/"]  # nothing asked for x
    assert "data-hacked" not in seen.dom
    assert "<img" not in seen.dom
    assert drawn(seen.dom) == holders(seen.dom) - 2


def test_the_policy_stops_what_an_escape_had_missed(make_study, visit):
    study = make_study(trials=2, rounds=1, status="running", waiting=2)
    html = render(study.record, study.space, study.history)
    attack = "<script>document.documentElement.dataset.hacked = 1</script><img src='SERVER/leak.png'>"
    seen = visit(html.replace("</main>", f"{attack}</main>"), drawn=False)
    assert "data-hacked" not in seen.dom
    assert "<img" in seen.dom
    assert seen.requests == ["/"]
    assert len(seen.console) == 2


def test_a_click_on_a_heading_sorts_the_trials(make_study, visit):
    study = make_study(trials=30, epochs=3, rounds=1)
    page = render(study.record, study.space, study.history)
    column = 3 + len(study.history.metrics)
    # The policy allows no script of anybody else's: the page's own clicks, before its hash is taken.
    clicks = f"document.querySelectorAll('.sortable button')[{column}].click();"
    own = (files("ikura.report") / "page.js").read_text(encoding="utf-8")
    changed = own.rstrip().removesuffix("})();") + f"{clicks * 2}}})();\n"
    page = page.replace(own, changed).replace(_hash(own).strip("'"), _hash(changed).strip("'"))
    seen = visit(page)
    row = r"<tr>" + r"<td[^>]*>[^<]*</td>" * column + r'<td data-key="([^"]*)"'
    rates = [float(value) for value in re.findall(row, seen.dom)]
    assert len(rates) == 30
    assert rates == sorted(rates, reverse=True)
    assert seen.dom.count("aria-sort") == 1

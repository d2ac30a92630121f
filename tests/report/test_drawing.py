import json

import plotly.graph_objects as go
import pytest

from ikura.records import Goal, Metric
from ikura.report.curves import curves
from ikura.report.drawing import to_json, unit
from ikura.report.facts import gather


def test_json_ends_no_script():
    text = to_json(go.Figure(layout={"title": {"text": "</script><!--"}}))
    assert not set("<>") & set(text)
    assert json.loads(text) == {"data": [], "layout": {"title": {"text": "</script><!--"}}}


def test_json_keeps_every_number_to_five_digits_and_no_template(make_study):
    study = make_study(trials=60, epochs=12)
    facts = gather(study.record, study.space, study.history)
    loss = next(metric for metric in facts.metrics if metric.name == "dev_loss")
    text = to_json(curves(facts.shown, loss, facts.best.number))
    assert "template" not in json.loads(text)["layout"]
    (best,) = [trace for trace in json.loads(text)["data"] if trace.get("name") == f"trial {facts.best.number}"]
    row = facts.shown.numbers.tolist().index(facts.best.number)
    assert best["y"][:-1] == pytest.approx(facts.shown.curves["dev_loss"][row], rel=5e-5)


@pytest.mark.parametrize(("kind", "text"), [("share", "\u00a0%"), ("<s>", "\u00a0&lt;s&gt;"), ("", "")])
def test_a_unit_is_set_off_and_is_no_markup(kind, text):
    assert unit(Metric("x", Goal.MINIMIZE, kind)) == text

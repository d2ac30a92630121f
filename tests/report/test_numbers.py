import numpy as np
import pytest

from ikura.records import Kind, Target
from ikura.report.numbers import NumberSections
from ikura.tasks import make_problem, task_of

PRICE = Target("a <b>price</b>", Kind.NUMBER, mean=100.0, scale=20.0)


def judged(target=PRICE, examples=200, **asked):
    problem = make_problem([target], **asked)
    rng = np.random.default_rng(0)
    y = np.round(3 * rng.random((examples, 1))).astype(np.float32)
    outputs = (y + 0.3 * rng.normal(size=(examples, problem.outputs))).astype(np.float32)
    return task_of([target]).judge(outputs, y, problem, y)


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_score_is_the_rmse_beside_always_the_mean():
    test = judged()
    found = NumberSections().judgement(test)
    assert found.score.title == "Test RMSE"
    assert float(found.score.value) == pytest.approx(test["rmse"], rel=1e-3)
    assert plain(found.score.detail).startswith("95 % interval ")
    assert "always the mean: " in found.score.detail
    assert "(RMSE) on 200 unseen examples, and explains 9" in found.sentence


def test_the_pictures_hold_each_example_and_its_error():
    test = judged()
    figures = NumberSections().judgement(test).section.figures
    line, dots = figures["predicted"].data
    assert list(dots.x) == test["sample"]["true"]
    assert list(dots.y) == test["sample"]["predicted"]
    # On the line the prediction is right, and it spans what is drawn.
    assert list(line.x) == list(line.y) == [min(*dots.x, *dots.y), max(*dots.x, *dots.y)]
    assert figures["predicted"].layout.xaxis.title.text == "true a &lt;b&gt;price&lt;/b&gt;"
    assert figures["predicted"].layout.yaxis.title.text == "predicted a &lt;b&gt;price&lt;/b&gt;"
    (bars,) = figures["errors"].data
    errors = np.array(dots.y) - np.array(dots.x)
    assert sum(bars.y) == len(errors)
    edges = np.append(bars.x - np.array(bars.width) / 1.88, bars.x[-1] + bars.width[-1] / 1.88)
    assert np.histogram(errors, edges)[0] == pytest.approx(np.array(bars.y), abs=1)


def test_quantiles_and_counts_have_lines_of_their_own():
    quantiles = dict(NumberSections().judgement(judged(loss="quantile:0.1,0.5,0.9")).section.values["rows"])
    assert {"pinball loss", "between quantiles 0.1 and 0.9"} < set(quantiles)
    counts = dict(NumberSections().judgement(judged(Target("visits", Kind.COUNT))).section.values["rows"])
    assert "mean Poisson deviance" in counts
    assert not {"pinball loss"} & set(counts)


def test_one_example_that_is_predicted_right_can_be_drawn():
    test = judged(examples=1)
    test["sample"] = {"true": [3.0], "predicted": [3.0]}
    figures = NumberSections().judgement(test).section.figures
    assert sum(figures["errors"].data[0].y) == 1
    assert "R²" not in dict(NumberSections().judgement(test).section.values["rows"])

import base64
import gzip
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from ikura.records import History, Kind, Target, TrialState
from ikura.report import render
from ikura.report.plotly_script import plotly_script
from ikura.schedulers import SCHEDULERS
from ikura.space import Choice, Float, Space
from ikura.tasks import make_problem, task_of, worst_mistakes


def page(study):
    return render(study.record, study.space, study.history)


def plotly():
    return plotly_script()


# Of a Plotly whose parts nobody has told apart yet, all is there.
WHOLE = 800_000 if plotly() == get_plotlyjs() else 0


def without_plotly(text):
    """Two thirds of a megabyte less to parse, for tests of what stands around it."""
    return re.sub(r'(<script type="application/gzip" id="plotly">)[^<]*', r"\1", text)


class Elements(HTMLParser):
    """The elements of a page with their attributes, the scripts' bodies, and the text outside of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.found, self.scripts, self.words, self.inside = [], [], [], None
        self.feed(text)
        self.text = re.sub(r"\s+", " ", " ".join(self.words)).replace("\u00a0", " ")

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.inside = tag if tag in {"script", "style"} else None

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts.append((self.found[-1][1], data))
        elif self.inside is None:
            self.words.append(data)

    def handle_endtag(self, tag):
        self.inside = None


@pytest.fixture(scope="module")
def digits(make_study):
    return Elements(page(make_study(trials=40, epochs=5)))


def test_the_page_links_to_nothing_outside_of_itself(digits):
    for tag, attributes in digits.found:
        assert not {"src", "srcset", "action", "ping", "background"} & set(attributes), tag
        if "href" in attributes:
            assert attributes["href"].startswith("data:"), tag
    assert not [tag for tag, _ in digits.found if tag in {"img", "iframe", "object", "embed", "a", "form"}]


def test_the_policy_allows_exactly_the_two_scripts_and_no_connection(digits):
    (policy,) = [
        attributes["content"]
        for tag, attributes in digits.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    code = [body for attributes, body in digits.scripts if "type" not in attributes]
    assert len(code) == 1
    # Plotly's is made from what travels packed.
    scripts = [plotly(), *code]
    digests = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in scripts]
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == [f"'sha256-{digest}'" for digest in digests]
    assert set(rules) == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
    assert rules["img-src"] == "data:"


def test_plotly_is_inlined_once_and_packed(digits):
    (packed,) = [body for attributes, body in digits.scripts if attributes.get("id") == "plotly"]
    assert gzip.decompress(base64.b64decode(packed)).decode() == plotly()
    assert not any("plotly.js v" in body[:300] for _, body in digits.scripts)


def test_the_sections_come_in_the_order_of_the_questions(digits):
    sections = [attributes.get("id") for tag, attributes in digits.found if tag == "section"]
    assert sections == [
        None,
        None,
        "finalists",
        "curves",
        "dimensions",
        "importances",
        "parallel",
        "trials",
        "zoom",
        "checks",
        "confusion",
        "reproduce",
    ]
    answer = digits.text.index("unseen examples correctly")
    assert answer < digits.text.index("What was tried") < digits.text.index("Finalists")


def test_a_study_of_the_usual_size_is_less_than_a_megabyte_and_a_half(make_study):
    assert len(page(make_study(trials=256, epochs=30)).encode()) < 1_500_000 + WHOLE


def test_every_holder_has_its_figure(digits):
    wanted = [attributes["data-figure"] for tag, attributes in digits.found if "data-figure" in attributes]
    held = [attributes["id"] for attributes, _ in digits.scripts if attributes.get("id", "").startswith("figure-")]
    assert [f"figure-{name}" for name in wanted] == held
    assert len(wanted) == 1 + 3 + 8 + 1 + 8 + 1


def test_what_cannot_be_told_of_importance_is_said_in_words(digits, make_study):
    assert "Too few trials to say what mattered: " in digits.text
    told = Elements(without_plotly(page(make_study(trials=400, epochs=4, rounds=1))))
    assert "Those with a star are compared among the trials that have them alone: momentum in " in told.text
    assert "Too few trials to say what mattered: " not in told.text
    assert any(attributes.get("id") == "figure-importances" for attributes, _ in told.scripts)


def test_a_study_under_a_schedule_has_its_sections(make_study):
    def sections(**options):
        found = Elements(without_plotly(page(make_study(trials=20, epochs=20, rounds=1, **options))))
        return found, [attributes.get("id") for tag, attributes in found.found if tag == "section"]

    halving, ids = sections(schedule="halving")
    assert ids[:6] == [None, None, "finalists", "curves", "rungs", "dimensions"]
    assert ids[-5:] == ["parallel", "trials", "checks", "confusion", "reproduce"]
    assert "--schedule halving --reduction 3 --min-epochs 2" in halving.text
    pbt, ids = sections(schedule="pbt")
    assert ids[3:7] == ["curves", "family", "schedules", "dimensions"]
    assert "This is the last one: it changed 2 times on the way. The schedule is below." in pbt.text


def test_the_rungs_are_in_a_table_too(make_study):
    study = make_study(trials=27, epochs=9, rounds=1, schedule="halving")
    text = Elements(without_plotly(page(study))).text
    best = np.nanmax(study.history.curves["dev_accuracy"][:, 0])
    lost = [study.history.epochs[number] for number in study.history.numbers(TrialState.DIVERGED)]
    stopped = 27 - 9 - lost.count(0)
    head = "epochs entered went on stopped diverged best dev accuracy"
    assert f"{head} 1 27 9 {stopped} {lost.count(0)} {100 * best:.2f} %" in text


def test_no_word_of_classification_stands_on_the_page_of_another_task(make_study):
    text = Elements(without_plotly(page(make_study(trials=20, epochs=5, loss=True)))).text
    assert not re.search(
        r"accurac|classif|confus|recall|%(?! ?[a-z]* ?(next|other|best))",
        text.replace("best 5 %", "").replace("95 % interval", ""),
    )


CLASS = Target("kind", Kind.CLASS, ("no", "yes"))
LABELS = Target("labels", Kind.LABELS, ("late", "paid"))
NUMBER = Target("price", Kind.NUMBER, mean=100.0, scale=20.0)
COUNT = Target("visits", Kind.COUNT)


def judged(targets, **asked):
    """Return what the task of targets says of a test of 40 examples, with all that an evaluator adds."""
    problem, rng = make_problem(targets, **asked), np.random.default_rng(0)
    y = np.round(rng.random((40, sum(target.columns for target in targets)))).astype(np.float32)
    y = y[:, 0].astype(np.int32) if targets == (CLASS,) else y
    outputs = rng.normal(size=(40, problem.outputs)).astype(np.float32)
    told = {"value": 0.8, "interval": [0.7, 0.9], "examples": 40}
    return task_of(targets).judge(outputs, y, problem, y) | {
        "worst": worst_mistakes(outputs, y, problem, lambda place: f"line {place}"),
        "parts": {"train": told, "dev": told, "test": told},
    }


@pytest.mark.parametrize(
    ("targets", "asked", "sections", "figures", "says"),
    [
        (
            (CLASS,),
            {},
            ["confusion", "thresholds", "calibration"],
            {"confusion", "roc", "precision", "calibration"},
            [],
        ),
        ((NUMBER,), {}, ["errors-on-test"], {"predicted", "errors"}, ["price: predicted and true", "off by"]),
        ((NUMBER,), {"loss": "quantile:0.1,0.9"}, ["errors-on-test"], {"predicted", "errors"}, ["pinball loss"]),
        ((COUNT,), {}, ["errors-on-test"], {"predicted", "errors"}, ["mean Poisson deviance"]),
        ((LABELS,), {}, ["targets-on-test"], set(), ["Labels on the test set", "not there"]),
        ((NUMBER, CLASS), {}, ["targets-on-test"], set(), ["The worst mistakes on the test set: price", "set: kind"]),
    ],
    ids=["classes", "number", "quantiles", "count", "labels", "several"],
)
def test_the_test_of_each_task_has_its_page(make_study, targets, asked, sections, figures, says):
    study = make_study(trials=12, epochs=3, rounds=1, settings={"task": task_of(targets).name, "targets": targets})
    record = replace(study.record, outcome=replace(study.record.outcome, test=judged(targets, **asked)))
    found = Elements(without_plotly(render(record, study.space, study.history)))
    ids = [attributes.get("id") for tag, attributes in found.found if tag == "section"]
    assert [name for name in ids if name in ("parts", *sections)] == ["parts", *sections]
    assert ids[-1] == "reproduce"
    held = {attributes["id"].removeprefix("figure-") for attributes, _ in found.scripts if "id" in attributes}
    assert figures <= held
    assert "variance dev − train +0.0 %" in found.text
    for words in ("The worst mistakes on the test set", "line ", *says):
        assert words in found.text


HOSTILE = "</script><script>alert(1)</script><b onclick=alert(2)>&lt;"


def hostile(make_study):
    space = Space(rate=Float(0.001, 1.0, scale="log"), kind=Choice(HOSTILE, "plain"))
    settings = {"data": HOSTILE, "target": HOSTILE, "notes": (HOSTILE,), "sampler": HOSTILE, "machine": HOSTILE}
    return make_study(trials=24, rounds=3, space=space, name=HOSTILE, classes=(HOSTILE, "b"), settings=settings)


def test_no_name_becomes_markup(make_study):
    text = page(hostile(make_study))
    assert "<script>alert" not in text
    assert "<b onclick" not in text
    found = Elements(without_plotly(text))
    assert not [tag for tag, attributes in found.found if any(name.startswith("on") for name in attributes)]
    # As it was written: once each in title, heading, data, note, command, space, class.
    assert found.text.count("<script>alert(1)</script><b onclick=alert(2)>&lt;") >= 7


@pytest.mark.parametrize(
    ("options", "says", "hides"),
    [
        ({"trials": 1, "epochs": 1, "rounds": 1}, "Tried 1 network", "From coarse to fine"),
        ({"trials": 12, "rounds": 1, "all_diverged": True}, "all of them diverged", "Finalists"),
        ({"trials": 16, "rounds": 1, "waiting": 16, "status": "running"}, "No answer yet", "Learning curves"),
        ({"trials": 20, "waiting": 5, "status": "interrupted"}, "To go on: ikura resume digits-2", "Test accuracy"),
        ({"trials": 20, "rounds": 2, "classes": ("no", "yes")}, "Test accuracy", "No answer yet"),
        ({"trials": 20, "classes": tuple(map(str, range(100)))}, "of 3,600 correct", "No answer yet"),
        ({"trials": 20, "loss": True}, "Best dev loss", "accuracy"),
        ({"trials": 20, "loss": True, "finals": False}, "Best configuration", "Finalists"),
        ({"trials": 20, "loss": True, "status": "running", "waiting": 5}, "Best dev loss so far", "test set"),
        ({"trials": 9, "rounds": 1, "schedule": "halving", "epochs": 3}, "Rungs", "Family tree"),
        (
            {"trials": 9, "rounds": 1, "schedule": "halving", "steps": 1, "status": "interrupted"},
            "under way",
            "Test accuracy",
        ),
        ({"trials": 9, "rounds": 1, "schedule": "halving", "all_diverged": True}, "Rungs", "The thick line"),
        ({"trials": 20, "rounds": 1, "schedule": "hyperband"}, "bracket epochs entered went on", "round bracket"),
        ({"trials": 20, "rounds": 2, "schedule": "hyperband"}, "round bracket epochs entered went on", "Family tree"),
        ({"trials": 20, "rounds": 2, "schedule": "asha"}, "of whatever round. Who was not", "bracket"),
        (
            {"trials": 20, "rounds": 2, "schedule": "asha", "steps": 1, "status": "running"},
            "under way",
            "Test accuracy",
        ),
        ({"trials": 20, "rounds": 2, "schedule": "median"}, "the trials of a round are compared", "Rungs"),
        (
            {"trials": 20, "rounds": 1, "schedule": "median", "all_diverged": True},
            "How long trials were",
            "The thick line",
        ),
        ({"trials": 20, "rounds": 2, "schedule": "patience"}, "has not become better for a while", "entered"),
        ({"trials": 9, "rounds": 1, "schedule": "pbt", "epochs": 3}, "Family tree", "Rungs"),
        ({"trials": 1, "rounds": 1, "schedule": "pbt", "epochs": 3}, "Family tree", "The schedule that was found"),
        ({"trials": 9, "rounds": 1, "schedule": "pbt", "all_diverged": True}, "Family tree", "The thick line"),
        ({"trials": 16, "rounds": 1, "schedule": "pbt", "waiting": 16, "status": "running"}, "pbt", "Family tree"),
    ],
)
def test_small_and_odd_studies_have_their_page(make_study, options, says, hides):
    found = Elements(without_plotly(page(make_study(**options))))
    assert says in found.text
    assert hides not in found.text


def test_a_study_without_trials_has_its_page(make_study):
    study = make_study(trials=4, rounds=1, status="running", waiting=4)
    for schedule in SCHEDULERS:
        record = replace(study.record, settings=replace(study.record.settings, schedule=schedule))
        assert "0 of 4 trials measured" in render(record, study.space, History.of(record.settings))


def test_five_thousand_trials_stay_a_page_that_says_what_it_draws(make_study):
    text = page(make_study(trials=5000, epochs=30, rounds=1))
    assert "Of 5,000 trials, 1,000 are drawn" in text
    assert len(text) < 2_200_000 + WHOLE


def test_a_name_that_is_no_unicode_can_still_be_written(make_study):
    study = make_study(trials=4, rounds=1, settings={"data": "caf\udce9.csv"})
    assert "caf?.csv" in page(study).encode("utf-8").decode("utf-8")

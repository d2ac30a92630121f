"""Settings and outcomes read back what they wrote, and nothing else."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import stdtrit

from ikura.records import (
    AT_MOST,
    Best,
    Code,
    CodeKind,
    Constraint,
    DamagedError,
    Earlier,
    Evidence,
    Finalist,
    Goal,
    Kind,
    Metric,
    Objective,
    Origin,
    Outcome,
    Settings,
    Target,
)
from ikura.records.outcome import best_first, student

SCORE, COST = Metric("score", Goal.MAXIMIZE, "share"), Metric("cost", Goal.MINIMIZE)

SETTINGS = Settings(
    origin=Origin.FILE,
    data="/data/table.csv",
    target="y",
    seed=3,
    trials=64,
    epochs=30,
    sampler="sobol",
    user_sampler=False,
    rounds=None,
    schedule="halving",
    reduction=3,
    min_epochs=3,
    task="classification",
    metrics=(COST, SCORE),
    objective=Objective(SCORE, (COST,), (Constraint(COST, AT_MOST, 5.0),)),
    network="mlp",
    user_network=False,
    limits={"dropout": (0.0, 0.99), "learning_rate": (0.0, None)},
    out=None,
    fingerprint="f",
    examples={"train": 60, "dev": 20, "test": 20},
    features=4,
    columns=3,
    targets=(Target("y", Kind.CLASS, ("a", 1, True)),),
    notes=("a note",),
    versions={"python": "3.11"},
    machine="2 x CPU",
)

OUTCOME = Outcome(
    best=Best(2, {"x": 0.5}, {"score": 0.9, "cost": 0.1}),
    finalists=(
        Finalist(2, {"x": 0.5}, {"score": 0.95}, {"score": (0.9, 0.9), "cost": (0.1, 0.1)}),
        Finalist(0, {"x": 0.1}, {"score": 0.99}, {"score": (0.99, None), "cost": (0.0, None)}),
    ),
    test={"anything": [1, 2]},
    trials=3,
    diverged=0,
    failed=0,
    stopped=1,
    epochs=30,
    epochs_trained=63,
    seconds={"total": 2.0, "search": 1.0, "finals": 1.0, "compile": 0.0},
    resumed=0,
    trials_per_second=3.0,
    programs=0,
    planned=None,
    short_of_memory=False,
    troubles=(),
    model=None,
)

CODE = Code(
    kind=CodeKind.PROGRAM,
    call="python train.py",
    folder="/home/me",
    workers=2,
    retries=1,
    time_limit=60.0,
    silence_limit=None,
    memory_limit=1.5,
    finals=True,
    suggests=False,
    pattern=None,
)


def through_json(document):
    return json.loads(json.dumps(document))


def test_settings_come_back():
    assert Settings.from_json(through_json(SETTINGS.to_json())) == SETTINGS


def test_settings_of_two_objectives_come_back():
    settings = replace(SETTINGS, objective=Objective(SCORE, (), (), COST))
    document = through_json(settings.to_json())
    assert Settings.from_json(document) == settings
    with pytest.raises(DamagedError, match="second"):
        Settings.from_json(document | {"second": "size"})


def test_settings_of_training_code_come_back():
    settings = replace(SETTINGS, code=CODE)
    assert Settings.from_json(through_json(settings.to_json())) == settings


@pytest.mark.parametrize("name", CODE.to_json())
def test_training_code_without_a_field_is_damaged(name):
    document = through_json(replace(SETTINGS, code=CODE).to_json())
    del document["code"][name]
    with pytest.raises(DamagedError, match=rf"settings\.code\.{name}"):
        Settings.from_json(document)


@pytest.mark.parametrize("wrong", [{"kind": "magic"}, {"workers": -1}, {"time_limit": "1"}, {"finals": 1}])
def test_training_code_with_another_field_is_damaged(wrong):
    document = through_json(replace(SETTINGS, code=CODE).to_json())
    document["code"] |= wrong
    with pytest.raises(DamagedError, match=r"settings\.code\."):
        Settings.from_json(document)


def test_outcomes_come_back():
    assert Outcome.from_json(through_json(OUTCOME.to_json())) == OUTCOME
    left = replace(OUTCOME, trial_folders="/trials")
    assert Outcome.from_json(through_json(left.to_json())) == left


def test_studies_of_before_there_was_training_code_can_be_read():
    settings, outcome = through_json(SETTINGS.to_json()), through_json(OUTCOME.to_json())
    for name in ("code", "header", "separator", "folder", "timeout"):
        del settings[name]
    del outcome["trial_folders"], outcome["timed_out"]
    assert Settings.from_json(settings) == SETTINGS
    assert Outcome.from_json(outcome) == OUTCOME


LATER = (
    *("targets", "loss", "asked_task", "user_metric", "class_weights", "roles", "folds", "threshold"),
    *(
        "header",
        "separator",
        "folder",
        "timeout",
        "reference_error",
        "earlier",
        "start",
        "prior",
        "constraints",
        "second",
        "ensemble",
    ),
)
"""What older studies do not have."""


def test_settings_of_before_there_were_targets_have_classes():
    document = through_json(SETTINGS.to_json())
    for name in LATER:
        del document[name]
    document |= {"classes": ["a", 1, True], "target": "kind"}
    read = Settings.from_json(document)
    assert read.targets == (Target("kind", Kind.CLASS, ("a", 1, True)),)
    assert (read.loss, read.asked_task, read.user_metric) == (None, None, False)
    assert Settings.from_json(document | {"classes": []}).targets == ()
    with pytest.raises(DamagedError, match=r"settings\.classes"):
        Settings.from_json({name: value for name, value in document.items() if name != "classes"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "word"},
        {"classes": ["a"]},
        {"kind": "number"},
        {"scale": 0.0},
        {"weight": -1.0},
        {"mean": "x"},
        {"name": 3},
    ],
)
def test_a_target_that_nobody_made_is_damaged(wrong):
    document = through_json(SETTINGS.to_json())
    document["targets"][0] |= wrong
    with pytest.raises(DamagedError, match="target"):
        Settings.from_json(document)


def test_how_a_file_is_read_comes_back():
    settings = replace(SETTINGS, header=False, separator=";")
    assert Settings.from_json(through_json(settings.to_json())) == settings
    for damaged in ({"header": "no"}, {"separator": 3}):
        with pytest.raises(DamagedError, match=rf"settings\.{next(iter(damaged))}"):
            Settings.from_json(through_json(SETTINGS.to_json()) | damaged)


def test_what_a_study_was_before_it_was_changed_comes_back():
    settings = replace(SETTINGS, earlier=(Earlier(2, 32, "[x]"), Earlier(3, 48, "[y]")))
    assert Settings.from_json(through_json(settings.to_json())) == settings
    with pytest.raises(DamagedError, match=r"settings\.earlier\[0\]\.until"):
        Settings.from_json(through_json(SETTINGS.to_json()) | {"earlier": [{"until": -1, "trials": 3, "space": ""}]})


@pytest.mark.parametrize("name", sorted(SETTINGS.to_json().keys() - {"code", *LATER}))
def test_settings_without_a_field_are_damaged(name):
    document = through_json(SETTINGS.to_json())
    del document[name]
    with pytest.raises(DamagedError, match=rf"settings\.{name}"):
        Settings.from_json(document)


@pytest.mark.parametrize("name", sorted(OUTCOME.to_json().keys() - {"trial_folders", "timed_out", "ensemble"}))
def test_outcomes_without_a_field_are_damaged(name):
    document = through_json(OUTCOME.to_json())
    del document[name]
    with pytest.raises(DamagedError, match=rf"outcome\.{name}"):
        Outcome.from_json(document)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"seed": True},
        {"trials": 1.5},
        {"origin": "nowhere"},
        {"objective": []},
        {"objective": ["another"]},
        {"metrics": [{"name": "score", "goal": "best", "unit": ""}]},
        {"metrics": 2 * [{"name": "score", "goal": "maximize", "unit": ""}]},
        {"limits": {"dropout": [0.0]}},
        {"examples": {"train": 1}},
        {"user_network": "yes"},
        {"versions": []},
    ],
)
def test_settings_of_another_shape_are_damaged(wrong):
    with pytest.raises(DamagedError):
        Settings.from_json(through_json(SETTINGS.to_json()) | wrong)


def test_a_winner_that_was_no_finalist_is_damage():
    with pytest.raises(DamagedError, match="agree"):
        Outcome.from_json(through_json(replace(OUTCOME, best=replace(OUTCOME.best, number=1)).to_json()))


def test_one_divergence_outweighs_all():
    objective = SETTINGS.objective
    steady, lucky = OUTCOME.finalists
    assert lucky.mean("score") > steady.mean("score")
    assert (lucky.diverged, lucky.seeds) == (1, 2)
    assert best_first([lucky, steady], objective) == [steady, lucky]


def test_the_interval_of_a_finalist_is_students_over_its_seeds():
    finalist = Finalist(0, {}, {}, {"score": (0.80, None, 0.82, 0.87, 0.81), "cost": (3.0, None, 5.0, 4.0, 4.5)})
    seeds = [3.0, 5.0, 4.0, 4.5]
    expected = stats.t.interval(0.95, 3, np.mean(seeds), stats.sem(seeds))
    assert finalist.interval(COST) == pytest.approx(expected)
    # A share ends where shares do.
    two = replace(finalist, replicates={"score": (0.99, 0.95)})
    assert two.interval(SCORE) == (pytest.approx(0.7159, abs=1e-4), 1.0)


@pytest.mark.parametrize("seeds", [(), (0.9,), (None, 0.9), (0.9, 0.9, 0.9)])
def test_seeds_that_tell_nothing_of_chance_give_no_interval(seeds):
    assert Finalist(0, {}, {}, {"score": seeds}).interval(SCORE) is None


def test_the_quantiles_of_students_t_are_scipys():
    for freedom in range(1, 40):
        assert student(freedom) == pytest.approx(float(stdtrit(freedom, 0.975)), rel=1e-8)


def test_what_a_study_began_with_comes_back():
    known = Evidence("before", 9, ({"x": 0.5}, {"x": 1, "y": "a"}), (-0.5, 0.5))
    settings = replace(SETTINGS, start=({"x": 0.25, "y": True},), prior=(known,))
    assert Settings.from_json(through_json(settings.to_json())) == settings
    for part, wrong in (("start", [{"x": None}]), ("prior", [{"study": "before"}])):
        with pytest.raises(DamagedError, match=rf"settings\.{part}"):
            Settings.from_json(through_json(settings.to_json()) | {part: wrong})
    document = through_json(settings.to_json())
    document["prior"][0]["scores"].pop()
    with pytest.raises(DamagedError, match="do not agree"):
        Settings.from_json(document)

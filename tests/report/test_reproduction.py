import json

import pytest

from ikura.records import Evidence, Origin
from ikura.report.facts import gather
from ikura.space import Space


def reproduced(study):
    return gather(study.record, study.space, study.history).reproduction


def test_the_reproduction_gives_a_command_the_shell_reads_back(make_study):
    study = make_study(settings={"origin": Origin.FILE, "data": "my data.csv", "target": "kind of $PATH"})
    found = reproduced(study)
    assert found.call == (
        "ikura tune 'my data.csv' --space space.toml --target 'kind of $PATH' --sampler coarse-to-fine --rounds 4 "
        "--schedule full --trials 256 --epochs 30 --seed 0"
    )
    assert Space.from_toml(found.space) == study.space
    assert json.loads(found.config) == study.record.outcome.best.config
    assert ("Versions", "ikura 0.1.0 · jax 0.10.0 · python 3.12.4") in found.rows


def test_what_a_study_began_with_is_given_again(make_study):
    known = Evidence("be fore", 3, ({"x": 0.5},), (-1.0,))
    began = {"origin": Origin.BUNDLED, "data": "digits", "start": ({"x": 0.5},), "prior": (known,)}
    found = reproduced(make_study(settings=began))
    assert " --sampler coarse-to-fine --start start.json --from 'be fore' --rounds 4 " in found.call
    assert ("start.json", '[{"x": 0.5}]') in found.rows
    in_python = reproduced(make_study(settings=began | {"user_network": True})).call
    assert ", start=json.load(open('start.json')), prior=['be fore'], rounds=4" in in_python


def test_an_ensemble_is_asked_for_again(make_study):
    assert " --ensemble " in reproduced(make_study(trials=8, settings={"ensemble": True})).call
    in_python = make_study(trials=8, settings={"ensemble": True, "origin": Origin.MEMORY})
    assert " ensemble=True," in reproduced(in_python).call
    assert "ensemble" not in reproduced(make_study(trials=8)).call


def test_how_a_file_is_read_is_reproduced(make_study):
    read = {"origin": Origin.FILE, "data": "t.csv", "target": None, "header": False, "separator": "\t"}
    assert reproduced(make_study(settings=read)).call.startswith(
        "ikura tune t.csv --space space.toml --no-header --separator tab --sampler"
    )
    by_hand = read | {"sampler": "Mine", "user_sampler": True, "separator": None}
    assert reproduced(make_study(settings=by_hand)).call.startswith(
        "ikura.tune(ikura.CsvFile('t.csv', header=False, separator=None), space="
    )


@pytest.mark.parametrize(
    ("settings", "call"),
    [
        (
            {"origin": Origin.MEMORY, "data": "arrays", "rounds": None, "sampler": "sobol"},
            "ikura.tune(data, space=ikura.Space.from_toml(toml), sampler='sobol', schedule='full', trials=8, "
            "epochs=30, seed=0)",
        ),
        (
            {
                "origin": Origin.MEMORY,
                "data": "frame",
                "target": "it's",
                "sampler": "MySampler",
                "user_sampler": True,
                "rounds": None,
            },
            'ikura.tune(data, space=ikura.Space.from_toml(toml), target="it\'s", sampler=sampler, '
            "schedule='full', trials=8, epochs=30, seed=0)",
        ),
        # Of scikit-learn's estimators alone nothing is tested.
        (
            {"examples": {"train": 75, "dev": 25, "test": 0}, "origin": Origin.MEMORY, "asked_task": "classification"},
            "ikura.TunedClassifier(space=ikura.Space.from_toml(toml), sampler='coarse-to-fine', schedule='full', "
            "trials=8, epochs=30, random_state=0).fit(X, y)",
        ),
        (
            {
                "examples": {"train": 75, "dev": 25, "test": 0},
                "origin": Origin.MEMORY,
                "task": "counts",
                "asked_task": "counts",
                "schedule": "halving",
                "user_network": True,
            },
            "ikura.TunedRegressor(space=ikura.Space.from_toml(toml), task='counts', network=network, "
            "sampler='coarse-to-fine', schedule='halving', trials=8, epochs=30, random_state=0).fit(X, y)",
        ),
        # However a type is spelt, it is an object.
        (
            {"sampler": "sobol", "user_sampler": True, "rounds": None},
            "ikura.tune('digits', space=ikura.Space.from_toml(toml), sampler=sampler, schedule='full', trials=8, "
            "epochs=30, seed=0)",
        ),
        (
            {"network": "mlp", "user_network": True, "rounds": 3},
            "ikura.tune('digits', space=ikura.Space.from_toml(toml), network=network, sampler='coarse-to-fine', "
            "rounds=3, schedule='full', trials=8, epochs=30, seed=0)",
        ),
        (
            {"rounds": None},
            "ikura tune digits --space space.toml --sampler coarse-to-fine --schedule full --trials 8 --epochs 30 "
            "--seed 0",
        ),
        (
            {"rounds": None, "schedule": "halving", "reduction": 3, "min_epochs": 2},
            "ikura tune digits --space space.toml --sampler coarse-to-fine --schedule halving --reduction 3 "
            "--min-epochs 2 --trials 8 --epochs 30 --seed 0",
        ),
        (
            {"rounds": None, "schedule": "pbt", "min_epochs": 2, "user_network": True},
            "ikura.tune('digits', space=ikura.Space.from_toml(toml), network=network, sampler='coarse-to-fine', "
            "schedule='pbt', min_epochs=2, trials=8, epochs=30, seed=0)",
        ),
    ],
)
def test_what_no_command_can_give_is_given_in_python(make_study, settings, call):
    found = reproduced(make_study(trials=8, rounds=1, settings=settings))
    assert found.call == call.replace("(toml)", "(open('space.toml').read())")


def test_what_another_program_made_cannot_be_made_again(make_study):
    assert reproduced(make_study(trials=8, rounds=1, settings={"origin": Origin.IMPORTED})) is None

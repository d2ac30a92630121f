import json

import pytest

from ikura.report.facts import gather
from ikura.space import Space


def facts(study):
    return gather(study.record, study.space, study.history)


def plain(text):
    return text.replace("\u00a0", " ")


def test_a_finished_study_leads_with_its_answer(make_study):
    study = make_study()
    found, outcome = facts(study), study.record.outcome
    correct = outcome["test"]["correct"]
    sentence = f"Tried 256 networks in 21 s; the best classifies {correct} of 360 unseen examples correctly. "
    sentence += "It was trained on the train and dev examples together, and tested once."
    assert plain(found.sentence) == sentence
    assert (found.notice, found.resume) == (None, None)
    assert (found.test.correct, found.test.examples) == (correct, 360)
    assert [found.test.low, found.test.high] == outcome["test"]["interval"]
    assert found.best.number == outcome["best"]["number"]
    names = [name for name, _ in found.best.config]
    assert names == [name for name in study.space.names if name in outcome["best"]["config"]]


def test_the_summary_says_what_was_tried_how_fast_and_on_what(make_study):
    study = make_study()
    summary = {title: dict(rows) for title, rows in facts(study).summary}
    assert summary["What was tried"] == {
        "Trials": "256",
        "Epochs each": "30",
        "Sampler": "coarse-to-fine",
        "Rounds": "4",
        "Diverged": str(study.record.outcome["diverged"]),
    }
    assert summary["How fast"]["Trials a second"] == "12.3"
    assert summary["On what data"]["Train / dev / test"] == "1,078 / 359 / 360"


def test_a_running_study_shows_its_best_trial_so_far_and_no_test(make_study):
    study = make_study(status="running", waiting=64)
    found = facts(study)
    best = int(study.history.ranking[0])
    accuracy = float(study.history.final("dev_accuracy")[best])
    assert found.test is None
    assert found.best.number == best
    assert plain(found.sentence) == (
        f"192 of 256 trials measured; the best classifies {100 * accuracy:.1f} % of the dev set correctly."
    )
    assert "still running" in found.notice
    assert "The test set has not been used." in found.notice
    assert dict(found.summary[0][1])["Trials"] == "192 of 256"


def test_an_interrupted_study_says_how_to_go_on(make_study):
    found = facts(make_study(trials=16, rounds=1, status="interrupted", waiting=16, name="my study"))
    assert found.resume == "ikura resume 'my study'"
    assert found.best is None
    assert found.sentence == "0 of 16 trials measured."


def test_a_study_in_which_all_diverged_says_so_and_what_to_do(make_study):
    found = facts(make_study(trials=12, rounds=1, all_diverged=True))
    assert found.sentence == "12 of 12 trials measured; all of them diverged."
    assert "lower the upper bound of the learning rate" in found.notice


def test_one_trial_is_told_in_the_singular(make_study):
    sentence = facts(make_study(trials=1, epochs=1, rounds=1)).sentence
    assert plain(sentence).startswith("Tried 1 network in 21 s; it classifies")


def test_the_reproduction_gives_a_command_the_shell_reads_back(make_study):
    study = make_study(settings={"data": "my data.csv", "target": "kind of $PATH"})
    found = facts(study).reproduction
    assert found.call == (
        "ikura tune 'my data.csv' --space space.toml --target 'kind of $PATH' --sampler coarse-to-fine --rounds 4 "
        "--trials 256 --epochs 30 --seed 0"
    )
    assert Space.from_toml(found.space) == study.space
    assert json.loads(found.config) == study.record.outcome["best"]["config"]
    assert ("Versions", "ikura 0.1.0 · jax 0.10.0 · python 3.12.4") in found.rows


@pytest.mark.parametrize(
    ("settings", "call"),
    [
        (
            {"data": "<arrays>", "rounds": None, "sampler": "sobol"},
            "ikura.tune(data, space=ikura.Space.from_toml(toml), sampler='sobol', trials=8, epochs=30, seed=0)",
        ),
        (
            {"data": "<frame>", "target": "it's", "sampler": "MySampler", "rounds": None},
            'ikura.tune(data, space=ikura.Space.from_toml(toml), target="it\'s", sampler=sampler, trials=8, epochs=30, '
            "seed=0)",
        ),
        (
            {"network": "custom", "rounds": 3},
            "ikura.tune('digits', space=ikura.Space.from_toml(toml), network=network, sampler='coarse-to-fine', "
            "rounds=3, trials=8, epochs=30, seed=0)",
        ),
        (
            {"rounds": None},
            "ikura tune digits --space space.toml --sampler coarse-to-fine --trials 8 --epochs 30 --seed 0",
        ),
    ],
)
def test_what_no_command_can_give_is_given_in_python(make_study, settings, call):
    assert facts(make_study(trials=8, rounds=1, settings=settings)).reproduction.call == call


def test_a_study_that_can_only_diverge_again_is_not_to_be_resumed(make_study):
    found = facts(make_study(trials=12, rounds=1, all_diverged=True, status="interrupted"))
    assert found.resume is None
    assert found.notice.startswith("This study ended without an answer. Every trial diverged")

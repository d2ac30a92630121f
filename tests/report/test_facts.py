from dataclasses import replace

import numpy as np
import pytest

from ikura.records import GoOn, JobResult, Origin, TrialState
from ikura.report.facts import gather
from ikura.report.stopping import STOPPING
from ikura.schedulers import SCHEDULERS
from ikura.space import Choice, Float, Space


def facts(study):
    return gather(study.record, study.space, study.history)


def plain(text):
    return text.replace("\u00a0", " ")


def tables(found):
    return {title: dict(rows) for title, rows in found.summary}


def test_a_finished_study_leads_with_its_answer(make_study):
    study = make_study()
    found, outcome = facts(study), study.record.outcome
    correct = outcome.test["correct"]
    sentence = f"Tried 256 networks in 21 s; the best classifies {correct} of 360 unseen examples correctly. "
    sentence += "It was trained on the train and dev examples together, and tested once."
    assert plain(found.sentence) == sentence
    assert (found.notice, found.resume) == (None, None)
    assert found.score.title == "Test accuracy"
    assert found.best.number == outcome.best.number
    assert found.best.changes == 0
    names = [name for name, _ in found.best.config]
    assert names == [name for name in study.space.names if name in outcome.best.config]


def test_the_summary_says_what_was_tried_how_fast_and_on_what(make_study):
    study = make_study()
    summary = tables(facts(study))
    assert summary["What was tried"] == {
        "Trials": "256",
        "Epochs each": "30",
        "Epochs in all": f"{study.record.outcome.epochs_trained:,}",
        "Sampler": "coarse-to-fine",
        "Rounds": "4",
        "Schedule": "full",
        "Diverged": str(study.record.outcome.diverged),
    }
    assert summary["How fast"]["Trials a second"] == "12.3"
    assert summary["On what data"]["Train / dev / test"] == "1,078 / 359 / 360"
    assert summary["On what data"]["Classes"] == "10"


def test_the_summary_counts_the_examples_of_folds_once(make_study):
    study = make_study(trials=4)
    settings = replace(study.record.settings, folds=5, examples={"train": 1150, "dev": 1437, "test": 360})
    found = facts(replace(study, record=replace(study.record, settings=settings)))
    assert tables(found)["On what data"]["Train and dev / test"] == "1,437 in 5 folds / 360"


def test_the_summary_of_a_schedule_says_how_many_were_stopped(make_study):
    study = make_study(trials=27, epochs=9, rounds=1, schedule="halving")
    tried = tables(facts(study))["What was tried"]
    assert tried["Epochs each"] == "up to 9"
    assert tried["Schedule"] == "halving, 1 in 3 goes on"
    assert tried["Stopped early"] == str(study.history.count(TrialState.STOPPED)) != "0"
    assert tried["Epochs in all"] == str(study.record.outcome.epochs_trained)
    tried = tables(facts(make_study(trials=10, epochs=20, rounds=1, schedule="pbt")))["What was tried"]
    assert tried["Epochs each"] == "20"
    assert tried["Schedule"] == "pbt, every 2 epochs"
    assert "Stopped early" not in tried
    for schedule, words in (
        ("hyperband", "hyperband, 1 in 3 goes on"),
        ("asha", "asha, 1 in 3 goes on"),
        ("median", "median, every 2 epochs"),
        ("patience", "patience of 2 epochs"),
    ):
        study = make_study(trials=20, epochs=20, rounds=1, schedule=schedule)
        tried = tables(facts(study))["What was tried"]
        assert (tried["Epochs each"], tried["Schedule"]) == ("up to 20", words)
        assert tried["Stopped early"] == str(study.history.count(TrialState.STOPPED)) != "0"


def test_a_running_study_shows_its_best_trial_so_far_and_no_test(make_study):
    study = make_study(status="running", waiting=64)
    found = facts(study)
    best = int(study.history.ranking[0])
    accuracy = float(study.history.final("dev_accuracy")[best])
    assert found.judgement is None
    assert found.score.title == "Best dev accuracy so far"
    assert plain(found.score.value) == f"{100 * accuracy:.1f} %"
    assert found.best.number == best
    assert plain(found.sentence) == (
        f"192 of 256 trials measured; the best classifies {100 * accuracy:.1f} % of the dev set correctly."
    )
    assert "still running" in found.notice
    assert "The test set has not been used." in found.notice
    tried = tables(found)["What was tried"]
    assert tried["Trials"] == "192 of 256"
    assert tried["Epochs in all"] == f"{int(study.history.epochs.sum()):,}"


def test_an_interrupted_study_says_how_to_go_on(make_study):
    found = facts(make_study(trials=16, rounds=1, status="interrupted", waiting=16, name="my study"))
    assert found.resume == "ikura resume 'my study'"
    assert found.best is None
    assert found.score is None
    assert found.sentence == "0 of 16 trials measured."


def test_a_study_in_which_all_diverged_says_so_and_what_to_do(make_study):
    found = facts(make_study(trials=12, rounds=1, all_diverged=True))
    assert found.sentence == "12 of 12 trials measured; all of them diverged."
    assert "lower the upper bound of the learning rate" in found.notice
    space = Space(rate=Float(0.001, 1.0, scale="log"), kind=Choice("a", "b"))
    notice = facts(make_study(trials=12, rounds=1, all_diverged=True, space=space)).notice
    assert "Every trial diverged: narrow the space" in notice


def test_a_study_in_which_all_failed_says_whose_code_it_was(make_study):
    study = make_study(trials=4, rounds=1, status="interrupted", waiting=4, settings={"user_network": True})
    running = study.history.with_decisions([GoOn(number, 30) for number in range(4)])
    results = [JobResult(job, TrialState.FAILED, {}, "Traceback") for job in running.jobs()]
    found = gather(study.record, study.space, running.with_results(results))
    assert "The network raised an error in 4 trials: mend it, and begin another study." in found.notice
    assert tables(found)["What was tried"]["Failed"] == "4"
    assert found.sentence == "4 of 4 trials measured."


def test_one_trial_is_told_in_the_singular(make_study):
    sentence = facts(make_study(trials=1, epochs=1, rounds=1)).sentence
    assert plain(sentence).startswith("Tried 1 network in 21 s; it classifies")


def test_a_study_that_can_only_diverge_again_is_not_to_be_resumed(make_study):
    found = facts(make_study(trials=12, rounds=1, all_diverged=True, status="interrupted"))
    assert found.resume is None
    assert found.notice.startswith("This study ended without an answer. Every trial diverged")


def test_a_study_that_minimises_a_loss_is_told_by_it(make_study):
    study = make_study(trials=40, rounds=2, loss=True)
    found, outcome = facts(study), study.record.outcome
    loss = f"{outcome.best.metrics['dev_loss']:.4g}"
    assert (found.score.title, found.score.value) == ("Best dev loss", loss)
    assert found.sentence == f"Tried 40 configurations in 21\u00a0s; the best has a dev loss of {loss}."
    assert [metric.name for metric in found.metrics] == ["dev_loss", "train_loss"]
    assert "lowest mean dev loss" in found.finals.verdict
    assert "Classes" not in tables(found)["On what data"]
    assert found.best.number == min(outcome.finalists, key=lambda one: one.mean("dev_loss")).number


def test_while_it_runs_the_lowest_loss_is_the_best_so_far(make_study):
    study = make_study(trials=40, rounds=1, loss=True, status="running", waiting=10)
    found = facts(study)
    losses = study.history.final("dev_loss")
    assert found.best.number == int(np.nanargmin(losses))
    assert found.score.value == f"{np.nanmin(losses):.4g}"
    assert found.score.title == "Best dev loss so far"
    # There is no test set, of which it could be said.
    assert "test set" not in found.notice


def test_where_no_finals_were_held_the_search_has_the_last_word(make_study):
    study = make_study(trials=40, rounds=1, loss=True, finals=False)
    found = facts(study)
    assert found.finals is None
    assert found.best.number == int(study.history.ranking[0])
    assert found.score.value == f"{study.history.final('dev_loss')[found.best.number]:.4g}"


@pytest.mark.parametrize("status", ["complete", "interrupted"])
def test_a_configuration_that_changed_under_training_is_the_last_one(make_study, status):
    study = make_study(trials=20, epochs=20, rounds=1, schedule="pbt", status=status)
    found = facts(study)
    way = study.history.legs(found.best.number, 20)
    rate = study.history.config(found.best.number)["learning_rate"]
    assert float(dict(found.best.config)["learning_rate"]) == pytest.approx(rate, rel=1e-3)
    assert rate != study.history.trials[found.best.number].config["learning_rate"]
    assert [name for name, _ in found.best.config] == [name for name in study.space.names if name in way[-1].config]
    assert found.best.changes == len(way) - 1 == len(found.family.way) - 1 == 2


def test_sections_of_schedules_are_there_for_their_schedules_alone(make_study):
    options = {"trials": 20, "epochs": 10, "rounds": 1}
    found = {name: facts(make_study(schedule=name, **options)) for name in SCHEDULERS}
    assert [name for name, one in found.items() if one.elimination] == list(STOPPING)
    assert [name for name, one in found.items() if one.family] == ["pbt"]


def test_of_an_import_it_is_said_what_is_known(make_study):
    study = make_study(trials=8, rounds=1, status="interrupted", settings={"origin": Origin.IMPORTED})
    found = facts(study)
    assert found.notice == "Another program trained this study: Ikura shows what it was told."
    assert list(tables(found)) == ["What was tried"]
    assert (found.resume, found.reproduction) == (None, None)

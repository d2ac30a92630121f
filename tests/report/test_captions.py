import pytest

from ikura.report.captions import captions
from ikura.report.facts import gather


def said(study):
    facts = gather(study.record, study.space, study.history)
    words = captions(facts)
    return facts, [words[picture] for picture in ("curves", "dimensions", "parallel")]


def test_the_trial_that_stands_out_is_said_to_have_won_the_finals_and_not_to_rank_first(make_study):
    facts, words = said(make_study())
    assert all(f" is trial {facts.best.number}, which won the finals." in text for text in words)
    facts, words = said(make_study(status="running", waiting=64))
    assert all(f" is trial {facts.best.number}, the best so far." in text for text in words)
    facts, words = said(make_study(trials=40, rounds=1, loss=True, finals=False))
    assert all(f" is trial {facts.best.number}, the best." in text for text in words)


def test_a_budget_that_was_not_used_up_is_among_the_notes(make_study):
    facts, _ = said(make_study(settings={"trials": 300}))
    assert facts.notes[0].startswith("Of 300 trials asked for, 44 were not needed")
    assert dict(facts.summary[0][1])["Trials"] == "256 of 300"


@pytest.mark.parametrize(
    ("loss", "edge", "objective"),
    [
        (False, "at the lower edge", "down to its dev accuracy."),
        (True, "at the upper edge", "dev loss, of which less is"),
    ],
)
def test_captions_say_where_bad_trials_lie(make_study, loss, edge, objective):
    _, (_, dimensions, parallel) = said(make_study(trials=60, epochs=12, loss=loss))
    assert edge in dimensions
    assert objective in parallel
    assert ("%" in dimensions) is not loss


def test_marks_are_explained_where_there_are_any(make_study):
    _, (full, dots, _) = said(make_study(trials=27, epochs=9, rounds=1))
    assert "stopped" not in full
    assert "Hollow" not in dots
    _, (halving, dots, _) = said(make_study(trials=27, epochs=9, rounds=1, schedule="halving"))
    assert "A dot marks where a trial was stopped early." in halving
    assert "first by how long it was trained" in halving
    assert "Hollow dots were not trained to the last epoch" in dots
    _, (pbt, dots, _) = said(make_study(trials=20, epochs=10, rounds=1, schedule="pbt"))
    assert "Where a line jumps, the trial copied another one's network." in pbt
    assert "those at the end" in dots


def test_the_family_tree_says_how_many_members_it_leaves_out(make_study):
    few, _ = said(make_study(trials=20, epochs=10, rounds=1, schedule="pbt"))
    assert f"the way of trial {few.best.number}'s network" in captions(few)["family"]
    assert "are drawn" not in captions(few)["family"]
    many, _ = said(make_study(trials=90, epochs=10, rounds=1, schedule="pbt"))
    members = len(many.family.members)
    assert f"Of {members} members, 60 are drawn" in captions(many)["family"]


def test_rungs_are_those_of_a_round_where_there_are_several(make_study):
    one, _ = said(make_study(trials=27, epochs=9, rounds=1, schedule="halving"))
    assert captions(one)["rungs"].startswith("At each rung all trials are compared")
    two, _ = said(make_study(trials=54, epochs=9, rounds=2, schedule="halving"))
    assert captions(two)["rungs"].startswith("At each rung the trials of a round are compared")

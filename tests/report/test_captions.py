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


def test_a_budget_that_was_not_used_up_is_among_the_notes(make_study):
    facts, _ = said(make_study(settings={"trials": 300}))
    assert facts.notes[0].startswith("Of 300 trials asked for, 44 were not needed")
    assert dict(facts.summary[0][1])["Trials"] == "256 of 300"

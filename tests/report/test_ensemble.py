"""The ensemble's section of the report."""

from dataclasses import replace

from ikura.records import Comparison, Cost, Member, Together
from tests.report.test_page import Elements, page, without_plotly


def with_ensemble(study, **changes):
    """The study with an ensemble of its best three trials."""
    outcome = study.record.outcome
    numbers = [int(number) for number in study.history.ranking[:3]]
    members = tuple(
        Member(number, study.history.config(number), share)
        for number, share in zip(numbers, (0.5, 0.25, 0.25), strict=True)
    )
    together = Together(
        16,
        members,
        Comparison((0.95, 0.95, 0.95, 0.96), (0.96, 0.96, 0.97, 0.95)),
        kept=True,
        test=outcome.test | {"accuracy": 0.981},
        costs=(Cost(4321, 1.25), Cost(98765, 11.5)),
    )
    outcome = replace(outcome, ensemble=replace(together, **changes))
    return replace(study, record=replace(study.record, outcome=outcome)), numbers


def test_it_tells_both_and_what_they_cost_and_of_what_networks_it_is(make_study):
    study, numbers = with_ensemble(make_study(trials=40))
    found = Elements(without_plotly(page(study)))
    assert ("section", {"id": "ensemble"}) in found.found
    for words in (
        "An ensemble of 3 networks was better than the winner under 3 of 4 seeds of the finals",
        "dev accuracy, mean of 4 seeds 95.25 % 96.00 %",
        "test accuracy 97.8 % 98.1 %",
        "parameters 4,321 98,765",
        "1,000 predictions 1.25 ms 11.5 ms",
        f"trial {' '.join(map(str, numbers))} share 50 % 25 % 25 %",
    ):
        assert words in found.text, words


def test_one_that_is_not_kept_is_told_without_test_and_cost(make_study):
    comparison = Comparison((0.95, 0.95), (0.94, 0.94))
    study, _ = with_ensemble(make_study(trials=40), kept=False, test=None, costs=None, comparison=comparison)
    found = Elements(without_plotly(page(study)))
    assert "was better than the winner under 0 of 2 seeds of the finals, with a mean dev accuracy of 94" in found.text
    assert "1,000 predictions" not in found.text


def test_without_one_there_is_no_section(make_study):
    found = Elements(without_plotly(page(make_study(trials=40))))
    assert ("section", {"id": "ensemble"}) not in found.found

import pytest

from ikura.records import Origin, TrialState
from ikura.report.words import can_go_on, features_in_words, unused_in_words


def test_features_are_told_from_the_columns_that_they_came_of(make_study):
    def said(features, columns):
        settings = make_study(trials=1, rounds=1, settings={"features": features, "columns": columns}).record.settings
        return features_in_words(settings)

    assert said(4, 4) == "4 features"
    assert said(9, 1) == "9 features from 1 column"


def test_a_budget_that_was_not_used_up_is_explained(make_study):
    study = make_study(trials=24, rounds=1).record
    assert unused_in_words(study.settings, study.outcome) is None
    study = make_study(trials=24, rounds=1, settings={"trials": 50}).record
    assert unused_in_words(study.settings, study.outcome) == (
        "Of 50 trials asked for, 26 were not needed: the sampler had no more configurations to propose."
    )
    study = make_study(trials=24, rounds=1, settings={"trials": 25}).record
    assert "25 trials asked for, 1 was not needed" in str(unused_in_words(study.settings, study.outcome))


@pytest.mark.parametrize(
    ("options", "goes_on"),
    [
        ({"status": "interrupted", "waiting": 4}, True),
        # Those that were stopped are no reason against it.
        ({"status": "interrupted", "schedule": "halving", "steps": 1}, True),
        ({"status": "interrupted", "all_diverged": True}, False),
        ({"status": "interrupted", "waiting": 4, "settings": {"origin": Origin.IMPORTED}}, False),
        ({"status": "running", "waiting": 4}, False),
        ({"status": "complete"}, False),
    ],
)
def test_a_study_goes_on_where_resuming_can_help(make_study, options, goes_on):
    study = make_study(trials=12, rounds=1, **options)
    assert study.history.count(TrialState.WAITING) == options.get("waiting", 0)
    assert can_go_on(study.record, study.history) is goes_on

import pytest

from ikura.report.words import (
    count,
    duration,
    features_in_words,
    listing,
    number,
    percent,
    unused_in_words,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123456, "0.01235"),
        (1.5e-5, "1.5e-5"),
        (0.999123, "0.999123"),
        (0.99, "0.99"),
        (0.9951, "0.9951"),
        (1.0, "1"),
        (128, "128"),
        (True, "True"),
        ("adam", "adam"),
        (123456.7, "123457"),
        (3e20, "3e20"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_keep_the_digits_that_count(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.975, 1, "97.5"),
        (0.9996, 1, "99.9"),
        (0.9996, 2, "99.96"),
        (1.0, 1, "100.0"),
        (0.0001, 1, "0.1"),
        (0.0, 1, "0.0"),
        (0.5, 0, "50"),
    ],
)
def test_a_percentage_never_claims_all_or_nothing(share, digits, text):
    assert percent(share, digits) == f"{text}\u00a0%"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.84, "0.84 s"), (3.11, "3.1 s"), (21.2, "21 s"), (59.6, "1 min"), (200, "3 min 20 s"), (3900, "1 h 5 min")],
)
def test_durations_read_naturally(seconds, text):
    assert duration(seconds).replace("\u00a0", " ") == text


def test_counts_and_lists():
    assert [count(1, "trial"), count(5000, "trial"), count(2, "class", "classes")] == [
        "1 trial",
        "5,000 trials",
        "2 classes",
    ]
    assert [listing(names, "or") for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a or b",
        "a, b or c",
    ]


def test_features_are_told_from_the_columns_that_they_came_of():
    assert features_in_words({"features": 4, "columns": 4}) == features_in_words({"features": 4}) == "4 features"
    assert features_in_words({"features": 9, "columns": 1}) == "9 features from 1 column"


def test_a_budget_that_was_not_used_up_is_explained():
    assert unused_in_words({"trials": 50}, {"trials": 50}) is None
    assert unused_in_words({"trials": 50}, {"trials": 24}) == (
        "Of 50 trials asked for, 26 were not needed: the sampler had no more configurations to propose."
    )

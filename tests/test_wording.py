"""Counts, lists, numbers, times and remedies."""

import pytest

from ikura.wording import count, duration, every, first_few, listing, number, percent, quoted, remedy, suggestion


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


def test_names_are_quoted():
    assert quoted(["a"]) == "'a'"
    assert quoted(["a", 2, "c"]) == "'a', 2 or 'c'"
    assert quoted(["a", "b"], "and") == "'a' and 'b'"
    assert first_few(["a", "b"]) == "'a', 'b'"
    assert first_few(list("abcdefg")) == "'a', 'b', 'c', 'd', 'e' and 2 more"


def test_a_misspelt_word_gets_a_suggestion():
    known = ["age", "income", "Income 2"]
    assert suggestion("incom", known) == "did you mean 'income'?"
    assert suggestion("AGE", known) == "did you mean 'age'?"
    assert suggestion("xyz", known) == ""
    assert suggestion("incom", known, most=2) == "did you mean 'income' or 'Income 2'?"
    assert suggestion(30, ["3.0"]) == "did you mean '3.0'?"


def test_a_word_that_is_near_none_gets_them_all():
    assert remedy("logarithmic", ["linear", "log"]) == "did you mean 'log'?"
    assert remedy("xyz", iter(["linear", "log"])) == "choose 'linear' or 'log'"


def test_what_comes_again_and_again():
    assert every(1, "epoch") == "every epoch"
    assert every(1500, "epoch") == "every 1,500 epochs"

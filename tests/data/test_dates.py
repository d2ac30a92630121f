import pandas as pd
import pytest

from ikura.data.dates import DAY_FIRST, MONTH_FIRST, are_ambiguous, as_dates, find_order

NINTH = pd.Timestamp("2012-02-09", tz="UTC")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2012-02-09", NINTH),
        ("2012/02/09", NINTH),
        ("2012/2/9", NINTH),
        ("2012.02.09", NINTH),
        ("9.2.2012", NINTH),
        ("09.02.2012 13:30", NINTH + pd.Timedelta("13:30:00")),
        ("9 Feb 2012", NINTH),
        ("09-Feb-2012", NINTH),
        ("9th February, 2012", NINTH),
        ("Feb 9, 2012", NINTH),
        ("Feb. 9 2012 1:30 PM", NINTH + pd.Timedelta("13:30:00")),
        ("February 9, 2012 12:05:07.25 a.m.", NINTH + pd.Timedelta("00:05:07.25")),
        ("2012/02/09 13:30:01+09:00", NINTH + pd.Timedelta("04:30:01")),
        ("2012-02-09T13:30", NINTH + pd.Timedelta("13:30:00")),
    ],
)
def test_dates_that_say_themselves_what_they_are(text, moment):
    assert find_order([text, "2012-01-01"]) == ""
    assert as_dates(pd.Series([text, None]), "").tolist() == [moment, pd.NaT]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["09/02/2012", "13/02/2012"], DAY_FIRST),
        (["02/09/2012", "02/13/2012"], MONTH_FIRST),
        (["9-2-2012", "13-2-2012 10:00"], DAY_FIRST),
    ],
)
def test_the_order_of_day_and_month_is_found(texts, order):
    assert find_order(texts) == order
    assert as_dates(pd.Series(texts), order)[0] == NINTH


@pytest.mark.parametrize(
    "texts",
    [
        ["2012/13/01"],
        ["30 Feb 2012"],
        ["31/02/2012", "13/02/2012"],
        ["13/02/2012", "02/13/2012"],
        ["9 Foo 2012"],
        ["2012/02-09"],
        ["Feb 9, 2012 13:00 PM"],
        ["2012/02/09 25:00"],
        ["9.2.12"],
        ["20120209"],
        ["1.2.3"],
        [],
    ],
)
def test_what_is_no_date_is_none(texts):
    assert find_order(texts) is None
    assert not are_ambiguous(texts)


def test_either_order_is_told_apart_from_none():
    assert find_order(["01/02/2012", "03/04/2012"]) is None
    assert are_ambiguous(["01/02/2012", "03/04/2012"])

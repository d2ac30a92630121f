"""Weights, groups and time: what they do to the split and to the examples."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.data import Roles, prepare
from ikura.data.naming import Naming
from ikura.data.split import split_by_group, split_by_time
from ikura.errors import DataError

ROWS = 120
RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(RANDOM.normal(size=(ROWS, 2)), columns=["a", "b"]).assign(
    site=[f"s{number}" for number in RANDOM.integers(0, 15, ROWS)],
    day=pd.date_range("2020-01-01", periods=ROWS)[RANDOM.permutation(ROWS)],
    sure=RANDOM.gamma(1.0, size=ROWS),
    kind=np.array(["x", "y"])[np.arange(ROWS) % 2],
)
FRACTIONS = (0.6, 0.2, 0.2)
NAMING = Naming("here")


def rows_of(data):
    """Which rows each part has, by the value of a feature that no other row has."""
    scale, mean = data.preprocessing.columns[0].scale, data.preprocessing.columns[0].mean
    found = [np.round(part.x[:, 0] * scale + mean, 4) for part in (data.train, data.dev, data.test)]
    place = {round(value, 4): row for row, value in enumerate(TABLE["a"])}
    return [[place[min(place, key=lambda known: abs(known - value))] for value in part] for part in found]


@pytest.fixture(params=["frame", "csv"])
def source(request, tmp_path):
    if request.param == "frame":
        return TABLE
    TABLE.to_csv(tmp_path / "table.csv", index=False)
    return str(tmp_path / "table.csv")


def test_columns_with_a_role_are_no_features(source):
    data = prepare(source, roles=Roles(weights="sure", groups="site"))
    assert data.preprocessing.names == ("a", "b", "day")
    assert data.targets[0].name == "kind"


def test_the_target_is_the_last_column_without_a_role():
    data = prepare(TABLE.rename(columns={"kind": "other"})[["a", "b", "other", "sure"]], roles=Roles(weights="sure"))
    assert data.targets[0].name == "other"


def test_weights_are_one_on_average_over_the_training_part(source):
    data = prepare(source, roles=Roles(weights="sure"))
    assert data.train.weights.mean() == pytest.approx(1, rel=1e-6)
    rows = rows_of(data)
    factor = TABLE["sure"].iloc[rows[0]].mean()
    for part, own in zip((data.train, data.dev, data.test), rows, strict=True):
        np.testing.assert_allclose(part.weights, TABLE["sure"].iloc[own] / factor, rtol=1e-5)


def test_no_group_is_in_two_parts(source):
    parts = rows_of(prepare(source, roles=Roles(groups="site")))
    sites = [set(TABLE["site"].iloc[part]) for part in parts]
    assert sum(map(len, sites)) == len(set.union(*sites))
    assert sorted(row for part in parts for row in part) == list(range(ROWS))


def test_the_test_part_is_the_latest(source):
    train, dev, test = (TABLE["day"].iloc[part] for part in rows_of(prepare(source, roles=Roles(time="day"))))
    assert train.max() < dev.min()
    assert dev.max() < test.min()


def test_arrays_bring_arrays():
    x, y = TABLE[["a", "b"]].to_numpy(), TABLE["kind"].to_numpy()
    by_array = prepare((x, y), roles=Roles(weights=TABLE["sure"].to_numpy(), groups=TABLE["site"].tolist()))
    by_column = prepare(TABLE.drop(columns="day"), roles=Roles(weights="sure", groups="site"))
    np.testing.assert_array_equal(by_array.train.weights, by_column.train.weights)
    np.testing.assert_array_equal(by_array.dev.x, by_column.dev.x)
    assert by_array.fingerprint == by_column.fingerprint != prepare((x, y)).fingerprint


NAMED = TABLE[["a", "b"]].set_axis([f"n{row}" for row in range(ROWS)])
BY_ROLE = {"weights": TABLE["sure"], "groups": TABLE["site"], "time": TABLE["day"]}
SHUFFLED = RANDOM.permutation(ROWS)
SOURCES = {
    "frame and labels": lambda x: (x, TABLE["kind"].to_numpy()),
    "array and series": lambda x: (x.to_numpy(), TABLE["kind"].set_axis(x.index)),
    "one frame": lambda x: x.assign(kind=TABLE["kind"].to_numpy()),
}


@pytest.mark.parametrize("way", SOURCES)
@pytest.mark.parametrize("role", BY_ROLE)
def test_a_series_is_matched_by_its_index_as_labels_are(role, way):
    known = BY_ROLE[role].set_axis(NAMED.index)
    source = SOURCES[way](NAMED)
    straight = prepare(source, roles=Roles(**{role: known.to_numpy()}))
    shuffled = prepare(source, roles=Roles(**{role: known.iloc[SHUFFLED]}))
    assert shuffled.fingerprint == straight.fingerprint
    assert any(note.startswith(f"{role} was put in the order of ") for note in shuffled.notes)
    assert prepare(source, roles=Roles(**{role: known})).notes == straight.notes
    with pytest.raises(DataError, match=rf"and {role} have different indexes, 'n0' and 0 in row 0 .*{role}.to_numpy"):
        prepare(source, roles=Roles(**{role: BY_ROLE[role]}))


def test_arrays_without_an_index_take_a_series_as_it_stands():
    x, y = TABLE[["a", "b"]].to_numpy(), TABLE["kind"].to_numpy()
    by_series = prepare((x, y), roles=Roles(groups=TABLE["site"].iloc[SHUFFLED]))
    assert by_series.fingerprint == prepare((x, y), roles=Roles(groups=TABLE["site"].to_numpy()[SHUFFLED])).fingerprint


def test_a_masked_weight_is_missing():
    weights = np.ma.array(np.ones(ROWS), mask=np.arange(ROWS) == 3)
    with pytest.raises(DataError, match="the array weights has no value in row 3"):
        prepare(TABLE, roles=Roles(weights=weights))


def test_a_split_of_ones_own_may_have_weights_in_its_frames():
    def part(rows):
        return TABLE[["a", "b", "sure"]].iloc[rows], TABLE["kind"].iloc[rows]

    parts = {"train": part(slice(0, 90)), "test": part(slice(90, None))}
    data = prepare(parts, roles=Roles(weights="sure"))
    assert data.preprocessing.names == ("a", "b")
    assert data.test.weights.shape == (30,)
    with pytest.raises(DataError, match="groups is given, and your own split as well"):
        prepare(parts, roles=Roles(groups="sure"))


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (Roles(groups="site", time="day"), "groups: they are given, and time as well"),
        (Roles(weights="sur"), r"there is no column 'sur'; .*did you mean 'sure'"),
        (Roles(weights="kind"), "column 'kind' holds text; a weight is a number"),
        (Roles(time="site"), "column 'site' holds text; time is numbers or dates"),
        (Roles(weights="a"), r"column 'a' is -[\d.]+ in row \d+ .*; a weight is a number, 0 or more"),
        (Roles(groups="kind"), "has 2 groups"),
        (Roles(weights="sure", groups="sure"), "weights and groups are one column"),
        (Roles(weights=np.ones(3)), r"weights has shape \(3,\) for 120 examples"),
        (Roles(weights=np.zeros(ROWS)), "the array weights is 0 in all rows"),
        (Roles(weights=[*[1.0] * (ROWS - 1), np.nan]), "the array weights has no value in row 119"),
        (Roles(time=[0.0] * ROWS), "time has 1 different moment"),
    ],
)
def test_a_role_that_cannot_be_is_one_line(roles, words):
    target = "b" if "kind" in roles.columns.values() else "kind"
    with pytest.raises(DataError, match=words) as raised:
        prepare(TABLE, target=target, roles=roles)
    assert "\n" not in str(raised.value)


def test_a_target_has_no_other_role():
    with pytest.raises(DataError, match="column 'kind' is a target, and weights, groups or time as well"):
        prepare(TABLE, target="kind", roles=Roles(groups="kind"))


def test_arrays_have_no_columns():
    with pytest.raises(DataError, match="weights: 'sure' is given; only tables have columns"):
        prepare((TABLE[["a", "b"]].to_numpy(), TABLE["kind"]), roles=Roles(weights="sure"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=30, max_size=200), st.integers(0, 5))
def test_groups_stay_whole_and_parts_come_near_their_shares(groups, seed):
    codes = np.array(groups)
    if len(set(groups)) < 3:
        return
    strata = (np.arange(len(groups)) % 2).astype(np.int32)
    parts = split_by_group(codes, strata, FRACTIONS, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    found = [set(codes[part].tolist()) for part in parts]
    assert all(found)
    assert sum(map(len, found)) == len(set(groups))
    largest = np.bincount(codes).max()
    for part, share in zip(parts, FRACTIONS, strict=True):
        assert abs(len(part) - share * len(groups)) <= 2 * largest + 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=20, max_size=200))
def test_no_moment_is_in_two_parts(times):
    time = np.array(times, float)
    try:
        parts = split_by_time(time, FRACTIONS, NAMING)
    except DataError:
        return
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(times)))
    for before, after in pairwise(parts):
        assert time[before].max() < time[after].min()

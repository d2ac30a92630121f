"""Names of folders."""

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ikura.folders import folder_name

NAMES = st.text(st.sampled_from("aA0-_. /%2F鮭é:\\"), min_size=1, max_size=6)


@given(NAMES, NAMES)
def test_two_names_have_two_folders(name: str, other: str) -> None:
    assert (folder_name(name) == folder_name(other)) == (name == other)


@given(NAMES)
def test_no_name_leads_elsewhere(name: str) -> None:
    folder = Path("/out") / folder_name(name)
    assert folder.resolve().parent == Path("/out")
    assert not folder.name.startswith(".")


@pytest.mark.parametrize(
    ("name", "folder"),
    [("digits-1", "digits-1"), ("鮭_2.0", "鮭_2.0"), ("a/b", "a%2Fb"), ("..", "%2E."), ("a b", "a%20b")],
)
def test_a_plain_name_is_its_folder_and_others_can_be_read(name: str, folder: str) -> None:
    assert folder_name(name) == folder

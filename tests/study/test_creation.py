"""A new study's name and folder."""

from dataclasses import replace
from pathlib import Path

import pytest

from ikura.errors import SettingError
from ikura.space import Float, Space
from ikura.store import open_store
from ikura.study.creation import create
from tests.records.test_documents import SETTINGS

SPACE = Space(rate=Float(0.0, 1.0))


def test_names_that_look_alike_have_folders_of_their_own(tmp_path: Path) -> None:
    wanted = replace(SETTINGS, out=str(tmp_path))
    with open_store(str(tmp_path / "s.db")) as store:
        for name in ("a/b", "a-b", "a b", "a%2Fb"):
            called, stored = create(store, name, wanted, SPACE)
            assert called == name
            folder = stored.results(name)
            assert folder == store.study(name).settings.results(name)
            folder.mkdir()
        (tmp_path / "a-c").mkdir()
        with pytest.raises(SettingError, match="a-c is there already; results are never overwritten"):
            create(store, "a-c", wanted, SPACE)


def test_the_folder_of_an_earlier_study_is_found() -> None:
    earlier = replace(SETTINGS, out="/out", folder=None)
    assert earlier.results("a/b") == Path("/out/a-b")
    assert replace(earlier, out=None).results("a/b") is None

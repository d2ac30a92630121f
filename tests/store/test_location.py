import subprocess
import sys

import pytest

from ikura.errors import SettingError, StoreError
from ikura.store import data_folder, open_store


def test_the_default_is_in_ikura_home_which_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("IKURA_HOME", str(tmp_path / "a" / "b"))
    assert data_folder() == tmp_path / "a" / "b"
    with open_store() as store:
        assert store.url == f"sqlite:///{tmp_path / 'a' / 'b' / 'ikura.db'}"
    assert (tmp_path / "a" / "b" / "ikura.db").is_file()


@pytest.mark.parametrize("unset", [True, False])
def test_without_ikura_home_it_is_in_the_users_data_folder(tmp_path, monkeypatch, unset):
    if unset:
        monkeypatch.delenv("IKURA_HOME", raising=False)
    else:
        monkeypatch.setenv("IKURA_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    with open_store():
        assert (tmp_path / ".local" / "share" / "ikura" / "ikura.db").is_file()


def test_a_default_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("IKURA_HOME", str(tmp_path / "file" / "folder"))
    with pytest.raises(StoreError, match=r"cannot be made \(Not a directory\).*set IKURA_HOME") as error:
        open_store()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["sqlite:///x.db", "x.db", "sqlite:///{}/x.db", "{}/x.db", "~/x.db", "sqlite:///~/x.db"]
)
def test_urls_and_paths(tmp_path, monkeypatch, url):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with open_store(url.format(tmp_path)) as store:
        assert store.url == f"sqlite:///{tmp_path / 'x.db'}"
    assert (tmp_path / "x.db").is_file()


def test_a_url_may_have_any_ending_and_a_path_any_character(tmp_path):
    for url, name in ((f"sqlite:///{tmp_path}/x.sqlite3", "x.sqlite3"), (f"{tmp_path}/50% é?#.db", "50% é?#.db")):
        with open_store(url):
            assert (tmp_path / name).is_file()


def test_the_store_stays_where_it_was_opened(tmp_path, monkeypatch, begin):
    monkeypatch.chdir(tmp_path)
    with open_store("x.db") as store:
        begin(store, "s")
        store.close()
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert [study.name for study in store.studies()] == ["s"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", r"'' does not end in .db"),
        ("studies", r"'studies' does not end in .db; .*or write sqlite:///studies"),
        (":memory:", "does not end in .db"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://host/x.db", "names no file"),
        ("sqlite:///x.db?mode=ro", "names no file"),
        ("mysql://me:secret@host/x", "mysql:// is unknown"),
        ("postgresql+psycopg://me:secret@host/x", r"postgresql\+psycopg:// is unknown"),
        ("postgresql://me:secret@host/x\n", "the address has a control character"),
        ("a\x00.db", "control character"),
        ("a\nb.db", "control character"),
    ],
)
def test_what_is_no_place_for_a_store(tmp_path, monkeypatch, url, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError, match=says) as error:
        open_store(url)
    assert "a store is sqlite:///PATH, a path that ends in .db, or postgresql://USER:PASSWORD@HOST/DATABASE" in str(
        error.value
    )
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_the_room_is_imported_without_sqlalchemy():
    code = "import sys, ikura.store; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_home_of_nobody():
    with pytest.raises(StoreError, match="give a full path"):
        open_store("~nobody-of-that-name/x.db")

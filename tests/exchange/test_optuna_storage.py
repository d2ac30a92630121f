"""What is no storage of Optuna's."""

import shutil
import sys

import pytest

from ikura.errors import SettingError
from ikura.exchange import from_optuna, to_optuna
from ikura.store import open_store


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SettingError, match=r"import: optuna: needs Optuna, .*pip install 'ikura\[optuna\]'"):
        from_optuna("sqlite:///x.db", None)


@pytest.mark.parametrize("way", ["import", "export"])
def test_a_database_of_ikuras_own_is_not_touched(way, study, history, storage, tmp_path):
    with open_store(str(tmp_path / "s.db")) as store:
        from_optuna(storage, None).write(store, "s")
    path = tmp_path / "own.db"
    shutil.copy(tmp_path / "s.db", path)
    before, address = path.read_bytes(), f"sqlite:///{path}"
    with pytest.raises(SettingError, match="that is a database of Ikura's own"):
        from_optuna(address, None) if way == "import" else to_optuna(study, history, address)
    assert path.read_bytes() == before


def test_a_storage_that_optuna_does_not_know(tmp_path):
    for address in ("redis://localhost:1", "nonsense", f"sqlite:///{tmp_path / 'none.db'}"):
        with pytest.raises(SettingError, match="import: "):
            from_optuna(address, None)


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(SettingError, match=r"there is no file .*t\.db; a storage must be there"):
        from_optuna(f"sqlite:///{tmp_path / 't.db'}", None)
    assert list(tmp_path.iterdir()) == []

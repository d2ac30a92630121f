"""A store for studies."""

import pytest

from ikura.store import open_store


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "studies.db")) as opened:
        yield opened

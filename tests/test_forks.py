"""Processes that were forked from one in which JAX had run."""

import pytest

from ikura import forks
from ikura.errors import SettingError


def test_jax_runs_where_it_did_not_run_before_the_fork(monkeypatch) -> None:
    monkeypatch.setattr(forks, "_runs_in", [])
    forks.begin_jax()
    forks.begin_jax()
    # A child that is really forked here, where JAX has threads, might hang.
    monkeypatch.setattr(forks.os, "getpid", lambda: -1)
    with pytest.raises(SettingError, match=r"start it with multiprocessing\.get_context\('spawn'\)"):
        forks.begin_jax()
    forks._runs_in.clear()
    forks.begin_jax()

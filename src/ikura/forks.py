"""Processes that were forked from one in which JAX had run: it would wait for ever for threads that it lacks."""

import os

from ikura.errors import SettingError

_runs_in: list[int] = []
"""The process in which JAX runs, or from which this one was forked."""


def begin_jax() -> None:
    """Take note that JAX is about to run in this process.

    Raises:
        SettingError: it has run in the process that this one was forked from.
    """
    if not _runs_in:
        _runs_in.append(os.getpid())
    if _runs_in != [os.getpid()]:
        raise SettingError(
            "process: this one was forked from one in which JAX had run, and would hang; JAX needs a fresh one: start "
            "it with multiprocessing.get_context('spawn'), or with joblib's loky"
        )

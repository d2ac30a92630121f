"""A fit: a study on all of the examples, of which nothing is left but its result."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from numbers import Integral
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sklearn.utils import check_random_state

from ikura.cli.layout import stderr_console
from ikura.cli.progress import Lines
from ikura.data import Untested
from ikura.errors import StudyInterrupted
from ikura.interactive import display_of
from ikura.store import open_store
from ikura.study import Result, delete_study, tune

if TYPE_CHECKING:
    from ikura.model import Model

LARGEST_SEED = 2**32 - 1
"""Of scikit-learn's."""


def fit(name: str, x: Any, y: Any, arguments: Mapping[str, Any]) -> "tuple[Result, Model]":
    """Return the result of a study, and its network, which has learned from every example.

    Args:
        name: of the study.
        x: the features.
        y: what is true of each example.
        arguments: of the estimator: `random_state` and `verbose`, and others by the names that `tune` gives them.

    Raises:
        IkuraError: one line about a mistake in an argument, the data or the space.
        KeyboardInterrupt: Ctrl-C; nothing is left.
    """
    others = dict(arguments)
    seed, verbose = _seed(others.pop("random_state")), others.pop("verbose")
    # A sampler may remember what it proposed; the parameters of an estimator stay as they are given.
    others = deepcopy(others)
    with _passing_store() as store, _display(wanted=verbose) as watch:
        try:
            result = tune(Untested(x, y), name=name, store=store, seed=seed, watch=watch, **others)
        except StudyInterrupted:
            # What it says of going on is not so: the study goes with its store.
            raise KeyboardInterrupt from None
    assert result.model is not None
    return result, result.model


def _seed(random_state: Any) -> int:
    """Return the seed that scikit-learn's `random_state` stands for.

    Raises:
        ValueError: it stands for none.
    """
    drawn = check_random_state(random_state)
    return int(random_state) if isinstance(random_state, Integral) else int(drawn.randint(LARGEST_SEED, dtype="uint32"))


@contextmanager
def _passing_store() -> Iterator[Path]:
    """Give a place for a store, which goes afterwards with all that its studies have left elsewhere."""
    with TemporaryDirectory(prefix="ikura-fit-", ignore_cleanup_errors=True) as folder:
        store = Path(folder) / "fit.db"
        try:
            yield store
        finally:
            if store.exists():
                with open_store(str(store)) as database:
                    for study in database.studies():
                        delete_study(database, study)


@contextmanager
def _display(*, wanted: bool) -> Iterator[Any]:
    """Give what shows progress: in a terminal or a notebook as `tune` shows it, and elsewhere in lines."""
    if not wanted:
        yield None
        return
    opening = "reading the data"
    with display_of(opening) or Lines(opening, stderr_console()) as display:
        yield display

"""The space that a study proposes to search next."""

from pathlib import Path

from ikura.errors import SettingError
from ikura.records import History, StudyRecord
from ikura.report.checks import NextSpace
from ikura.report.checks import next_space as proposed
from ikura.space import Space
from ikura.store import open_store, read_whole
from ikura.study.arguments import check_kind
from ikura.study.calling import public


@public
def next_space(study: str, *, store: str | Path | None = None) -> Space:
    """Return the space to search after a study, finished or not: see its report for the reasons.

    Args:
        study: its name.
        store: the database, as for `tune`.

    Raises:
        IkuraError: one line, if there is no such study, or nothing can be made of it.
    """
    if not isinstance(study, str):
        raise SettingError(f"study: {study!r} is given; it must be a study's name: see `ikura list`")
    check_kind("store", store, str, Path)
    with open_store(None if store is None else str(store), must_exist=True) as database:
        record, _, history = read_whole(database, study)
    return next_space_of(record, history).space


def next_space_of(study: StudyRecord, history: History) -> NextSpace:
    """Return what to search after a study, finished or not, with the reasons.

    Raises:
        SettingError: nothing can be made of it.
    """
    if study.settings.imported:
        raise SettingError(
            f"{study.name}: this study was imported; only one of Ikura's own has a next space: give another"
        )
    if not len(history.ranking):
        raise SettingError(
            f"{study.name}: no trial was measured; a next space follows from what trials came to: let it run first"
        )
    return proposed(Space.from_toml(study.space), history, study.settings)

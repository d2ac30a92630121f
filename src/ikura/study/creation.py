"""A new study in the store, under a name of its own."""

import re
from dataclasses import replace
from pathlib import Path

from ikura.errors import SettingError, StudyExists
from ikura.folders import folder_name
from ikura.records import Settings
from ikura.space import Space
from ikura.store import Store
from ikura.study.code_subject import stem_of

LONGEST_STEM = 60
"""Characters of the data's name in a study's; a name has room for more."""


def create(store: Store, name: str | None, settings: Settings, space: Space) -> tuple[str, Settings]:
    """Store a new study, under a free name if none is given; return its name, and its settings with its folder.

    Raises:
        SettingError: it cannot be a name, or results are there already.
        StudyExists: the name is taken.
    """
    taken = {study.name for study in store.studies()}
    if name is not None:
        stored = replace(settings, folder=folder_name(name))
        folder = stored.results(name)
        if name and name not in taken and _is_there(folder):
            raise SettingError(
                f"out: {folder} is there already; results are never overwritten: give another out or name"
            )
        store.create(name, stored, space.to_toml())
        return name, stored
    called = Path(settings.data).stem if settings.code is None else stem_of(settings.code)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", called)[:LONGEST_STEM].strip("-") or "study"
    number = 1
    while True:
        name = f"{stem}-{number}"
        stored = replace(settings, folder=folder_name(name))
        if name not in taken and not _is_there(stored.results(name)):
            try:
                store.create(name, stored, space.to_toml())
            except StudyExists:  # another process was faster
                taken.add(name)
            else:
                return name, stored
        number += 1


def _is_there(folder: Path | None) -> bool:
    """Return whether results would have to share a folder; say, too, that there cannot be such a folder."""
    try:
        return folder is not None and folder.exists()
    except OSError as error:
        assert folder is not None
        raise SettingError(
            f"name: {folder.name[:20]!r}... cannot be the name of a folder ({error.strerror}); the results of a study "
            "are kept in one: give a shorter name, or another out"
        ) from error

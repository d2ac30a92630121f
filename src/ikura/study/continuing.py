"""Whether a study can be gone on with, and is what it was."""

from ikura.errors import SettingError
from ikura.records import UNKNOWN_NETWORK, Settings, StudyRecord
from ikura.space import Space
from ikura.store import Store
from ikura.wording import count


def begun(store: Store, name: str | None) -> StudyRecord | None:
    """Return the study of this name, if there is one."""
    names = [study.name for study in store.studies()]
    return store.study(name) if name is not None and name in names else None


def check_unfinished(study: StudyRecord, store: object) -> None:
    """Raise SettingError, with what to do instead, if a study is complete or was never Ikura's to run."""
    if study.status == "complete":
        where = "" if store is None else f", store={str(store)!r}"
        raise SettingError(
            f"{study.name}: this study is complete; only others can be resumed: see `ikura show {study.name}`, or in "
            f"Python ikura.load({study.name!r}{where})"
        )
    if study.settings.imported:
        raise SettingError(
            f"{study.name}: this study was imported; only one that Ikura began can be resumed: see `ikura show "
            f"{study.name}`"
        )


def check_same(study: StudyRecord, settings: Settings, space: Space) -> None:
    """Raise SettingError unless a study was begun with these arguments, as far as its numbers depend on them."""
    before, now = (
        each.to_json()
        | {"objective": [metric.name for metric in (*each.objective.optimised, *each.objective.tie_breaks)]}
        | {"constraint": ", ".join(map(str, each.objective.constraints)) or None}
        for each in (study.settings, settings)
    )
    # Of other data or another seed the fingerprint is another one as well, but says nothing to anybody.
    names = (
        "data",
        "target",
        "asked_task",
        "class_weights",
        "roles",
        "folds",
        "threshold",
        "ensemble",
        "loss",
        "network",
        "sampler",
        "rounds",
        "schedule",
        "reduction",
        "min_epochs",
    )
    names += ("trials", "epochs", "seed", "fingerprint", "objective", "constraint", "reference_error")
    if study.settings.user_network and study.settings.network == UNKNOWN_NETWORK and settings.user_network:
        before |= {"network": now["network"]}
    changed = [(name, before[name], now[name]) for name in names if before[name] != now[name]]
    if study.space != space.to_toml():
        changed.append(("space", "another one", "this one"))
    if study.settings.start != settings.start:
        changed.append(("start", count(len(study.settings.start), "configuration"), "another start"))
    if (was := [each.study for each in study.settings.prior]) != [each.study for each in settings.prior]:
        changed.append(("prior", was, [each.study for each in settings.prior]))
    if study.settings.earlier:
        remedy = f"go on with `ikura resume {study.name}`"
        if study.outcome is not None:
            remedy = f"see its answer by `ikura show {study.name}`, or ikura.load({study.name!r}) in Python"
        raise SettingError(
            f"{study.name}: it was changed since, and no arguments are those of all its rounds: {remedy}"
        )
    for name, old, new in changed:
        raise SettingError(
            f"{name}: {study.name!r} was begun with {old}, and {new} is given; a study goes on as it began: give the "
            "same, or another name"
        )


def take_up(store: Store, name: str) -> None:
    """Note in the store that a study goes on."""
    store.set_status(name, "running")
    store.add_event(name, "resumed", "the study goes on")

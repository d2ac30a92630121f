"""The result of a study that is complete, from the store."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from ikura.errors import SettingError
from ikura.records import History, StudyRecord
from ikura.store import open_store, read_whole
from ikura.study.arguments import check_kind
from ikura.study.calling import call_again, public
from ikura.study.result import Result

if TYPE_CHECKING:
    from ikura.model import Ensemble, Model
    from ikura.nn import Network


@public
def load(name: str, *, store: str | Path | None = None, network: "Network | None" = None) -> Result:
    """Return the result of a complete study, with its model, if that was saved.

    Args:
        name: of the study.
        store: the database, as for `tune`.
        network: the same network again, if it was your own.

    Raises:
        IkuraError: one line, if there is no such study, it is not complete, or its model is damaged.
    """
    if not isinstance(name, str):
        raise SettingError(f"name: {name!r} is given; it must be a study's name: see `ikura list`")
    check_kind("store", store, str, Path)
    with open_store(None if store is None else str(store), must_exist=True) as database:
        record, _, history = read_whole(database, name)
    if record.outcome is None:
        again = call_again(name, record.settings, store)
        how = "it was imported" if record.settings.imported else f"it is {record.status}"
        advice = f"see `ikura show {name}`" if record.settings.imported else f"go on with {again}"
        raise SettingError(f"{name}: {how}; only a study that Ikura has completed has a result: {advice}")
    return loaded(record, history, network)


def loaded(record: StudyRecord, history: History, network: "Network | None") -> Result:
    """Return the result of a complete study; where it has no model, this says why when it is asked for.

    Raises:
        ModelError: the model is damaged, or is not of this network.
    """
    assert record.outcome is not None
    if record.settings.code is not None:
        return Result(record, history, None)
    if (lacking := _lacking(record, network)) is not None:
        return Result(record, history, None, lacking)
    assert record.outcome.model is not None
    from ikura.model import load_model  # it imports JAX

    model = cast("Model", load_model(record.outcome.model, network=network))
    told, ensemble = record.outcome.ensemble, None
    if told is not None and told.model is not None and Path(told.model).exists():
        ensemble = cast("Ensemble", load_model(told.model, network=network))
    return Result(record, history, model, combined=ensemble)


def _lacking(record: StudyRecord, network: "Network | None") -> str | None:
    """Return why there can be no model; None where there can."""
    assert record.outcome is not None
    name, folder = record.name, record.outcome.model
    if folder is None:
        return f"{name}: its model was not saved; only a study with a folder leaves one: give tune an out=..."
    if not Path(folder).exists():
        return (
            f"{name}: its model was saved in {folder}, which is not there; a model that was moved can still be loaded: "
            "ikura.load_model(path)"
        )
    if record.settings.user_network and network is None:
        return f"{name}: its model has a network of your own; give it again: ikura.load({name!r}, network=...)"
    return None

"""The public facade: start a study, or go on with one."""

import operator
import os
import re
from numbers import Integral
from pathlib import Path

from ikura.data import Source, prepare
from ikura.errors import SettingError, StudyExists
from ikura.evaluators import FusedEvaluator, default_budget, default_space
from ikura.model import load_model
from ikura.nn import Network, check_methods
from ikura.records import History
from ikura.samplers import CoarseToFineSampler, Sampler
from ikura.space import Space
from ikura.store import Store, StudyRecord, is_imported, open_store, read_whole
from ikura.study.happenings import Happening, Watcher
from ikura.study.result import Result
from ikura.study.run import Run
from ikura.study.settings import Settings, machine, make_sampler, study_folder, versions
from ikura.study.tracking import make_tracking

MOST_TRIALS, MOST_EPOCHS, MOST_SEED = 1_000_000, 10_000, 2**63 - 1
"""Of trials and epochs more would fill the memory with tables; of the seed, the store keeps 64 bits."""


LONGEST_STEM = 60
"""Characters of the data's name in a study's; a name has room for more."""


def _ignore(_: Happening) -> None:
    """Watches nothing."""


def tune(
    data: Source = "digits",
    *,
    space: Space | None = None,
    target: str | int | None = None,
    network: Network | None = None,
    sampler: str | Sampler = "coarse-to-fine",
    rounds: int | None = None,
    trials: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    name: str | None = None,
    store: str | Path | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    track: str | None = None,
    watch: Watcher = _ignore,
) -> Result:
    """Searches for good hyperparameters, and trains and tests the network that they make.

    Args:
        data: a bundled set (`digits`, `wine`, `breast-cancer`, `iris`), the path of a CSV, TSV, NPZ or Parquet file, a
            pandas frame, arrays `(x, y)`, or your own split `{"train": (x, y), "dev": (x, y), "test": (x, y)}`.
        space: the search space; by default one that suits the size of the data.
        target: the column of the labels in a file or frame, by name or position; by default the last.
        network: a network of your own; by default a multilayer perceptron with batch normalisation.
        sampler: `random`, `grid`, `sobol` or `coarse-to-fine`, or a sampler of your own.
        rounds: of the coarse-to-fine search; by default 4.
        trials: how many configurations to try; by default 128, or 32 from 10,000 training examples on.
        epochs: how long to train each; by default 30, or 10 from 10,000 training examples on.
        seed: of the split, the search, the initial weights, the mini-batches and dropout.
        name: of the study in the store; by default the data's name and a number.
        store: the database, as `sqlite:///PATH`, a path that ends in .db or `postgresql://USER:PASSWORD@HOST/DATABASE`;
            by default one for all of your studies.
        out: a folder in which the study's own folder with the model and the report is made; by default none is.
        resume: whether to go on with the study of this name, if there is one that was stopped; its other arguments
            must be the same. If it is complete and left a model, that is the result.
        track: `tensorboard:FOLDER` or `mlflow:ADDRESS`, where trials are told as they come in.
        watch: called with everything worth telling while the study runs (see `ikura.study.happenings`).

    Raises:
        IkuraError: one line about a mistake in an argument, the data or the space. Nothing has been stored then.
    """
    chosen = make_sampler(sampler, rounds) if isinstance(sampler, str) else sampler
    if not hasattr(chosen, "propose"):
        raise SettingError(f"sampler: {sampler!r} has no propose; it must be a sampler or its name: give one of these")
    trials = None if trials is None else _whole("trials", trials, 1, MOST_TRIALS)
    epochs = None if epochs is None else _whole("epochs", epochs, 1, MOST_EPOCHS)
    seed = _whole("seed", seed, 0, MOST_SEED)
    target = operator.index(target) if isinstance(target, Integral) else target
    if space is not None and not isinstance(space, Space):
        raise SettingError(
            f"space: {type(space).__name__} is given; it must be an ikura.Space: try Space.from_toml(text)"
        )
    if network is not None:
        check_methods(network)
    _check_kind("name", name, str)
    _check_kind("store", store, str, Path)
    _check_kind("out", out, str, Path)
    _check_kind("track", track, str)
    if not callable(watch):
        raise SettingError(f"watch: {watch!r} cannot be called; it must be a function of what happens: give one")
    if out is not None:
        _check_folder(Path(out))
    if resume and name is None:
        raise SettingError("resume: no name is given; a study to go on with must have one: give its name")
    tracking = None if track is None else make_tracking(track)
    dataset = prepare(data, target=target, seed=seed)
    examples = len(dataset.train.y)
    default_trials, default_epochs = default_budget(examples)
    settings = Settings(
        data=_lasting(dataset.name),
        target=target,
        seed=seed,
        trials=default_trials if trials is None else trials,
        epochs=default_epochs if epochs is None else epochs,
        sampler=sampler if isinstance(sampler, str) else type(sampler).__name__,
        rounds=chosen.rounds if isinstance(chosen, CoarseToFineSampler) else None,
        network="mlp" if network is None else "custom",
        out=None if out is None else str(Path(out).absolute()),
        fingerprint=dataset.fingerprint,
        examples={"train": examples, "dev": len(dataset.dev.y), "test": len(dataset.test.y)},
        features=dataset.train.x.shape[1],
        columns=len(dataset.preprocessing.columns),
        classes=dataset.classes,
        notes=dataset.notes,
        versions=versions(),
        machine=machine(),
    )
    space = default_space(examples, own_network=network is not None) if space is None else space
    # A sampler that cannot serve this space or budget says so here, before anything is stored.
    chosen.propose(space, History(), settings.trials, seed)
    evaluator = FusedEvaluator(dataset, space, seed=seed, epochs=settings.epochs, network=network)
    with open_store(None if store is None else str(store)) as database:
        if resume and (begun := next((study for study in database.studies() if study.name == name), None)):
            _, _, history = read_whole(database, begun.name)
            _check_same(begun, settings, space)
            if begun.outcome is not None and begun.outcome["model"] is not None:
                return Result(begun, history, load_model(begun.outcome["model"], network=network))
            _check_unfinished(begun)
            _take_up(database, begun.name)
            settings, study = Settings.from_json(begun.settings), begun.name
        else:
            study = _create(database, name, settings, space)
        return Run(database, study, settings, dataset, space, chosen, evaluator, network, watch, tracking).finish()


def resume(
    name: str,
    *,
    data: "Source | None" = None,
    network: Network | None = None,
    sampler: Sampler | None = None,
    store: str | Path | None = None,
    track: str | None = None,
    watch: Watcher = _ignore,
) -> Result:
    """Goes on with a study that was interrupted; trials that were stored are not trained again.

    Args:
        name: of the study.
        data: the same data again, if it came from Python and not from a file.
        network: the same network again, if it was your own.
        sampler: the same sampler again, if it was your own.
        store: the database, as for `tune`.
        track: as for `tune`.
        watch: as for `tune`.

    Raises:
        IkuraError: one line, if there is no such study, it is complete, another process goes on with it, or the data
            is not what it was.
    """
    tracking = None if track is None else make_tracking(track)
    _check_kind("name", name, str)
    _check_kind("store", store, str, Path)
    with open_store(None if store is None else str(store), must_exist=True) as database:
        study, space, _ = read_whole(database, name)
        settings = Settings.from_json(study.settings)
        _check_unfinished(study)
        # From here on nobody else goes on with it.
        database.claim(name)
        if data is None and settings.data.startswith("<"):
            raise SettingError(f"{name}: its data came from Python; give it again: resume({name!r}, data=...)")
        if network is None and settings.network == "custom":
            raise SettingError(f"{name}: its network is one of your own; give it again: resume({name!r}, network=...)")
        chosen = make_sampler(settings.sampler, settings.rounds) if sampler is None else sampler
        dataset = prepare(settings.data if data is None else data, target=settings.target, seed=settings.seed)
        if (dataset.fingerprint, dataset.classes) != (settings.fingerprint, settings.classes):
            raise SettingError(
                f"{name}: the data in {settings.data} has changed since the study began; "
                "it must be the same: restore it, or start a new study"
            )
        evaluator = FusedEvaluator(dataset, space, seed=settings.seed, epochs=settings.epochs, network=network)
        _take_up(database, name)
        return Run(database, name, settings, dataset, space, chosen, evaluator, network, watch, tracking).finish()


def _check_unfinished(study: StudyRecord) -> None:
    if study.status == "complete":
        name = study.name
        raise SettingError(f"{name}: this study is complete; only others can be resumed: see `ikura show {name}`")
    if is_imported(study.settings):
        raise SettingError(
            f"{study.name}: this study was imported; only one that Ikura began can be resumed: see `ikura show "
            f"{study.name}`"
        )


def _check_same(study: StudyRecord, settings: Settings, space: Space) -> None:
    """Checks that a study was begun with these arguments, as far as its numbers depend on them."""
    before, now = dict(study.settings), settings.to_json()
    # Of other data or another seed the fingerprint is another one as well, but says nothing to anybody.
    names = ("data", "target", "network", "sampler", "rounds", "trials", "epochs", "seed", "fingerprint")
    changed = [(name, before[name], now[name]) for name in names if before[name] != now[name]]
    if study.space != space.to_toml():
        changed.append(("space", "another one", "this one"))
    for name, old, new in changed:
        raise SettingError(
            f"{name}: {study.name!r} was begun with {old}, and {new} is given; a study goes on as it began: give the "
            "same, or another name"
        )


def _take_up(store: Store, name: str) -> None:
    store.set_status(name, "running")
    store.add_event(name, "resumed", "the study goes on")


def _lasting(data: str) -> str:
    """The data's name, as it can be found from another folder."""
    return str(Path(data).absolute()) if Path(data).is_file() else data


def _check_kind(what: str, given: object, *kinds: type) -> None:
    if given is not None and not isinstance(given, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise SettingError(f"{what}: {given!r} is of type {type(given).__name__}; it must be a {names}: change it")


def _whole(what: str, number: object, least: int, most: int) -> int:
    """The number as Python's int, whichever integral type it is of; NumPy's are no ints."""
    whole = operator.index(number) if isinstance(number, Integral) and not isinstance(number, bool) else None
    if whole is None or not least <= whole <= most:
        raise SettingError(
            f"{what}: {number!r} is given; it must be a whole number, {least} or more and at most {most:,}: change it"
        )
    return whole


def _check_folder(path: Path) -> None:
    """Checks that a folder can be written, or made: half an hour later would be too late."""
    there = next(folder for folder in (path.absolute(), *path.absolute().parents) if os.path.lexists(folder))
    if not there.is_dir():
        raise SettingError(f"out: {there} is not a folder; results need one: give another out")
    if not os.access(there, os.W_OK | os.X_OK):
        raise SettingError(f"out: {there} cannot be written; results need a folder that can: give another out")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"out: {path} cannot be made ({error.strerror}); give another out") from error


def _create(store: Store, name: str | None, settings: Settings, space: Space) -> str:
    """Stores the new study, under a free name if none is given."""
    taken = {study.name for study in store.studies()}
    if name is not None:
        folder = study_folder(settings.out, name)
        if name and name not in taken and _is_there(folder):
            raise SettingError(
                f"out: {folder} is there already; results are never overwritten: give another out or name"
            )
        store.create(name, settings=settings.to_json(), space=space.to_toml())
        return name
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(settings.data).stem)[:LONGEST_STEM].strip("-") or "study"
    number = 1
    while True:
        name = f"{stem}-{number}"
        folder = study_folder(settings.out, name)
        if name not in taken and not _is_there(folder):
            try:
                store.create(name, settings=settings.to_json(), space=space.to_toml())
            except StudyExists:  # another process was faster
                taken.add(name)
            else:
                return name
        number += 1


def _is_there(folder: Path | None) -> bool:
    """Whether results would have to share a folder; says, too, that there cannot be such a folder."""
    try:
        return folder is not None and folder.exists()
    except OSError as error:
        assert folder is not None
        raise SettingError(
            f"name: {folder.name[:20]!r}... cannot be the name of a folder ({error.strerror}); the results of a study "
            "are kept in one: give a shorter name, or another out"
        ) from error

"""The public facade: start a study, or go on with one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ikura.errors import SettingError
from ikura.evaluators import Evaluator
from ikura.forks import begin_jax
from ikura.records import History
from ikura.samplers import SamplerLike, make_sampler, round_sizes
from ikura.schedulers import make_scheduler
from ikura.space import Space
from ikura.store import open_store, read_whole
from ikura.study.arguments import (
    Arguments,
    above_zero,
    check_kind,
    check_stored,
    check_unused,
    checked,
    checked_running,
)
from ikura.study.asking import ask
from ikura.study.calling import call_again, public
from ikura.study.code_subject import Running, Train, code_again, code_subject, is_code
from ikura.study.continuing import begun, check_same, check_unfinished, take_up
from ikura.study.creation import create
from ikura.study.events import StudyEvent, Watcher
from ikura.study.loading import loaded
from ikura.study.result import Result
from ikura.study.run import delete_study, run
from ikura.study.settings import budget, settings_of
from ikura.study.study import Study
from ikura.study.subject import Subject
from ikura.study.tracking import Tracking, make_tracking
from ikura.workers import check_not_loading

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ikura.data import Source
    from ikura.nn import Network
    from ikura.tasks import ClassWeights, OwnMetric


def _ignore(_: StudyEvent) -> None:
    """Watch nothing."""


@public
def tune(
    data: "Source | Train" = "digits",
    y: "ArrayLike | None" = None,
    *,
    space: Space | None = None,
    target: "str | int | Sequence[str | int] | Mapping[str | int, float] | None" = None,
    task: str | None = None,
    loss: str | None = None,
    class_weights: "ClassWeights | None" = None,
    weights: "str | int | ArrayLike | None" = None,
    groups: "str | int | ArrayLike | None" = None,
    time: "str | int | ArrayLike | None" = None,
    folds: int | None = None,
    threshold: str | None = None,
    network: "Network | None" = None,
    sampler: SamplerLike = "coarse-to-fine",
    rounds: int | None = None,
    schedule: str = "full",
    reduction: int | None = None,
    min_epochs: int | None = None,
    trials: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    metric: "str | OwnMetric | None" = None,
    direction: str | None = None,
    workers: int | None = None,
    retries: int = 0,
    time_limit: float | None = None,
    silence_limit: float | None = None,
    memory_limit: float | None = None,
    finals: bool = False,
    timeout: float | None = None,
    reference_error: float | None = None,
    name: str | None = None,
    store: str | Path | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    track: str | None = None,
    watch: Watcher | None = None,
) -> Result:
    """Search for good hyperparameters, and train and test the network that they make; or run your own training code.

    Args:
        data: your training code: a function `train(trial)`, its name as `module:function` or `file.py:function`, or an
            `ikura.Program`. Or data for Ikura's own training: a bundled set (`digits`, `wine`, `breast-cancer`,
            `iris`), the path of a CSV, TSV, Excel, NPZ or Parquet file (or an `ikura.CsvFile`), a pandas frame, arrays
            `(x, y)`, or your own split `{"train": (x, y), "dev": (x, y), "test": (x, y)}`.
        y: the labels, where `data` is the features alone: `tune(x, y)` is `tune((x, y))`.
        space: the search space; by default one that suits the size of the data, or, for a function of another tuner's,
            what it asks for.
        target: the column of the labels in a file or frame, by name or position; by default the last. Of several, which
            are learned together, a list, or a dict of how much each counts.
        task: what is learned of it: `classification`, `regression`, `counts` or `multilabel`; by default what the
            target itself says.
        loss: that numbers are held to: `squared`, `absolute`, `huber` (or `huber:DELTA`), `quantile:0.9` or several,
            `quantile:0.1,0.5,0.9`.
        class_weights: how much the classes count in training, as a dict, or `balanced`: all classes the same; of labels
            such that are there.
        weights: how much each example counts in training and in the losses: a column, or an array.
        groups: what examples belong to, as patients or sites: a column, or an array; no group is in two parts.
        time: when examples happened: a column, or an array; the earliest are for training, the latest the test.
        folds: for cross-validation, which small data need: each trial is trained so many times, each time measured on
            another fold of the train and dev examples, and judged by the mean.
        threshold: `dev` has the dev examples choose, for the metric, from which probability on an example is called
            positive, of two classes; by default a half.
        network: a network of your own; by default a multilayer perceptron with batch normalisation.
        sampler: `random`, `grid`, `sobol`, `coarse-to-fine`, or Optuna's `tpe`, `gp`, `cma-es` or `qmc`; or a sampler
            of your own, or any of Optuna's.
        rounds: of the coarse-to-fine search, by default 4; of Optuna's samplers, by default 16.
        schedule: who is trained how far: `full`, `halving` (successive halving) or `pbt` (population-based training).
        reduction: of successive halving: one in so many trials goes on from each rung; by default 3.
        min_epochs: epochs of the first rung of successive halving, or between two copies of population-based training.
        trials: how many configurations to try; by default 128, or 32 from 10,000 training examples on, or 64 of
            training code.
        epochs: how long to train a trial to its end; by default 30, or 10 from 10,000 training examples on, or 1 of
            training code.
        seed: of the split, the search, the initial weights, the mini-batches and dropout.
        metric: what is optimised. Of data by default the accuracy, or what goes with the task: another name (see
            docs/targets.md), or a function of what is true and what is predicted, as scikit-learn's metrics are. Of
            training code what of its reports; by default `loss`.
        direction: of a function or of training code, `minimize` or `maximize`; by default what the metric's name says.
        workers: of training code: how many processes train at once; by default one for each GPU, or core.
        retries: how many times a trial that fails is begun again.
        time_limit: seconds for a trial, or for each stretch of it that a schedule trains; then it has failed.
        silence_limit: seconds to the first report, and from each to the next; then it has failed.
        memory_limit: GiB for a worker process with all that it starts; then its trial has failed.
        finals: whether training code is run again under other seeds for the best few configurations.
        timeout: seconds for the search: after them no trial begins, and those under way are stopped; the finals follow.
        reference_error: what could be reached in the metric, as people do: the report holds the training error against
            it. Of a metric that grows to 1, as the accuracy does, it is what lacks: 0.02 of an accuracy of 98 %.
        name: of the study in the store; by default the data's name and a number.
        store: the database, as `sqlite:///PATH`, a path that ends in .db or `postgresql://USER:PASSWORD@HOST/DATABASE`;
            by default one for all of your studies.
        out: a folder in which the study's own folder with the model and the report is made; by default none is.
        resume: whether to go on with the study of this name, if there is one that was stopped; its other arguments
            must be the same. If it is complete and left a model, that is the result.
        track: `tensorboard:FOLDER` or `mlflow:ADDRESS`, where trials are told as they come in.
        watch: called with everything worth telling while the study runs (see `ikura.study.events`). By default a
            terminal or a notebook shows how it goes; None is for silence.

    Raises:
        IkuraError: one line about a mistake in an argument, the data or the space. Nothing has been stored then.
    """
    check_not_loading()
    data = _with_labels(data, y)
    arguments = checked(
        {
            "space": space,
            "target": target,
            "task": task,
            "loss": loss,
            "class_weights": class_weights,
            "weights": weights,
            "groups": groups,
            "time": time,
            "folds": folds,
            "threshold": threshold,
            "network": network,
            "sampler": sampler,
            "rounds": rounds,
            "schedule": schedule,
            "reduction": reduction,
            "min_epochs": min_epochs,
            "trials": trials,
            "epochs": epochs,
            "seed": seed,
            "out": out,
            "timeout": timeout,
            "reference_error": reference_error,
        }
    )
    check_kind("name", name, str)
    running = checked_running(
        {
            "metric": metric,
            "direction": direction,
            "workers": workers,
            "retries": retries,
            "time_limit": time_limit,
            "silence_limit": silence_limit,
            "memory_limit": memory_limit,
            "finals": finals,
        }
    )
    tracking = _check_surroundings(store, track, watch)
    if resume and name is None:
        raise SettingError("resume: no name is given; a study to go on with must have one: give its name")
    subject = _subject(data, arguments, running)
    space = subject.space if space is None else space
    chosen, (trials, epochs) = arguments.make_sampler(), budget(arguments, subject)
    evaluator = subject.evaluator(space, seed=arguments.seed, epochs=epochs)
    with _closed_if_unused(evaluator):
        scheduler = make_scheduler(
            schedule,
            horizon=epochs,
            reduction=arguments.reduction,
            min_epochs=arguments.min_epochs,
            space=space,
            fixed=evaluator.fixed,
        )
        settings = settings_of(arguments, subject, evaluator, scheduler)
        # A sampler that cannot serve this space or budget says so here, before anything is stored.
        ask(chosen, space, History.of(settings), trials, arguments.seed)
        with open_store(None if store is None else str(store)) as database:
            earlier = begun(database, name) if resume else None
            if earlier is not None:
                read_whole(database, earlier.name)
                check_same(earlier, settings, space)
                if earlier.outcome is not None:
                    evaluator.close(done=False)
                    return loaded(earlier, database.history(earlier.name), network)
                check_unfinished(earlier, store)
                take_up(database, earlier.name)
                settings, study = earlier.settings, earlier.name
            else:
                study, settings = create(database, name, settings, space)
            again = call_again(study, settings, store)
            limit = arguments.timeout
            made = Study(
                database, study, settings, space, chosen, scheduler, evaluator, watch or _ignore, tracking, again, limit
            )
            try:
                return _run(made, subject)
            except SettingError:
                # A mistake that only training could show leaves no study behind.
                if earlier is None and _is_untouched(database.history(study)):
                    delete_study(database, database.study(study))
                raise


@public
def resume(
    name: str,
    *,
    data: "Source | None" = None,
    network: "Network | None" = None,
    sampler: SamplerLike | None = None,
    train: "Train | None" = None,
    metric: "OwnMetric | None" = None,
    weights: "ArrayLike | None" = None,
    groups: "ArrayLike | None" = None,
    time: "ArrayLike | None" = None,
    timeout: float | None = None,
    store: str | Path | None = None,
    track: str | None = None,
    watch: Watcher | None = None,
) -> Result:
    """Go on with a study that was interrupted; epochs that were stored are not trained again.

    Args:
        name: of the study.
        data: the same data again, if it came from Python and not from a file.
        network: the same network again, if it was your own.
        sampler: the same sampler again, if it was your own.
        train: the same training function again, if it came from Python.
        metric: the same function again, if it was your own.
        weights: the same weights again, if they were an array.
        groups: the same groups again, if they were an array.
        time: the same times again, if they were an array.
        timeout: seconds for what is left of the search; by default as many as the study began with.
        store: the database, as for `tune`.
        track: as for `tune`.
        watch: as for `tune`.

    Raises:
        IkuraError: one line, if there is no such study, it is complete, another process goes on with it, or the data
            is not what it was.
    """
    if not isinstance(name, str):
        raise SettingError(f"name: {name!r} is given; it must be a study's name: see `ikura list`")
    timeout = above_zero("timeout", timeout, "seconds")
    tracking = _check_surroundings(store, track, watch)
    with open_store(None if store is None else str(store), must_exist=True) as database:
        record, space, _ = read_whole(database, name)
        settings = record.settings
        check_unfinished(record, store)
        check_stored(name, settings)
        # From here on nobody else goes on with it.
        database.claim(name)
        if sampler is None and settings.user_sampler:
            raise SettingError(f"{name}: its sampler is one of your own; give it again: resume({name!r}, sampler=...)")
        chosen = make_sampler(settings.sampler if sampler is None else sampler, settings.rounds)
        subject: Subject
        if settings.code is None:
            begin_jax()
            from ikura.study.data_subject import data_again  # it imports JAX, which training code does without

            subject = data_again(
                name,
                settings,
                data=data,
                network=network,
                metric=metric,
                arrays={"weights": weights, "groups": groups, "time": time},
            )
        else:
            subject = code_again(name, settings, train)
        evaluator = subject.evaluator(space, seed=settings.seed, epochs=settings.epochs)
        with _closed_if_unused(evaluator):
            scheduler = make_scheduler(
                settings.schedule,
                horizon=settings.epochs,
                reduction=settings.reduction,
                min_epochs=settings.min_epochs,
                space=space,
                fixed=evaluator.fixed,
            )
            take_up(database, name)
            again = call_again(name, settings, store)
            limit = settings.timeout if timeout is None else timeout
            made = Study(
                database, name, settings, space, chosen, scheduler, evaluator, watch or _ignore, tracking, again, limit
            )
            return _run(made, subject)


def _with_labels(data: "Source | Train", y: "ArrayLike | None") -> "Source | Train":
    """Return the data with its labels, where these are given beside it.

    Raises:
        SettingError: it cannot need any.
    """
    if y is None:
        return data
    if isinstance(y, Space):
        raise SettingError("y: a Space is given; y are the labels of features: name it, as space=...")
    if type(data) in (str, dict, tuple) or callable(data):  # one kind of SciPy's sparse matrices is a dict
        raise SettingError(
            f"y: labels are given beside {type(data).__name__} {data if isinstance(data, str) else '...'!r}; only "
            "features alone need them: leave it out, or give tune(x, y)"
        )
    return data, y


def _subject(data: "Source | Train", arguments: Arguments, running: Running) -> Subject:
    """Return what is tuned: training code, or a network on data.

    Raises:
        SettingError: an argument is for the other of the two.
    """
    if is_code(data):
        given_roles = arguments.roles.given
        for name in (
            "target",
            "task",
            "loss",
            "class_weights",
            "weights",
            "groups",
            "time",
            "folds",
            "threshold",
            "network",
            "reference_error",
        ):
            given = given_roles.get(name) if name in ("weights", "groups", "time") else getattr(arguments, name)
            if given is not None:
                raise SettingError(
                    f"{name}: {given!r} is given; it is for networks that Ikura trains on data, and your own training "
                    "code has its own: leave it out"
                )
        return code_subject(data, running, has_space=arguments.space is not None)
    if isinstance(data, str) and data.endswith(".py"):
        raise SettingError(f"{data}: a file of Python is given; training code is one function of it: {data}:FUNCTION")
    check_unused(running)
    begin_jax()
    from ikura.study.data_subject import data_subject  # it imports JAX, which training code does without

    return data_subject(cast("Source", data), arguments, running)


def _is_untouched(history: History) -> bool:
    """Return whether nothing has come of any trial."""
    return not history.epochs.any() and not history.errors


@contextmanager
def _closed_if_unused(evaluator: Evaluator) -> Iterator[None]:
    """Close an evaluator where a study cannot begin; one that runs closes it itself, which may be done twice."""
    try:
        yield
    except BaseException:
        evaluator.close(done=False)
        raise


def _run(study: Study, subject: Subject) -> Result:
    epochs = study.scheduler.planned_epochs(round_sizes(study.sampler, study.settings.trials))
    return run(study, subject.prediction(study, epochs), epochs)


def _check_surroundings(store: object, track: str | None, watch: object) -> Tracking | None:
    """Return the tracking that was asked for; raise SettingError for what no study can be told to or kept in."""
    check_kind("store", store, str, Path)
    check_kind("track", track, str)
    if watch is not None and not callable(watch):
        raise SettingError(f"watch: {watch!r} cannot be called; it must be a function of what happens: give one")
    return None if track is None else make_tracking(track)

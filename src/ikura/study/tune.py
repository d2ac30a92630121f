"""The public facade: start a study, or go on with one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ikura.errors import SettingError
from ikura.forks import begin_jax
from ikura.records import Config, History
from ikura.samplers import SamplerLike, begun_with, make_sampler
from ikura.space import Space, spaces_of
from ikura.store import read_whole
from ikura.study.arguments import above_zero, check_kind, check_stored, checked
from ikura.study.assembly import Surroundings, assemble, assemble_new
from ikura.study.beginning import earlier_studies
from ikura.study.calling import public
from ikura.study.changing import Change
from ikura.study.code_subject import Train, code_again
from ikura.study.continuing import begun, check_same, check_unfinished, take_up
from ikura.study.creation import create
from ikura.study.events import Watcher
from ikura.study.loading import loaded
from ikura.study.result import Result
from ikura.study.run import delete_study
from ikura.study.subject import Subject
from ikura.workers import check_not_loading

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ikura.data import Source
    from ikura.nn import Network
    from ikura.tasks import ClassWeights, OwnMetric


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
    ensemble: bool = False,
    network: "Network | None" = None,
    sampler: SamplerLike = "thompson",
    rounds: int | None = None,
    start: Config | Sequence[Config] | None = None,
    prior: str | Sequence[str] | None = None,
    schedule: str | None = None,
    reduction: int | None = None,
    min_epochs: int | None = None,
    trials: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    metric: "str | OwnMetric | Sequence[str | OwnMetric] | None" = None,
    direction: str | Sequence[str | None] | None = None,
    constraint: str | Sequence[str] | None = None,
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
        ensemble: whether networks of the best trials are put together, beside the single winner, and kept where they
            are better than it under the seeds of the finals.
        network: a network of your own; by default a multilayer perceptron with batch normalisation.
        sampler: `random`, `grid`, `sobol`, `coarse-to-fine`, `thompson`, or Optuna's `tpe`, `gp`, `cma-es` or
            `qmc`; or a sampler of your own, or any of Optuna's.
        rounds: of `coarse-to-fine` and `thompson`, by default 4; of Optuna's samplers, by default 16.
        start: configurations to try first, dicts of hyperparameters; what one leaves out is drawn (see
            docs/warm-start.md).
        prior: the names of earlier studies in the same store, from which this one learns.
        schedule: who is trained how far: `full`, `halving` (successive halving), `hyperband`, `asha` (asynchronous
            halving), `median` (median stopping), `patience` (early stopping) or `pbt` (population-based training). By
            default `halving` for one objective of networks on data with 9 epochs and 9 trials in a round or more,
            otherwise `full`.
        reduction: of `halving`, `hyperband` and `asha`: one in so many trials goes on from each rung; by default 3.
        min_epochs: epochs of the first rung of these, between two looks of `median` or two copies of `pbt`, or that
            `patience` waits for a better value.
        trials: how many configurations to try; by default 128, or 32 from 10,000 training examples on, or 64 of
            training code.
        epochs: how long to train a trial to its end; by default 100, or 10 from 10,000 training examples on, or 1 of
            training code.
        seed: of the split, the search, the initial weights, the mini-batches and dropout.
        metric: what is optimised. Of data by default the accuracy, or what goes with the task: another name (see
            docs/targets.md), or a function of what is true and what is predicted, as scikit-learn's metrics are. Of
            training code what of its reports; by default `loss`. Or a list of two, for which the result has the front
            of the best compromises (see docs/objectives.md).
        direction: of a function or of training code, `minimize` or `maximize`; by default what the metric's name says.
            Of two metrics a list of two.
        constraint: what a metric must keep to, as `latency <= 5` or `accuracy >= 0.9`, or a list of such: trials that
            do come before those that do not.
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
    given = dict(locals())  # first of all: the arguments by name
    check_not_loading()
    data = _with_labels(data, y)
    arguments = checked(given)
    check_kind("name", name, str)
    surroundings = Surroundings.checked(store, track, watch)
    if resume and name is None:
        raise SettingError("resume: no name is given; a study to go on with must have one: give its name")
    known = earlier_studies(arguments.prior, _location(store), begun_as=name if resume else None)
    with assemble_new(data, arguments, known) as (assembly, settings), surroundings.open() as database:
        earlier = begun(database, name) if resume else None
        if earlier is not None:
            read_whole(database, earlier.name)
            check_same(earlier, settings, assembly.space)
            if earlier.outcome is not None:
                assembly.evaluator.close(done=False)
                return loaded(earlier, database.history(earlier.name), network)
            check_unfinished(earlier, store)
            take_up(database, earlier.name)
            settings, study = earlier.settings, earlier.name
        else:
            study, settings = create(database, name, settings, assembly.space)
        try:
            return assembly.run(database, study, settings, surroundings, arguments.timeout)
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
    space: Space | None = None,
    trials: int | None = None,
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
        space: another one for the rounds to come, wider or narrower; trials of before stay (see docs/space.md).
        trials: more of them than the study began with. So a complete study goes on, too, that was not tested.
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
    surroundings = Surroundings.checked(store, track, watch)
    with surroundings.open(must_exist=True) as database:
        record, _, history = read_whole(database, name)
        settings = record.settings
        check_stored(name, settings)
        change = Change.checked(record, history, space, trials)
        if change is None or settings.imported:
            check_unfinished(record, store)
        if record.status != "complete":
            # From here on nobody else goes on with it.
            database.claim(name)
        if sampler is None and settings.user_sampler:
            raise SettingError(f"{name}: its sampler is one of your own; give it again: resume({name!r}, sampler=...)")
        chosen = make_sampler(settings.sampler if sampler is None else sampler, settings.rounds)
        chosen = begun_with(chosen, settings.start, settings.prior)
        subject: Subject
        if settings.code is None:
            begin_jax()
            from ikura.study.data_subject import data_again  # it imports JAX, which training code does without

            arrays = {"weights": weights, "groups": groups, "time": time}
            subject = data_again(name, settings, data=data, network=network, metric=metric, arrays=arrays)
        else:
            subject = code_again(name, settings, train)
        *earlier, now = spaces_of(settings, record.space)
        if change is not None:
            earlier, now = [*earlier, now], change.space
        with assemble(settings, settings.epochs, settings.schedule, subject, now, chosen, earlier) as assembly:
            if change is not None:
                settings = change.make(database, assembly.evaluator)
            take_up(database, name)
            return assembly.run(
                database, name, settings, surroundings, settings.timeout if timeout is None else timeout
            )


def _location(store: str | Path | None) -> str | None:
    return None if store is None else str(store)


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


def _is_untouched(history: History) -> bool:
    """Return whether nothing has come of any trial."""
    return not history.epochs.any() and not history.errors

"""Evaluates trials by running the user's own training code in worker processes."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count as counter
from pathlib import Path

import numpy as np

from ikura.errors import SettingError
from ikura.evaluators.protocol import Evaluator
from ikura.evaluators.reported import failed, result_of
from ikura.evaluators.trial_folders import TrialFolders
from ikura.evaluators.ways import ways_of
from ikura.records import JSON, Code, Config, Goal, Job, JobResult, Metric, TrialState
from ikura.space import Space
from ikura.wording import count, gist, listing, suggestion, times
from ikura.workers import Call, Ended, Ending, Journal, Known, Limits, News, Pool, Reported, Setup, Unusable

STREAM = 6
"""Of random numbers, beside those of samplers and schedulers."""

TRIALS, JOURNAL = "trials", ".journal"
"""In a study's folder: the folders of the trials, for good; in there, what was reported, until the study is over."""

MISUSES = 2
"""If so many trials make the same mistake before anything goes well in a study that goes on, its code is broken."""

LOOK_SECONDS = 0.5
"""Between two looks whether the training code is loaded: then it can be interrupted."""


def make_objective(
    code: bytes,
    settings: Code,
    metrics: Sequence[Metric],
    space: Space,
    *,
    seed: int,
    epochs: int,
    file: str | None = None,
) -> Evaluator:
    """Return what evaluates configurations by the user's own training code.

    Args:
        code: the training function, pickled.
        settings: how it is run.
        metrics: what the study optimises, and others that trials must have reported by their end.
        space: the search space.
        seed: the study's, from which each trial's own follows.
        epochs: of a trial that is trained to its end.
        file: where the function was written, if it comes by value.

    Raises:
        SettingError: the code cannot be loaded by a worker.
    """
    setup = Setup(code, settings.folder, file, metrics[0].name)
    return ObjectiveEvaluator(setup, settings, metrics, space, seed=seed, epochs=epochs)


@dataclass(slots=True)
class _Task:
    """A job on its way."""

    job: Job
    ways: tuple[str, ...]
    leg: int
    """Which of its legs is being trained."""
    call: int = -1
    """The identifier of the call for it."""
    retries: int = 0


class ObjectiveEvaluator:
    """Runs training code in worker processes, one call for each job. Implements Evaluator."""

    finisher = None
    ensembler = None
    limits: Mapping[str, tuple[float | None, float | None]] = {}

    def __init__(
        self, setup: Setup, settings: Code, metrics: Sequence[Metric], space: Space, *, seed: int, epochs: int
    ) -> None:
        """Start the first worker, and wait until it has loaded the code. Errors are those of `make_objective`."""
        self.replicates = settings.finals
        self.fixed = frozenset(name for name, dimension in space.dimensions.items() if dimension.static)
        self.slots = settings.workers
        self._settings, self._seed, self._horizon = settings, seed, epochs
        self._metric, *self._others = metrics
        self._names: set[str] = set()
        self._known: dict[str, Known] = {}
        self._ways: dict[int, set[str]] = defaultdict(set)
        """Those that each trial's jobs have gone."""
        self._going: Counter[str] = Counter()
        """How many trials have gone each way: whoever copies shares its source's, up to there."""
        self._tasks: dict[int, _Task] = {}
        """By the identifiers of their calls."""
        self._done: list[JobResult] = []
        self._identifiers = counter()
        self._retried: dict[str, list[int]] = defaultdict(list)
        """The numbers of the trials that were begun again, by what they had failed with."""
        self._again = 0
        """How many epochs that had been reported were trained again, though nothing had failed."""
        self._fresh, self._well = True, False
        """Whether nothing was known when this run began; whether a call has gone well in it."""
        self._misuses: dict[str, set[int]] = defaultdict(set)
        """The trials that made each mistake."""
        self._held: list[tuple[_Task, str]] = []
        """Those of a study that goes on, until something goes well: its code may have been broken since."""
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._folders: TrialFolders | None = None
        limits = Limits(settings.time_limit, settings.silence_limit, settings.memory_limit)
        self._pool = Pool(setup, workers=settings.workers, limits=limits)
        try:
            while not (news := self._pool.news(LOOK_SECONDS)):
                pass
            self._check_usable(news)
        except BaseException:
            self._pool.close()
            raise

    @property
    def metrics(self) -> Sequence[Metric]:
        """See `Evaluator.metrics`: what decides, and whatever else was reported so far."""
        first = (self._metric, *self._others)
        more = self._names - {metric.name for metric in first}
        return (*first, *(Metric(name, Goal.MINIMIZE) for name in sorted(more)))

    def full(self, config: Config) -> Config:
        """See `Evaluator.full`: what training code does without a hyperparameter, nobody knows."""
        return config

    def keep(self, folder: Path, study: str, results: Path) -> None:  # noqa: ARG002
        """See `Evaluator.keep`."""
        folders = trial_folders(results)
        # Beside what training code goes on from: neither is of use without the other.
        self._pool.journal, self._known = Journal.of(folders / JOURNAL, study)
        self._folders = TrialFolders(folders)
        self._fresh = not self._known
        for known in self._known.values():
            self._note(known.reports.values())

    def submit(self, jobs: Sequence[Job]) -> None:
        """See `Evaluator.submit`."""
        tasks = [_Task(job, ways, len(ways) - 1) for job in jobs for ways in [ways_of(job)]]
        # All copies before anybody changes what is copied.
        for task in tasks:
            self._going.update(set(task.ways) - self._ways[task.job.number])
            self._ways[task.job.number].update(task.ways)
            self._place(task)
        for task in tasks:
            self._go_on(task)

    def collect(self, seconds: float) -> list[JobResult]:
        """See `Evaluator.collect`."""
        for each in self._pool.news(0.0 if self._done else seconds):
            self._take(each)
        if self._well or not self._tasks:
            held, self._held = self._held, []
            for task, error in held:
                self._fail(task, error)
        done, self._done = self._done, []
        return done

    def cancel(self, trials: Collection[int]) -> None:
        """See `Evaluator.cancel`."""
        gone = {call for call, task in self._tasks.items() if task.job.number in trials}
        for call in gone:
            del self._tasks[call]
        if gone:
            self._pool.cancel(gone)
        for way in (way for number in trials for way in self._ways.pop(number, ())):
            self._going[way] -= 1
            if not self._going[way]:
                del self._going[way]
                self._known.pop(way, None)
        self._done = [result for result in self._done if result.number not in trials]
        self._held = [(task, error) for task, error in self._held if task.job.number not in trials]

    def facts(self) -> Mapping[str, JSON]:
        """See `Evaluator.facts`."""
        return {"compile": 0.0, "programs": 0, "short_of_memory": False}

    def troubles(self) -> list[tuple[str, str]]:
        """See `Evaluator.troubles`."""
        found = [
            (
                "retried",
                f"training was begun again {times(len(trials))} ({count(len(set(trials)), 'trial')}) after {reason}",
            )
            for reason, trials in self._retried.items()
        ]
        if self._again:
            said = f"{count(self._again, 'epoch')} that had been reported before a pause had to be trained again"
            found.append(("trained again", f"{said}: what was left in trial.folder did not go so far"))
        return found

    def close(self, *, done: bool) -> None:
        """See `Evaluator.close`."""
        self._pool.close()
        if done:
            self._pool.journal.remove()
            with suppress(OSError):  # somebody has left something
                self._trial_folders().folder.rmdir()
        if self._scratch is not None:
            self._scratch.cleanup()

    @property
    def _columns(self) -> list[str]:
        return [metric.name for metric in self.metrics]

    def _trial_folders(self) -> TrialFolders:
        if self._folders is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="ikura-trials-")
            self._folders = TrialFolders(Path(self._scratch.name))
        return self._folders

    def _place(self, task: _Task) -> None:
        """Have the trial's folder hold what the job goes on from; or begin with its first leg where nobody has that."""
        job, folders = task.job, self._trial_folders()
        own = folders.path(job.number, job.replicate)
        if len(job.legs) == 1 or folders.holds(own, task.ways[-1], plain=False):
            return
        *_, before, leg = job.legs
        source = folders.path(before.number, job.replicate)
        there = folders.holds(source, task.ways[-2], plain=len(job.legs) == 2)
        known = self._known.get(task.ways[-2])
        if there and known is not None and known.epochs == leg.start:
            if not source.exists():
                raise SettingError(
                    f"schedule: trial {job.number} is to go on from trial {before.number}, which left nothing in "
                    "trial.folder; where networks are copied, training code must save what it needs there, and go on "
                    "from that: do so, or use another schedule"
                )
            folders.copy(source, own, task.ways[-1])
        else:
            task.leg = 0
            folders.empty(own, task.ways[0])

    def _go_on(self, task: _Task) -> None:
        """Call for what is still to be trained of a job; its result is there where nothing is."""
        job, way, leg = task.job, task.ways[task.leg], task.job.legs[task.leg]
        known = self._known_of(task)
        last = task.leg == len(job.legs) - 1
        if last and (known.ended or min(known.epochs, known.paused) >= leg.stop):
            self._finish(task)
            return
        task.call = next(self._identifiers)
        self._tasks[task.call] = task
        start = max(known.epochs, leg.start) if last else leg.start
        folder = self._trial_folders().path(job.number, job.replicate)
        self._pool.submit(
            [
                Call(
                    identifier=task.call,
                    way=way,
                    number=leg.number,
                    seed=trial_seed(self._seed, leg.number, job.replicate),
                    config=leg.config,
                    start=start,
                    stop=leg.stop,
                    epochs=self._horizon,
                    folder=str(folder),
                )
            ]
        )

    def _take(self, news: News) -> None:
        if isinstance(news, Unusable):
            self._check_usable([news])
        elif isinstance(news, Reported) and news.call in self._tasks:
            task = self._tasks[news.call]
            self._known_of(task).reports.setdefault(news.epoch, news.metrics)
            self._note([news.metrics])
        elif isinstance(news, Ended) and news.call in self._tasks:
            self._end(self._tasks.pop(news.call), news)

    def _end(self, task: _Task, news: Ended) -> None:
        known = self._known_of(task)
        if news.ending in (Ending.MISUSED, Ending.MISCOUNTED) and self._is_broken(task.job, news):
            raise SettingError(news.error or "")
        if news.ending is Ending.MISUSED and not self._fresh and not self._well:
            self._held.append((task, news.error or ""))
            return
        if news.ending in (Ending.FAILED, Ending.MISUSED):
            self._fail(task, news.error or "")
            return
        self._well = True
        self._again += 0 if task.retries else news.again
        if task.leg and (error := self._no_copy(task, news)) is not None:
            self._fail(task, error)
            return
        stop = task.job.legs[task.leg].stop
        known.paused = max(known.paused, min(known.epochs, stop))
        if news.ending is Ending.RETURNED or known.epochs < stop:
            known.ended, known.returned = True, news.metrics
            self._note([news.metrics or {}])
        if task.leg == len(task.job.legs) - 1 or (known.ended and known.epochs < stop):
            self._finish(task)
            return
        task.leg += 1
        folders = self._trial_folders()
        own = folders.path(task.job.number, task.job.replicate)
        folders.copy(own, own, task.ways[task.leg])
        self._go_on(task)

    def _finish(self, task: _Task) -> None:
        """Take the result of a task.

        Raises:
            SettingError: the trial came to its end, and something that decides was never reported.
        """
        result = result_of(task.job, self._of(task), self._metric, self._columns, self._horizon)
        for name in (metric.name for metric in self._others):
            if result.state is TrialState.COMPLETE and name not in self._names:
                reports = sorted(self._names)
                raise SettingError(
                    f"metric or constraint: {name!r} is given, and trial {task.job.number}, which came to its end, "
                    f"reported {listing(reports, 'and')}; it must be one of these: "
                    f"{suggestion(name, reports) or 'change it'}"
                )
        self._done.append(result)

    def _no_copy(self, task: _Task, news: Ended) -> str | None:
        """Return why what was trained did not go on from what was copied for it; None where it did.

        Raises:
            SettingError: training began anew, as it will in all copies.
        """
        source, before, own = self._of(task)[0], self._of(task)[task.leg - 1], self._known_of(task)
        leg = task.job.legs[task.leg]
        if news.first is not None and news.first <= min(source.reports, default=-1) < leg.start:
            raise SettingError(
                f"schedule: trial {leg.number} was to go on at epoch {leg.start} from a copy, and its training began "
                "anew; where networks are copied, training code must go on from what is in its folder: do so, or use "
                "another schedule"
            )
        if own.epochs or news.metrics is not None or before.epochs < leg.stop:
            return None
        return (
            f"nothing was reported from epoch {leg.start} on, where its training was to go on as a copy: what was "
            "copied had not stopped there"
        )

    def _is_broken(self, job: Job, news: Ended) -> bool:
        """Return whether a mistake is one of the code rather than of one configuration."""
        trials = self._misuses[news.error or ""]
        trials.add(job.number)
        begins = self._fresh and job.number == job.start == 0
        since = not self._fresh and not self._well and len(trials) >= MISUSES
        return news.ending is Ending.MISCOUNTED or begins or since

    def _fail(self, task: _Task, error: str) -> None:
        if task.retries < self._settings.retries:
            task.retries += 1
            self._retried[gist(error)].append(task.job.number)
            self._go_on(task)
        else:
            self._done.append(failed(task.job, self._of(task), self._metric, self._columns, error))

    def _known_of(self, task: _Task) -> Known:
        """Return what is known of the leg that is being trained."""
        return self._known.setdefault(task.ways[task.leg], Known())

    def _of(self, task: _Task) -> list[Known]:
        return [self._known.get(way, Known()) for way in task.ways]

    def _note(self, metrics: Iterable[Mapping[str, float]]) -> None:
        """Take note of the names of metrics."""
        for each in metrics:
            self._names.update(each)

    def _check_usable(self, news: Sequence[News]) -> None:
        for each in news:
            if isinstance(each, Unusable):
                raise SettingError(f"train: {each.error}")


def trial_folders(results: Path) -> Path:
    """Return where in a study's folder the folders of its trials are."""
    return results / TRIALS


def trial_seed(seed: int, number: int, replicate: int) -> int:
    """Return a trial's own seed: below 2**31, which every library takes."""
    (drawn,) = np.random.SeedSequence((seed, STREAM, number, replicate)).generate_state(1)
    return int(drawn) & 0x7FFFFFFF

"""What a trial costs besides its training, in Ikura and its peers.

    python -m bench.overhead [--systems loop ikura optuna ray] [--jobs 0.001x1000 0.01x1000 1x1008] [--repeats 3]

A job is a training function that takes so many seconds, so many times: one of less than 0.1 s keeps a core busy and
runs on as many processes as there are cores, a longer one sleeps and runs on 16; give a multiple of that. All systems
draw at random from the same space, and have as many processes. Ikura keeps its trials in an SQLite file, Optuna in one
(`optuna-sqlite`) or in its journal, which is faster. `loop` is a bare loop in as many processes: the time that the
training itself takes. Each run is a process of its own, from its start to its end, imports included.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

import psutil

LONG = 0.1
"""Seconds from which a function sleeps."""

SLEEPERS = 16


def train(rate: float, seconds: float) -> float:
    """Take so many seconds, and return a value to minimise."""
    if seconds >= LONG:
        time.sleep(seconds)
    else:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass
    return (rate - 0.1) ** 2


def workers_for(seconds: float) -> int:
    """Return how many processes a job runs on."""
    return SLEEPERS if seconds >= LONG else len(os.sched_getaffinity(0))


def with_loop(seconds: float, trials: int, workers: int, folder: Path) -> None:  # noqa: ARG001
    """Only train."""
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(_some, [(seconds, trials // workers)] * workers))


def _some(job: tuple[float, int]) -> None:
    seconds, trials = job
    for _ in range(trials):
        train(0.5, seconds)


def with_ikura(seconds: float, trials: int, workers: int, folder: Path) -> None:
    """Train in a study."""
    import ikura

    ikura.tune(
        lambda trial: train(trial.config["rate"], seconds),
        space=ikura.Space(rate=ikura.Float(1e-4, 1.0, scale="log")),
        trials=trials,
        sampler="random",
        workers=workers,
        store=folder / "ikura.db",
    )


def with_optuna(seconds: float, trials: int, workers: int, folder: Path) -> None:
    """Train in as many processes that share a study in a journal."""
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(_optimize, [(seconds, trials // workers, place, "journal", folder) for place in range(workers)]))


def with_optuna_sqlite(seconds: float, trials: int, workers: int, folder: Path) -> None:
    """Train in as many processes that share a study in an SQLite database."""
    _optuna_storage("sqlite", folder)
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(_optimize, [(seconds, trials // workers, place, "sqlite", folder) for place in range(workers)]))


def _optuna_storage(kind: str, folder: Path):
    import optuna
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if kind == "sqlite":
        return RDBStorage(f"sqlite:///{folder / 'optuna.db'}", engine_kwargs={"connect_args": {"timeout": 100}})
    return JournalStorage(JournalFileBackend(str(folder / "optuna.log")))


def _optimize(job: tuple[float, int, int, str, Path]) -> None:
    import optuna

    seconds, trials, place, kind, folder = job
    sampler = optuna.samplers.RandomSampler(seed=place)
    study = optuna.create_study(
        study_name="s", storage=_optuna_storage(kind, folder), sampler=sampler, load_if_exists=True
    )
    study.optimize(lambda trial: train(trial.suggest_float("rate", 1e-4, 1.0, log=True), seconds), n_trials=trials)


def with_ray(seconds: float, trials: int, workers: int, folder: Path) -> None:
    """Train in Ray's actors."""
    import ray
    from ray import tune

    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    tuner = tune.Tuner(
        lambda config: tune.report({"loss": train(config["rate"], seconds)}),
        param_space={"rate": tune.loguniform(1e-4, 1.0)},
        tune_config=tune.TuneConfig(
            num_samples=trials, metric="loss", mode="min", max_concurrent_trials=workers, reuse_actors=True
        ),
        run_config=tune.RunConfig(storage_path=str(folder), verbose=0),
    )
    tuner.fit()
    ray.shutdown()


SYSTEMS: dict[str, Callable[[float, int, int, Path], None]] = {
    "loop": with_loop,
    "ikura": with_ikura,
    "optuna": with_optuna,
    "optuna-sqlite": with_optuna_sqlite,
    "ray": with_ray,
}


def measure(system: str, seconds: float, trials: int) -> tuple[float, float]:
    """Return the seconds of a run, and the most memory that its first process held, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        words = [sys.executable, "-m", "bench.overhead", "--run", json.dumps([system, seconds, trials, folder])]
        environment = dict(os.environ) | {"IKURA_HOME": folder}
        with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            most, watched = 0, psutil.Process(process.pid)
            while process.poll() is None:
                try:
                    most = max(most, watched.memory_info().rss)
                except psutil.Error:
                    break
                time.sleep(0.02)
            _, errors = process.communicate()
        if process.returncode:
            raise SystemExit(f"{system}: {errors.decode()[-2000:]}")
        return time.perf_counter() - began, most / 1e6


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", nargs="+", default=["loop", "ikura", "optuna"], choices=SYSTEMS)
    parser.add_argument("--jobs", nargs="+", default=["0.001x1000", "0.01x1000", "1x1008"], metavar="SECONDSxTRIALS")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        system, seconds, trials, folder = json.loads(arguments.run)
        SYSTEMS[system](seconds, trials, workers_for(seconds), Path(folder))
        return
    print("| Training | System | Seconds | ms a trial besides training | MB |\n|---|---|---|---|---|")
    for job in arguments.jobs:
        seconds, trials = (kind(part) for kind, part in zip((float, int), job.split("x"), strict=True))
        runs: dict[str, list[tuple[float, float]]] = {system: [] for system in arguments.systems}
        for _ in range(arguments.repeats):
            for system in arguments.systems:
                runs[system].append(measure(system, seconds, trials))
        ideal = seconds * trials / workers_for(seconds)
        for system, found in runs.items():
            wall, memory = median(each[0] for each in found), max(each[1] for each in found)
            cost = 1000 * (wall - ideal) / trials
            print(f"| {trials:,} x {seconds:g} s | {system} | {wall:.2f} | {cost:.2f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()

"""Ray Tune with PyTorch: one single-threaded worker a core, reused from trial to trial; no logs and no checkpoints."""

import os
import tempfile

os.environ |= {
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}  # read when Ray is imported

import ray
from ray import tune

from bench.peers import torch_training
from bench.peers.contract import CORES, Data, Job, Progress


def search(job: Job, data: Data, progress: Progress) -> None:
    """See contract.py."""
    ray.init(num_cpus=CORES, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    trainable = tune.with_resources(tune.with_parameters(_trial, job=job, data=data), {"cpu": 1})
    with tempfile.TemporaryDirectory() as folder:
        results = tune.Tuner(
            trainable,
            param_space={"number": tune.grid_search(list(range(len(job.configs))))},
            tune_config=tune.TuneConfig(metric="accuracy", mode="max", max_concurrent_trials=CORES, reuse_actors=True),
            run_config=tune.RunConfig(storage_path=folder, verbose=0, log_to_file=False, callbacks=[_Count(progress)]),
        ).fit()
        progress.best = max(result.metrics["accuracy"] for result in results)
    ray.shutdown()


class _Count(tune.Callback):
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_trial_complete(self, iteration, trials, trial, **info):  # noqa: ARG002 - Ray's signature
        self._progress.trained(0.0)


def _trial(config, job: Job, data: Data) -> None:
    number = config["number"]
    tune.report({"accuracy": torch_training.train(job.configs[number], data, job.epochs, number)})

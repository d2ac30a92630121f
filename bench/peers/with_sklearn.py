"""scikit-learn's RandomizedSearchCV with MLPClassifier, n_jobs = cores.

Its work is not quite the same: no batch normalisation, no exponential decay, a smaller last mini-batch in every epoch,
and dev accuracy only at the end. It hands nothing back before all trials are done.
"""

import os

os.environ["PYTHONWARNINGS"] = "ignore"  # for its processes: all of max_iter is meant to be used

import warnings

import numpy as np
from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV
from sklearn.neural_network import MLPClassifier

from bench.peers.contract import CORES, Data, Job, Progress, hidden_units


def search(job: Job, data: Data, progress: Progress) -> None:
    """See contract.py."""
    warnings.simplefilter("ignore")
    folds = np.repeat([-1, 0], [len(data.x), len(data.dev_x)])
    network = MLPClassifier(max_iter=job.epochs, tol=0.0, n_iter_no_change=job.epochs + 1, alpha=0.0, random_state=0)
    # A grid of one configuration each, drawn without replacement: all of them once.
    grids = [{name: [value] for name, value in _arguments(config).items()} for config in job.configs]
    fitted = RandomizedSearchCV(
        network, grids, n_iter=len(grids), cv=PredefinedSplit(folds), n_jobs=CORES, refit=False, random_state=0
    ).fit(np.concatenate([data.x, data.dev_x]), np.concatenate([data.y, data.dev_y]))
    progress.trained(float(np.nanmax(fitted.cv_results_["split0_test_score"])), len(grids))


def _arguments(config):
    return {
        "hidden_layer_sizes": tuple(hidden_units(config)),
        "batch_size": config["batch_size"],
        "learning_rate_init": config["learning_rate"],
        "solver": "adam" if config["optimizer"] == "adam" else "sgd",
        "nesterovs_momentum": False,
    }

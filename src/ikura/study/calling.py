"""How the public functions are called: by the names that users of other libraries bring, and until Ctrl-C."""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import ParamSpec, TypeVar

from ikura.errors import SettingError, StudyInterrupted
from ikura.records import Origin, Settings
from ikura.wording import suggestion

P = ParamSpec("P")
R = TypeVar("R")

OURS = {
    "data": "X dataset train_data training_data func function objective trainable hypermodel estimator train_fn fn x",
    "space": "config hyperparameters param_distributions param_grid param_space parameters params search_space",
    "target": "label label_column labels target_column y_column",
    "task": "objective_type problem_type task_type",
    "loss": "criterion loss_function loss_fn",
    "class_weights": "class_weight",
    "weights": "sample_weight sample_weights weight weight_column weight_col",
    "groups": "group group_column group_col",
    "time": "time_column time_col timestamp",
    "folds": "cv n_folds n_splits num_folds",
    "network": "model net",
    "sampler": "algorithm search_alg strategy tuner",
    "start": "enqueue_trial init initial_configs initial_points initial_trials points_to_evaluate",
    "prior": "earlier earlier_study from_study previous_study prior_study warm_start",
    "schedule": "pruner scheduler",
    "reduction": "factor reduction_factor eta",
    "min_epochs": "grace_period min_resource",
    "trials": "max_trials max_evals n_iter n_iterations n_trials num_samples num_trials",
    "epochs": "max_epochs max_iter max_resource max_t n_epochs num_epochs",
    "seed": "random_seed random_state rng",
    "metric": "eval_metric scoring",
    "direction": "directions goal mode",
    "workers": "max_concurrent_trials n_jobs num_workers",
    "retries": "max_failures max_retries_per_trial",
    "timeout": "max_time max_time_mins time_budget time_budget_s",
    "finals": "executions_per_trial",
    "name": "experiment_name project_name run_name study study_name",
    "store": "database db storage",
    "out": "directory dir local_dir log_dir output_dir storage_path",
    "resume": "load_if_exists",
    "track": "logger",
    "watch": "callback callbacks progress progress_bar quiet show_progress show_progress_bar verbose",
}
"""For our arguments, what Optuna, Ray Tune, Keras Tuner and scikit-learn call them."""


def public(function: Callable[P, R]) -> Callable[P, R]:
    """Have a function say in one line what it does not take, and how to go on where Ctrl-C ends it."""
    takes = signature(function).parameters
    unnamed = sum(each.kind is not Parameter.KEYWORD_ONLY for each in takes.values())

    @wraps(function)
    def called(*arguments: P.args, **named: P.kwargs) -> R:
        for name in named:
            if name not in takes:
                raise SettingError(_unknown(function.__name__, name, list(takes)))
        if len(arguments) > unnamed:
            raise SettingError(
                f"{function.__name__}: {len(arguments)} arguments are given without names; at most {unnamed} can be: "
                f"name the others, as in {list(takes)[unnamed]}=..."
            )
        try:
            return function(*arguments, **named)
        except StudyInterrupted as stopped:
            # The way through Ikura says nothing to anybody.
            raise stopped.with_traceback(None) from None

    return called


def call_again(name: str, settings: Settings, store: object = None) -> str:
    """Return the call that goes on with a study.

    Args:
        name: of the study.
        settings: of it; what of it came from Python must be given again.
        store: as the user gave it.
    """
    lacking = {
        "data" if settings.code is None else "train": settings.origin is Origin.MEMORY,
        "network": settings.user_network,
        "sampler": settings.user_sampler,
        "metric": settings.user_metric,
        **{role: column is None for role, column in settings.roles.items()},
    }
    again = "".join(f", {what}=..." for what, lacks in lacking.items() if lacks)
    where = "" if store is None else f", store={str(store)!r}"
    return f"ikura.resume({name!r}{again}{where})"


def _unknown(function: str, name: str, takes: Sequence[str]) -> str:
    ours = next((ours for ours, theirs in OURS.items() if name in theirs.split() and ours in takes), None)
    if ours is not None:
        return f"{name}: {function} has no such argument; Ikura calls it {ours}: write {ours}=..."
    remedy = suggestion(name, takes) or f"`help(ikura.{function})` tells of all there are"
    return f"{name}: {function} has no such argument; {remedy}"

"""What `tune` would train, without training it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ikura.errors import SettingError
from ikura.forks import begin_jax
from ikura.records import History
from ikura.samplers import SamplerLike, round_sizes
from ikura.schedulers import make_scheduler
from ikura.space import Space
from ikura.study.arguments import checked, checked_running
from ikura.study.asking import ask
from ikura.study.code_subject import is_code
from ikura.study.prediction import Prediction, predict
from ikura.study.settings import budget, settings_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ikura.data import Source
    from ikura.tasks import ClassWeights, OwnMetric


def predict_search(
    data: "Source" = "digits",
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
    metric: "str | OwnMetric | None" = None,
    direction: str | None = None,
    sampler: SamplerLike = "coarse-to-fine",
    rounds: int | None = None,
    schedule: str = "full",
    reduction: int | None = None,
    min_epochs: int | None = None,
    trials: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    timeout: float | None = None,
    reference_error: float | None = None,
) -> Prediction:
    """Return what `tune` with the same arguments would train, and for how long; the built-in network only.

    Raises:
        IkuraError: one line about a mistake in an argument, the data or the space; what `tune` would raise.
    """
    if is_code(data):
        raise SettingError(
            f"plan: {data} is training code, and how long it takes nobody knows; a plan is of data: `ikura tune` says "
            "how many epochs it plans"
        )
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
            "network": None,
            "sampler": sampler,
            "rounds": rounds,
            "schedule": schedule,
            "reduction": reduction,
            "min_epochs": min_epochs,
            "trials": trials,
            "epochs": epochs,
            "seed": seed,
            "out": None,
            "timeout": timeout,
            "reference_error": reference_error,
        }
    )
    running = checked_running(
        {
            "metric": metric,
            "direction": direction,
            "workers": None,
            "retries": 0,
            "time_limit": None,
            "silence_limit": None,
            "memory_limit": None,
            "finals": False,
        }
    )
    begin_jax()
    from ikura.study.data_subject import data_subject

    subject = data_subject(data, arguments, running)
    space = subject.space if space is None else space
    chosen, (trials, epochs) = arguments.make_sampler(), budget(arguments, subject)
    evaluator = subject.evaluator(space, seed=arguments.seed, epochs=epochs)
    try:
        scheduler = make_scheduler(
            schedule,
            horizon=epochs,
            reduction=arguments.reduction,
            min_epochs=arguments.min_epochs,
            space=space,
            fixed=evaluator.fixed,
        )
        settings = settings_of(arguments, subject, evaluator, scheduler)
        ask(chosen, space, History.of(settings), trials, arguments.seed)
    finally:
        evaluator.close(done=False)
    return predict(
        subject.dataset,
        subject.problem.outputs,
        space,
        scheduler,
        trials=trials,
        epochs=epochs,
        epochs_trained=scheduler.planned_epochs(round_sizes(chosen, trials)),
        folds=arguments.folds or 1,
        timeout=arguments.timeout,
    )

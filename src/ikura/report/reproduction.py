"""What it takes to run a study again."""

import json
import shlex
from dataclasses import dataclass

from ikura.records import CodeKind, Config, Origin, Settings, StudyRecord, Value
from ikura.report.task_sections import Table
from ikura.tasks import make_problem

_SPACE = "space=ikura.Space.from_toml(open('space.toml').read())"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What it takes to run the study again."""

    call: str
    """A shell command, or Python where the data, the network or the sampler was an object."""
    space: str
    """TOML."""
    config: str | None
    """The winner's configuration with every digit, as JSON."""
    rows: Table


def reproduction(study: StudyRecord, config: Config | None) -> Reproduction | None:
    """Return what it takes; None where another program made the study."""
    settings = study.settings
    if settings.imported:
        return None
    return Reproduction(
        call=_call(settings),
        space=study.space,
        config=None if config is None else json.dumps(dict(config), indent=2, ensure_ascii=False),
        rows=(
            ("Seed", str(settings.seed)),
            ("Versions", " · ".join(f"{name} {version}" for name, version in settings.versions.items())),
            ("Machine", settings.machine),
            *([("Changed", "on the way: the call draws all rounds as the last were")] if settings.earlier else []),
            *([] if settings.code else [("Data fingerprint", settings.fingerprint)]),
            *([("start.json", json.dumps(_start(settings), ensure_ascii=False))] if settings.start else []),
        ),
    )


def _call(settings: Settings) -> str:
    if settings.code is None and not settings.examples["test"]:
        return _estimator(settings)
    # What no command line can take: data, a function, a network or a sampler as an object.
    objects = (
        None in settings.roles.values()
        or isinstance(settings.class_weights, tuple)
        or settings.user_network
        or settings.user_sampler
        or settings.user_metric
        or _weights(settings)
    )
    if settings.origin is Origin.MEMORY or objects:
        return _python(settings)
    program = settings.code is not None and settings.code.kind is CodeKind.PROGRAM
    words = ["ikura", "tune", *(["--exec"] if program else []), settings.data, "--space", "space.toml"]
    if settings.code is not None:
        words += [word for each in settings.objective.optimised for word in ("--metric", each.name)]
        words += [word for each in settings.objective.optimised for word in ("--direction", each.goal.value)]
        words += [] if settings.code.pattern is None else ["--pattern", settings.code.pattern]
        words += ["--finals"] if settings.code.finals else []
    targets = settings.target if isinstance(settings.target, tuple) else (settings.target,)
    for target in targets:
        words += [] if target is None else ["--target", str(target)]
    for name, value in _learned(settings).items():
        words += [f"--{name.replace('_', '-')}", value]
    words += [word for metric in _metrics(settings) for word in ("--metric", metric)]
    if settings.header is not None:
        words += ["--header" if settings.header else "--no-header"]
    if settings.separator is not None:
        words += ["--separator", "tab" if settings.separator == "\t" else settings.separator]
    words += [word for each in settings.objective.constraints for word in ("--constraint", str(each))]
    words += ["--ensemble"] if settings.ensemble else []
    words += ["--sampler", settings.sampler]
    words += ["--start", "start.json"] if settings.start else []
    words += [word for each in settings.prior for word in ("--from", each.study)]
    for name, value in _amounts(settings).items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)


def _python(settings: Settings) -> str:
    target = _weights(settings) or (list(settings.target) if isinstance(settings.target, tuple) else settings.target)
    given = [] if target is None else [f"target={target!r}"]
    given += [f"{name}={value!r}" for name, value in _learned(settings).items()]
    given += [f"metric={_alone(metrics)!r}"] if (metrics := _metrics(settings)) else []
    given += [f"{role}={role}" for role, column in settings.roles.items() if column is None]
    if isinstance(settings.class_weights, tuple):
        given.append(f"class_weights={dict(settings.class_weights)!r}")
    given += ["ensemble=True"] if settings.ensemble else []
    given += _objects(settings)
    given += ["start=json.load(open('start.json'))"] if settings.start else []
    given += [f"prior={[each.study for each in settings.prior]!r}"] if settings.prior else []
    if settings.objective.constraints:
        given.append(f"constraint={[str(each) for each in settings.objective.constraints]!r}")
    given += [f"{name}={value!r}" for name, value in _amounts(settings).items()]
    if settings.code is not None:
        optimised = settings.objective.optimised
        given.append(f"metric={_alone([metric.name for metric in optimised])!r}")
        given.append(f"direction={_alone([metric.goal.value for metric in optimised])!r}")
        given += ["finals=True"] if settings.code.finals else []
    data = repr(settings.data)
    if settings.header is not None or settings.separator is not None:
        data = f"ikura.CsvFile({data}, header={settings.header}, separator={settings.separator!r})"
    if settings.origin is Origin.MEMORY:
        data = "data" if settings.code is None else settings.code.call
    return f"ikura.tune({data}, {_SPACE}, {', '.join(given)})"


def _estimator(settings: Settings) -> str:
    """Return the estimator whose fit it was: they alone keep no examples for a test."""
    name = "TunedClassifier" if settings.task in ("classification", "multilabel") else "TunedRegressor"
    given = ["task='counts'"] if settings.asked_task == "counts" else []
    given += [f"{name}={value!r}" for name, value in _learned(settings).items() if name != "task"]
    given += [f"metric={_alone(metrics)!r}"] if (metrics := _metrics(settings)) else []
    given += _objects(settings)
    given += ["start=json.load(open('start.json'))"] if settings.start else []
    amounts = _amounts(settings)
    given += [f"{name}={amounts[name]!r}" for name in ("schedule", "trials", "epochs") if name in amounts]
    weights = ", sample_weight=sample_weight" if "weights" in settings.roles else ""
    return f"ikura.{name}({_SPACE}, {', '.join(given)}, random_state={settings.seed}).fit(X, y{weights})"


def _objects(settings: Settings) -> list[str]:
    """Return the arguments that may be objects, each by the name that its user is to give it."""
    metric = settings.objective.metric
    given = []
    if settings.user_metric and (second := settings.objective.second) is not None:
        given.append(f"metric=[{metric.name.removeprefix('dev_')}, {second.name.removeprefix('dev_')!r}]")
        given.append(f"direction=[{metric.goal.value!r}, None]")
    elif settings.user_metric:
        given += [f"metric={metric.name.removeprefix('dev_')}", f"direction={metric.goal.value!r}"]
    given += ["network=network"] if settings.user_network else []
    return [*given, "sampler=sampler" if settings.user_sampler else f"sampler={settings.sampler!r}"]


def _learned(settings: Settings) -> dict[str, str]:
    """Return the options that tell what is learned, those that were in use."""
    if settings.code is not None or not settings.targets:
        return {}
    options = {"task": settings.asked_task, "loss": settings.loss, "threshold": settings.threshold}
    if isinstance(settings.class_weights, str):
        options["class_weights"] = settings.class_weights
    options |= {role: None if column is None else str(column) for role, column in settings.roles.items()}
    return {name: value for name, value in options.items() if value is not None}


def _metrics(settings: Settings) -> list[str]:
    """Return the names of what is optimised of data; none where that is the usual, or an object."""
    if settings.code is not None or not settings.targets or settings.user_metric:
        return []
    usual = make_problem(settings.targets, loss=settings.loss).objective.optimised
    optimised = settings.objective.optimised
    return [] if optimised == usual else [metric.name.removeprefix("dev_") for metric in optimised]


def _alone(values: list[str]) -> str | list[str]:
    """Return a single value as itself."""
    return values[0] if len(values) == 1 else values


def _start(settings: Settings) -> list[dict[str, Value]]:
    return [dict(config) for config in settings.start]


def _weights(settings: Settings) -> dict[str | int, float]:
    """Return how much each of several targets counts, where they do not count the same."""
    if not isinstance(settings.target, tuple) or len(settings.target) != len(settings.targets):
        return {}
    weights = [target.weight for target in settings.targets]
    return dict(zip(settings.target, weights, strict=True)) if set(weights) != {1.0} else {}


def _amounts(settings: Settings) -> dict[str, float | str]:
    """Return the options besides data, network and sampler, those that were in use."""
    options = {
        "folds": settings.folds,
        "rounds": settings.rounds,
        "schedule": settings.schedule,
        "reduction": settings.reduction,
        "min_epochs": settings.min_epochs,
        "trials": settings.trials,
        "epochs": settings.epochs,
        "seed": settings.seed,
        "reference_error": settings.reference_error,
    }
    return {name: value for name, value in options.items() if value is not None}

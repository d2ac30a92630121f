"""What it takes to run a study again."""

import json
import shlex
from dataclasses import dataclass

from ikura.records import CodeKind, Config, Origin, Settings, StudyRecord
from ikura.report.task_sections import Table


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
            *([] if settings.code else [("Data fingerprint", settings.fingerprint)]),
        ),
    )


def _call(settings: Settings) -> str:
    # What no command line can take: data, a function, a network or a sampler as an object.
    if settings.origin is Origin.MEMORY or settings.user_network or settings.user_sampler:
        return _python(settings)
    program = settings.code is not None and settings.code.kind is CodeKind.PROGRAM
    words = ["ikura", "tune", *(["--exec"] if program else []), settings.data, "--space", "space.toml"]
    if settings.code is not None:
        words += ["--metric", settings.objective.metric.name, "--direction", settings.objective.metric.goal.value]
        words += [] if settings.code.pattern is None else ["--pattern", settings.code.pattern]
        words += ["--finals"] if settings.code.finals else []
    if settings.target is not None:
        words += ["--target", str(settings.target)]
    words += ["--sampler", settings.sampler]
    for name, value in _amounts(settings).items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)


def _python(settings: Settings) -> str:
    given = [f"target={settings.target!r}"] if settings.target is not None else []
    given += ["network=network"] if settings.user_network else []
    given += ["sampler=sampler" if settings.user_sampler else f"sampler={settings.sampler!r}"]
    given += [f"{name}={value!r}" for name, value in _amounts(settings).items()]
    if settings.code is not None:
        given += [f"metric={settings.objective.metric.name!r}", f"direction={settings.objective.metric.goal.value!r}"]
        given += ["finals=True"] if settings.code.finals else []
    data = repr(settings.data)
    if settings.origin is Origin.MEMORY:
        data = "data" if settings.code is None else settings.code.call
    return f"ikura.tune({data}, space=ikura.Space.from_toml(open('space.toml').read()), {', '.join(given)})"


def _amounts(settings: Settings) -> dict[str, int | str]:
    """Return the options besides data, network and sampler, those that were in use."""
    schedule = None if settings.schedule == "full" else settings.schedule
    options = {
        "rounds": settings.rounds,
        "schedule": schedule,
        "reduction": settings.reduction,
        "min_epochs": settings.min_epochs,
        "trials": settings.trials,
        "epochs": settings.epochs,
        "seed": settings.seed,
    }
    return {name: value for name, value in options.items() if value is not None}

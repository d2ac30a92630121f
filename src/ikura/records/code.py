"""The user's own training code, as a study keeps it."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from ikura.records.shapes import JSON, Shape, is_flag, is_number, is_text, is_whole, maybe, one_of


class CodeKind(StrEnum):
    """How training code is found again."""

    FUNCTION = "function"
    """It came from Python, and must be given again."""
    IMPORTED = "imported"
    """`module:function` or `file.py:function`."""
    PROGRAM = "program"
    """A command."""


@dataclass(frozen=True, slots=True)
class Code:
    """The training code of a study, and how it is run; no number depends on the latter."""

    kind: CodeKind
    call: str
    """The function's name, where it can be imported, or the command as it was given."""
    folder: str
    """Where it works: an absolute path."""
    workers: int
    """How many trials are trained at once."""
    retries: int
    """How many times a trial that fails is begun again."""
    time_limit: float | None
    """Seconds after which a call of the code is ended."""
    silence_limit: float | None
    """Seconds without a report after which it is ended."""
    memory_limit: float | None
    """GiB of memory at which a worker is ended."""
    finals: bool
    """Whether the best configurations are trained again under other seeds."""
    suggests: bool
    """Whether it is an objective of Optuna's, which asks for its hyperparameters."""
    pattern: str | None
    """A regular expression that finds metrics in what a program prints."""

    def to_json(self) -> dict[str, JSON]:
        """Return a document of JSON's own types."""
        return asdict(self) | {"kind": self.kind.value}

    @classmethod
    def from_json(cls, document: JSON) -> Self:
        """Read what `to_json` made and the shape was checked of."""
        kept: dict[str, Any] = {field.name: document[field.name] for field in fields(cls)}
        kept["kind"] = CodeKind(kept["kind"])
        return cls(**kept)


CODE_SHAPE: Shape = {
    "kind": one_of(*CodeKind),
    "call": is_text,
    "folder": is_text,
    "workers": is_whole,
    "retries": is_whole,
    **{name: maybe(is_number) for name in ("time_limit", "silence_limit", "memory_limit")},
    "finals": is_flag,
    "suggests": is_flag,
    "pattern": maybe(is_text),
}

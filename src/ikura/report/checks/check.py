"""What a check of a search says: evidence, verdict, advice."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether something is to be done."""

    OK = "ok"
    LOOK = "look at it"
    UNKNOWN = "too little to say"


@dataclass(frozen=True, slots=True)
class Check:
    """One of the questions that every search is asked."""

    name: str
    """As `--json` has it."""
    question: str
    verdict: Verdict
    evidence: str
    advice: str | None
    """What to do; None where nothing is to be done."""
    numbers: Mapping[str, float]
    """The evidence as numbers, by what they are."""

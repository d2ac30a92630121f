"""What an earlier study says of the space of another one."""

from dataclasses import dataclass

from ikura.records.configuration import Config


@dataclass(frozen=True, slots=True)
class Evidence:
    """Trials of an earlier study, as far as they are of the other's space, and how good each was beside the others."""

    study: str
    """Its name."""
    trials: int
    """How many of its trials were known, those included that are not kept here."""
    configs: tuple[Config, ...]
    """In the other's space, best first."""
    scores: tuple[float, ...]
    """The normal score of each among all of its study; less is better."""

"""Where a run stands: all that its progress displays show."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ikura.records import Metric

Phase: TypeAlias = Literal["opening", "starting", "search", "finals", "ensemble", "winner", "finished"]

FEWEST_WAVES = 3
"""Before so many, nobody knows how long the rest takes."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Results that came in together."""

    epochs: int
    """Of all their networks together."""
    seconds: float
    """Since the wave before."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where a run stands. Times are seconds of `time.monotonic`."""

    began: float
    opening: str
    """What is done before the study begins."""
    phase: Phase = "opening"
    name: str | None = None
    """Of the study; None until it is stored."""
    metric: Metric | None = None
    """That the study optimises; None until that is known."""
    round: int | None = None
    """From 0; None until this run has begun one."""
    rounds: int | None = None
    """How many there will be; None for a sampler without rounds."""
    over: int = 0
    """Trials that will not be trained on, those of earlier runs among them."""
    trials: int = 0
    """That the search is to make."""
    paused: int = 0
    stopped: int = 0
    diverged: int = 0
    failed: int = 0
    epochs: int = 0
    """That the search has trained, of all trials together; those of earlier runs included."""
    all_epochs: int = 0
    """That it will have trained in the end, as far as that is known."""
    is_bound: bool = False
    """Whether that is the most that there can be: who is stopped is not trained to the horizon."""
    horizon: int = 0
    """Epochs of a network of the finals."""
    best_value: float | None = None
    """Of the best trial so far, in the metric."""
    finalists: int = 0
    finals_done: int = 0
    finals_total: int = 0
    """Networks; 0 until the finals have begun."""
    after_search: int = 0
    """Networks to be trained after the search: those of the finals and the winner's, as far as it is known."""
    waves: tuple[Wave, ...] = ()
    """The latest, oldest first."""
    first_wave: Wave | None = None
    """It may have waited for a compilation, and so may the winner's at the end."""
    told: float = 0.0
    """When the last wave came, or the study began."""
    compiles: bool = False
    """Whether some waves wait for compilations."""
    ensemble: bool = False
    """Whether networks are put together after the finals."""
    stopping: bool = False

    @property
    def per_second(self) -> float | None:
        """Epochs per second of late; None where nothing has been seen."""
        seconds = sum(wave.seconds for wave in self.waves)
        return sum(wave.epochs for wave in self.waves) / seconds if seconds > 0 else None

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds until the end of the run; None where that cannot be known."""
        if (
            self.phase not in ("search", "finals", "winner")
            or len(self.waves) < FEWEST_WAVES
            or self.first_wave is None
        ):
            return None
        epochs = self.all_epochs - self.epochs + (self.after_search - self.finals_done) * self.horizon
        if self.compiles:
            left = epochs * _typical(self.waves) + self.first_wave.seconds
        else:
            left = epochs / (self.per_second or 1.0)
        return max(left - (now - self.told), 0.0)


def _typical(waves: tuple[Wave, ...]) -> float:
    """Return the seconds per epoch that a third had, or better: the others may have waited for compilations."""
    ordered = sorted(waves, key=lambda wave: wave.seconds / wave.epochs)
    third = sum(wave.epochs for wave in ordered) / 3
    for wave in ordered:
        third -= wave.epochs
        if third <= 0:
            return wave.seconds / wave.epochs
    return 0.0

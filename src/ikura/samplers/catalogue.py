"""The samplers there are, by the names that users give."""

from collections.abc import Mapping

from ikura.errors import SettingError
from ikura.samplers.coarse_to_fine import CoarseToFineSampler
from ikura.samplers.grid import GridSampler
from ikura.samplers.protocol import Sampler
from ikura.samplers.rounds import even_rounds
from ikura.samplers.sobol import SobolSampler
from ikura.samplers.thompson import ThompsonSampler
from ikura.samplers.uniform import RandomSampler
from ikura.wording import remedy

SAMPLERS: Mapping[str, type[Sampler]] = {
    "random": RandomSampler,
    "grid": GridSampler,
    "sobol": SobolSampler,
    "coarse-to-fine": CoarseToFineSampler,
    "thompson": ThompsonSampler,
}


def make_sampler(name: str, rounds: int | None) -> Sampler:
    """Return the sampler of a name.

    Raises:
        SettingError: the name is unknown, or rounds are given to a sampler that has none.
    """
    if name not in SAMPLERS:
        raise SettingError(
            f"sampler: {name!r} is unknown; it must be one of {', '.join(SAMPLERS)}: {remedy(name, SAMPLERS)}"
        )
    if rounds is None:
        return SAMPLERS[name]()
    match SAMPLERS[name]:
        case type() as kind if kind in (CoarseToFineSampler, ThompsonSampler):
            return kind(rounds)
    raise SettingError(f"rounds: {rounds} is given, but {name} has no rounds; leave them out, or use thompson")


def rounds_of(sampler: Sampler) -> int | None:
    """Return in how many rounds a sampler proposes; None where it does not wait for results."""
    return sampler.rounds if isinstance(sampler, CoarseToFineSampler | ThompsonSampler) else None


def round_sizes(sampler: Sampler, trials: int) -> tuple[int, ...]:
    """Return the sizes of the rounds in which a sampler proposes so many trials; a user's own is taken to have one."""
    return even_rounds(trials, rounds_of(sampler) or 1)

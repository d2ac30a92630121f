"""What a sampler proposes, checked: it may be one of the user's own."""

from itertools import pairwise

import numpy as np

from ikura.errors import SettingError, SpaceError
from ikura.records import History, Proposal, Settings, Wait
from ikura.samplers import Sampler
from ikura.space import Space


def drawing_seed(settings: Settings, space: Space) -> int:
    """Return the seed for the sampler of a study: another one for each space, so that no dimension repeats itself."""
    spaces = (*(each.space for each in settings.earlier), space.to_toml())
    changes = [each.until for each, (was, now) in zip(settings.earlier, pairwise(spaces), strict=True) if was != now]
    if not changes:
        return settings.seed
    return int(np.random.SeedSequence([settings.seed, changes[-1]]).generate_state(1, np.uint32)[0])


def ask(sampler: Sampler, space: Space, history: History, limit: int, seed: int) -> Proposal | Wait:
    """Return what a sampler proposes for a history.

    Raises:
        SettingError: it is not what a sampler may propose.
    """
    proposal, name = sampler.propose(space, history, limit, seed), type(sampler).__name__
    if not isinstance(proposal, Proposal | Wait):
        raise SettingError(
            f"sampler: {name} returns {proposal!r}; propose must return a Proposal or Wait(): mend the sampler"
        )
    if isinstance(proposal, Wait):
        if not history.targets:
            raise SettingError(
                f"sampler: {name} waits, and no trial is under way; it must propose then: mend the sampler"
            )
        return proposal
    if (count := len(proposal.configs)) > limit:
        raise SettingError(
            f"sampler: {name} proposes {count} configurations; it must propose at most the {limit} that it is asked "
            "for: mend the sampler"
        )
    for config in proposal.configs:
        try:
            space.check(config)
        except SpaceError as error:
            raise SettingError(
                f"sampler: {name} proposes what the space does not hold ({error}); mend the sampler"
            ) from error
    return proposal

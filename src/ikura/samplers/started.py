"""A search that begins with what is known: configurations that are given, and the best of earlier studies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from ikura.records import Config, Evidence, History, Proposal, Wait
from ikura.samplers.protocol import Sampler
from ikura.samplers.untried import Key, key_of
from ikura.space import Space

SHARE, MOST = 4, 16
"""One in so many of the first round are the best of earlier studies, and at most so many: they may be unlike."""


@dataclass(frozen=True)
class Started:
    """Adds configurations to the first round of another sampler, to which they are trials as all others are.

    Those that are given come on top of the round. The best of earlier studies come next, in the place of a quarter of
    it, the studies in turn.
    """

    sampler: Sampler
    start: tuple[Config, ...]
    evidence: tuple[Evidence, ...]

    @property
    def rounds(self) -> int | None:
        """Those of the sampler."""
        return getattr(self.sampler, "rounds", None)

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal | Wait:
        """Propose what the sampler does; first of all, what is known with it."""
        proposal = self.sampler.propose(space, history, limit, seed)
        if history.trials or not isinstance(proposal, Proposal):
            return proposal
        size = len(proposal.configs)
        found: dict[Key, Config] = {}
        _add(found, self.start, len(self.start), space)
        room = min(limit, len(found) + size)
        _add(found, _in_turn(self.evidence), min(room, len(found) + min(MOST, -(-size // SHARE))), space)
        _add(found, proposal.configs, room, space)
        return Proposal(list(found.values())[:limit], proposal.region)


def _add(found: dict[Key, Config], configs: "Sequence[Config] | Iterator[Config]", most: int, space: Space) -> None:
    """Add configurations that are not there yet, until there are so many."""
    for config in configs:
        if len(found) >= most:
            return
        found.setdefault(key_of(config, space.names), config)


def _in_turn(evidence: Sequence[Evidence]) -> Iterator[Config]:
    """Yield the best of each study, then the second of each..."""
    ranks = zip_longest(*(each.configs for each in evidence))
    return (config for config in chain.from_iterable(ranks) if config is not None)

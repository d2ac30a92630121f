"""A search that begins with what is known: configurations that are given, and the best of earlier studies."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from ikura.records import Config, Evidence, History, Proposal, Wait
from ikura.samplers.protocol import Sampler
from ikura.samplers.untried import key_of
from ikura.space import Space

SHARE, MOST = 4, 16
"""One in so many of the first round are the best of earlier studies, and at most so many: they may be unlike."""


@dataclass(frozen=True)
class Started:
    """Adds configurations to the first round of another sampler, to which they are trials as all others are.

    Those that are given come first, on top of the round. The best of earlier studies are a quarter of it, the studies
    in turn.
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
        found = {key_of(config, space.names): config for config in self.start}
        room = min(limit, len(found) + size)
        known = (config for config in _in_turn(self.evidence) if key_of(config, space.names) not in found)
        known = islice(known, min(MOST, -(-size // SHARE)))
        for config in _interleaved(known, proposal.configs):
            if len(found) == room:
                break
            found.setdefault(key_of(config, space.names), config)
        return Proposal(list(found.values())[:limit], proposal.region)


def _interleaved(known: Iterator[Config], others: Iterable[Config]) -> Iterator[Config]:
    """Yield one that is known in every SHARE, so that a search that ends early has its share as well."""
    others = iter(others)
    for config in known:
        yield config
        yield from islice(others, SHARE - 1)
    yield from others


def _in_turn(evidence: Sequence[Evidence]) -> Iterator[Config]:
    """Yield the best of each study, then the second of each..."""
    ranks = zip_longest(*(each.configs for each in evidence))
    return (config for config in chain.from_iterable(ranks) if config is not None)

"""What every sampler does."""

from typing import Protocol

from ikura.records import History, Proposal
from ikura.space import Space


class Sampler(Protocol):
    """Proposes configurations. All choices follow from the space, the history, the limit and the seed."""

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal:
        """Propose the next round: at most `limit` configurations, none of them in the history.

        `limit` is the number of trials that the study may still add. An empty proposal means that there is nothing
        left to propose.
        """
        ...

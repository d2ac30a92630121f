"""What every sampler does."""

from typing import Protocol

from ikura.records import History, Proposal, Wait
from ikura.space import Space


class Sampler(Protocol):
    """Proposes configurations. All choices follow from the space, the history, the limit and the seed.

    One that waits for its rounds to end has an attribute `rounds`: into how many of about equal size it splits the
    trials.
    """

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal | Wait:
        """Propose the next round: at most `limit` configurations, none of them in the history.

        `limit` is the number of trials that the study may still add. The history tells what is in flight: trials that
        wait or run. A sampler that needs these to come in answers `Wait`, and is asked again when more is known; with
        nothing in flight it never waits. A paused trial is not in flight: it is trained on if the schedule comes to say
        so, which may need trials that are not proposed yet. An empty proposal means that there is nothing left to
        propose.
        """
        ...

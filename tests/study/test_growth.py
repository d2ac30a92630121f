"""What the store returns is what had grown beside it."""

import numpy as np

from ikura.records import METRICS, History, Region, Span, Trial, TrialResult, TrialState
from ikura.store import open_store
from ikura.study.growth import with_results, with_round


def same(one: History, other: History) -> None:
    assert (one.trials, one.states, one.regions) == (other.trials, other.states, other.regions)
    for metric in METRICS:
        assert one.curves[metric].shape == other.curves[metric].shape
        assert one.curves[metric].tobytes() == other.curves[metric].tobytes()


def results(lengths: dict[int, int]) -> list[TrialResult]:
    draw = np.random.default_rng(0)
    return [
        TrialResult(
            number,
            TrialState.COMPLETE if length > 1 else TrialState.DIVERGED,
            {metric: draw.random(length, dtype=np.float32).round() * np.float32(-1.5) for metric in METRICS},
        )
        for number, length in lengths.items()
    ]


def test_it_is_what_the_store_returns(tmp_path):
    region = Region(1, 3, (Span("rate", 0.1, 0.2, 1, 2, None),))
    with open_store(str(tmp_path / "x.db")) as store:
        store.create("s", settings={}, space="")
        grown = store.history("s")
        for number, (first, count, zoom) in enumerate([(0, 3, None), (3, 2, region)]):
            trials = [Trial(place, {"rate": 0.1}, number) for place in range(first, first + count)]
            store.add_round("s", trials, zoom)
            grown = with_round(grown, trials, zoom)
            same(grown, store.history("s"))
            # Shorter and longer than what is there, and a diverged trial without any epoch.
            for some in ({first: 2 + number}, {first + 1: 0}, {first + 2: 1} if count == 3 else {}):
                if some:
                    found = results(some)
                    store.write_results("s", found)
                    grown = with_results(grown, found)
                    same(grown, store.history("s"))

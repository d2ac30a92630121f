"""The schedule of a search that none is asked for."""

import pytest

from ikura.schedulers import usual_schedule


@pytest.mark.parametrize(
    ("horizon", "rounds", "name"),
    [
        (9, (9, 9), "halving"),
        (100, (32, 32, 32, 32), "halving"),
        (8, (32, 32), "full"),
        (30, (9, 8), "full"),
    ],
)
def test_halving_is_usual_where_some_of_a_round_come_to_their_end(horizon, rounds, name):
    assert usual_schedule(horizon, rounds) == name

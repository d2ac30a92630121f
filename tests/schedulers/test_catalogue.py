import pytest

from ikura.errors import SettingError
from ikura.schedulers import (
    SCHEDULERS,
    AsynchronousHalving,
    FullBudget,
    Hyperband,
    MedianStopping,
    Patience,
    PopulationBased,
    SuccessiveHalving,
    make_scheduler,
)
from ikura.space import Float, Space

SPACE = Space(rate=Float(0, 1), beta=Float(0, 1))


def make(name, horizon=30, reduction=None, min_epochs=None, space=SPACE, fixed=frozenset()):
    return make_scheduler(name, horizon=horizon, reduction=reduction, min_epochs=min_epochs, space=space, fixed=fixed)


def test_every_name_makes_its_scheduler_with_its_defaults():
    assert list(SCHEDULERS) == ["full", "halving", "hyperband", "asha", "median", "patience", "pbt"]
    assert make("full") == FullBudget(30)
    assert make("halving") == SuccessiveHalving(30, reduction=3, min_epochs=3)
    assert make("hyperband") == Hyperband(30, reduction=3, min_epochs=3)
    assert make("asha") == AsynchronousHalving(30, reduction=3, min_epochs=3)
    assert make("median") == MedianStopping(30, min_epochs=3)
    assert make("patience") == Patience(30, min_epochs=6)
    assert make("pbt") == PopulationBased(30, SPACE, frozenset(), min_epochs=3)


def test_settings_are_handed_on():
    assert make("halving", reduction=2, min_epochs=5) == SuccessiveHalving(30, 2, 5)
    assert make("pbt", min_epochs=5, fixed={"beta"}) == PopulationBased(30, SPACE, {"beta"}, 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"name": "halvin"},
            "schedule: 'halvin' is unknown; it must be one of full, .*: did you mean 'halving'",
        ),
        ({"name": "full", "reduction": 3}, "reduction: 3 is given, but full has none; leave it out, or use halving"),
        ({"name": "pbt", "reduction": 3}, "reduction: 3 is given, but pbt has none; leave it out, or use halving"),
        (
            {"name": "full", "min_epochs": 2},
            "min_epochs: 2 is given, but full has none; leave it out, or use",
        ),
        ({"name": "halving", "reduction": 1}, "reduction is 1; .* it must be at least 2: raise it"),
        ({"name": "halving", "reduction": 2.5}, "reduction is 2.5; it must be a whole number: change it"),
        ({"name": "halving", "min_epochs": 0}, "min_epochs is 0; .* it must be from 1 to 10: change it"),
        (
            {"name": "halving", "min_epochs": 11},
            "min_epochs is 11; .* is at 10, so it must be from 1 to 10",
        ),
        (
            {"name": "halving", "min_epochs": 2, "reduction": 16},
            "min_epochs is 2; .* so it must be 1: give that, or raise the epochs",
        ),
        ({"name": "halving", "min_epochs": 31}, "min_epochs is 31; .* it must be from 1 to 10: change it"),
        ({"name": "halving", "min_epochs": "3"}, "min_epochs is '3'; it must be a whole number: change it"),
        ({"name": "halving", "horizon": 2}, "epochs is 2; with a reduction of 3 it must be at least 3"),
        ({"name": "pbt", "min_epochs": 0}, "min_epochs is 0; .* it must be from 1 to 29: change it"),
        ({"name": "pbt", "min_epochs": 30}, "min_epochs is 30; .* of the 30 epochs, so it must be from 1 to 29"),
        ({"name": "pbt", "min_epochs": True}, "min_epochs is True; it must be a whole number: change it"),
        ({"name": "pbt", "horizon": 1}, "epochs is 1; .* it must be at least 2: raise it"),
        ({"name": "asha", "min_epochs": 11}, "min_epochs is 11; .* is at 10, so it must be from 1 to 10"),
        (
            {"name": "median", "reduction": 3},
            "reduction: 3 is given, but median has none; .* use halving",
        ),
        ({"name": "median", "min_epochs": 30}, "min_epochs is 30; trials are looked at each time after .* 1 to 29"),
        ({"name": "median", "horizon": 1}, "epochs is 1; trials are looked at on the way, so it must be at least 2"),
        (
            {"name": "patience", "min_epochs": 28},
            "min_epochs is 28; .* to all 30, so it must be from 1 to 27: change it",
        ),
        ({"name": "patience", "min_epochs": 2, "horizon": 4}, "min_epochs is 2; .* so it must be 1: give that"),
        ({"name": "patience", "min_epochs": 0.5}, "min_epochs is 0.5; it must be a whole number: change it"),
        ({"name": "patience", "horizon": 3}, "epochs is 3; .* so it must be at least 4: raise it"),
        (
            {"name": "pbt", "fixed": ("rate", "beta")},
            "schedule: .* space rate and beta cannot be changed; .* add",
        ),
    ],
    ids=repr,
)
def test_a_mistake_gets_one_line(arguments, message):
    with pytest.raises(SettingError, match=message) as caught:
        make(**arguments)
    assert "\n" not in str(caught.value)

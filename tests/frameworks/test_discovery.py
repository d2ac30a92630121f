"""The space of code that asks while it runs: what is found, under which conditions, in how many runs."""

import pytest

from ikura.errors import SettingError, SpaceError
from ikura.frameworks.discovery import AskingEnded, discover
from ikura.space import Choice, Float, Int, Space


class Code:
    """Counts the runs of a function, which it ends as training would."""

    def __init__(self, function):
        self.function = function
        self.runs = 0

    def __call__(self, ask):
        self.runs += 1
        self.function(ask)
        raise AskingEnded


def found(function, **options):
    return discover(Code(function), **options)


def conditions(space):
    return {name: dict(dimension.when) for name, dimension in space.items if dimension.when}


def flat(ask):
    ask("rate", Float(1e-4, 1.0, scale="log"))
    ask("units", Int(4, 64))
    ask("kind", Choice("a", "b", "c"))
    ask("dropout", Choice(0.0, 0.1, 0.2, 0.3, 0.4, 0.5))


def test_independent_dimensions_take_as_many_runs_as_the_largest_choice():
    code = Code(flat)
    assert discover(code) == Space(
        rate=Float(1e-4, 1.0, scale="log"),
        units=Int(4, 64),
        kind=Choice("a", "b", "c"),
        dropout=Choice(0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
    )
    assert code.runs == 3


def test_numbers_alone_take_one_run():
    code = Code(lambda ask: [ask("a", Float(0, 1)), ask("b", Float(0, 1))])
    assert discover(code).names == ("a", "b")
    assert code.runs == 1


def nested(ask):
    kind = ask("kind", Choice("mlp", "cnn", "linear"))
    ask("rate", Float(0, 1))
    if kind == "mlp":
        for layer in range(ask("layers", Int(1, 4))):
            ask(f"units_{layer}", Int(4, 64, scale="log"))
            ask(f"dropout_{layer}", Float(0, 0.5))
    elif kind == "cnn":
        ask("filters", Int(8, 32, step=8))
        if ask("norm", Choice(True, False)):
            ask("momentum", Float(0.9, 0.99))


def test_conditions_are_found_nested_ones_and_those_of_loops():
    code = Code(nested)
    assert conditions(discover(code)) == {
        "layers": {"kind": ("mlp",)},
        "units_0": {"kind": ("mlp",)},
        "dropout_0": {"kind": ("mlp",)},
        "units_1": {"layers": (2, 3, 4)},
        "dropout_1": {"layers": (2, 3, 4)},
        "units_2": {"layers": (3, 4)},
        "dropout_2": {"layers": (3, 4)},
        "units_3": {"layers": (4,)},
        "dropout_3": {"layers": (4,)},
        "filters": {"kind": ("cnn",)},
        "norm": {"kind": ("cnn",)},
        "momentum": {"norm": (True,)},
    }
    assert code.runs <= 20


def test_a_configuration_of_the_space_has_exactly_what_the_code_asks_for():
    import numpy as np

    space = found(nested)
    for config in space.decode(np.random.default_rng(0).random((200, len(space)))):
        asked = {}

        def ask(name, dimension, config=config, asked=asked):
            assert dimension.accepts(config[name])
            asked[name] = config[name]
            return config[name]

        nested(ask)
        assert asked == config


def test_a_threshold_is_found_in_few_runs():
    def threshold(ask):
        if ask("units", Int(1, 100)) > 37:
            ask("more", Float(0, 1))

    code = Code(threshold)
    assert conditions(discover(code)) == {"more": {"units": tuple(range(38, 101))}}
    assert code.runs <= 10


@pytest.mark.parametrize("both", [True, False])
def test_what_no_single_dimension_explains_has_no_condition(both):
    def code(ask):
        flags = [ask("a", Choice("x", "y")) == "x", ask("b", Choice("x", "y")) == "x"]
        if all(flags) if both else any(flags):
            ask("c", Float(0, 1))

    space = found(code)
    assert space.names == ("a", "b", "c")
    assert conditions(space) == {}


def test_a_coincidence_is_no_condition():
    def code(ask):
        first, second = ask("a", Choice("p", "q", "r")), ask("b", Choice("p", "q", "r"))
        if first == "r":
            ask("c", Float(0, 1))
        if second == "q":
            ask("d", Float(0, 1))

    assert conditions(found(code)) == {"c": {"a": ("r",)}, "d": {"b": ("q",)}}


def test_what_failed_runs_did_not_ask_for_is_not_absent():
    def code(ask):
        if ask("solver", Choice("a", "b")) == "b" and ask("penalty", Choice("l1", "l2")) == "l1":
            raise ValueError("no l1 with b")
        ask("strength", Float(0, 1))

    space = found(code)
    assert conditions(space) == {"penalty": {"solver": ("b",)}}
    assert "strength" in space.names


def test_a_failed_run_spoils_no_condition():
    def code(ask):
        first, second = ask("a", Choice("x", "y")), ask("b", Choice("p", "q"))
        if (first, second) == ("x", "q"):
            raise ValueError("not these two")
        if first == "x":
            ask("c", Float(0, 1))

    assert conditions(found(code)) == {"c": {"a": ("x",)}}


def test_code_that_always_fails_gets_a_line():
    def code(ask):
        ask("rate", Float(0, 1))
        raise RuntimeError("no data")

    with pytest.raises(
        SettingError, match=r"objective: each run .* failed, at last with RuntimeError: no data; .*: mend"
    ):
        found(code)


def test_a_users_mistake_is_not_taken_for_a_failed_run():
    def code(ask):
        raise SettingError("no")

    with pytest.raises(SettingError, match=r"^no$"):
        found(code)


def test_a_range_that_depends_on_another_is_as_wide_as_it_gets():
    def code(ask):
        ask("b", Int(0, ask("a", Int(2, 10))))

    assert found(code).dimensions["b"] == Int(0, 10)


def test_one_name_for_two_kinds_gets_a_line():
    def code(ask):
        ask("b", Int(0, 3) if ask("a", Choice("x", "y")) == "x" else Choice("p", "q"))

    with pytest.raises(SpaceError, match=r"b: is asked for as an integer and a choice; .*: use two names"):
        found(code)


def test_names_become_identifiers_that_must_differ():
    assert found(lambda ask: [ask("opt/lr", Float(0, 1)), ask("lambda", Float(0, 1))]).names == ("opt_lr", "_lambda")
    with pytest.raises(SpaceError, match=r"'opt/lr' and 'opt-lr' would both be called opt_lr; .*: rename one"):
        found(lambda ask: [ask("opt/lr", Float(0, 1)), ask("opt-lr", Float(0, 1))])


def test_a_constant_is_a_choice_of_one():
    space = found(lambda ask: [ask("a", Float(1, 1)), ask("b", Int(2, 2)), ask("c", Int(0, 2))])
    assert space == Space(a=Choice(1.0), b=Choice(2), c=Int(0, 2))


def test_nothing_to_tune_gets_a_line():
    with pytest.raises(SpaceError, match=r"objective: asks for no hyperparameter; .*: suggest one"):
        found(lambda ask: None)


def test_asking_again_gives_the_same():
    def code(ask):
        assert ask("kind", Choice("a", "b")) == ask("kind", Choice("a", "b"))

    assert found(code).names == ("kind",)


def test_scales_that_differ_become_linear():
    def code(ask):
        ask("b", Float(1, 2, scale=ask("a", Choice("log", "linear"))))

    assert found(code).dimensions["b"] == Float(1, 2)


def test_a_condition_that_runs_were_too_few_for_is_wider_than_need_be():
    def threshold(ask):
        if ask("units", Int(1, 100)) > 37:
            ask("more", Float(0, 1))

    assert conditions(found(threshold, most=3)) == {"more": {"units": tuple(range(2, 101))}}


def test_runs_are_bounded():
    def code(ask):
        for place in range(ask("layers", Int(1, 200))):
            ask(f"units_{place}", Choice(*"abcdef"))

    code = Code(code)
    assert len(discover(code, most=10)) == 201
    assert code.runs == 10

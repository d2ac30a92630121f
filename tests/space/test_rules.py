import pytest

from ikura.errors import SpaceError
from ikura.space import Choice, Float, Int, Space, rules


@pytest.mark.parametrize(
    ("dimension", "words"),
    [
        (Float(0.1, 0.01), ["low 0.1 is above high 0.01", "swap"]),
        (Float(0.1, 0.1), ["both 0.1", "choice"]),
        (Float(float("-inf"), 1), ["low is -inf", "finite"]),
        (Float(0, float("nan")), ["high is nan", "finite"]),
        (Float(0, 10**400), ["finite"]),
        (Float("0.1", 1), ["low is '0.1'", "number"]),
        (Float(False, 1), ["low is False", "number"]),
        (Float(0, 1, scale="log"), ["low 0", "above 0", "linear"]),
        (Float(-1.0, 1, scale="log"), ["low -1.0", "above 0"]),
        (Float(0.9, 1.0, scale="one-minus-log"), ["high 1.0", "below 1", "0.999"]),
        (Float(0.9, 2.0, scale="one-minus-log"), ["high 2.0", "below 1"]),
        (Float(0, 1, scale="one_minus_log"), ["'one_minus_log'", "did you mean 'one-minus-log'?"]),
        (Float(0, 1, scale="logarithmic"), ["did you mean 'log'?"]),
        (Float(0, 1, scale=["log"]), ["scale ['log'] is unknown"]),
        (Float(0, 1, scale="zzz"), ["'zzz'", "choose 'linear', 'log' or 'one-minus-log'"]),
        (Float(-1.7e308, 1.7e308), ["too far apart"]),
        (Float(1e300, 1.0000000000000002e300, scale="log"), ["too close"]),
        (Float(0, 1, static="yes"), ["static is 'yes'"]),
        (Int(3, 1), ["low 3 is above high 1"]),
        (Int(1, 2.5), ["high is 2.5", "integer"]),
        (Int(1, True), ["high is True", "integer"]),
        (Int(0, 8, scale="log"), ["low 0", "above 0"]),
        (Int(1, 8, scale="one-minus-log"), ["'one-minus-log' is unknown", "'linear' or 'log'"]),
        (Int(1, 9, step=0), ["step is 0", "at least 1"]),
        (Int(1, 9, step=1.5), ["step is 1.5", "integer"]),
        (Int(16, 100, step=16), ["step 16 does not divide", "set high to 96 or 112"]),
        (Int(0, 2**60), ["2**40"]),
        (Choice(), ["no options"]),
        (Choice("a", "b", "a"), ["'a' is listed twice"]),
        (Choice(1, 1.0), ["1.0 is listed beside 1"]),
        (Choice(True, 1), ["1 is listed beside True"]),
        (Choice([32, 64]), ["write Choice(a, b)"]),
        (Choice(None), ["NoneType"]),
        (Choice(float("nan")), ["nan", "finite"]),
        (Choice(float("inf"), 1.0), ["inf", "finite"]),
        (Float(0, 1, role="scientifc"), ["role is 'scientifc'", "did you mean 'scientific'?"]),
        (Float(0, 1, role=["fixed"]), ["role is ['fixed']", "'scientific', 'nuisance' or 'fixed'"]),
        (Float(0, 1, role="fixed"), ["'fixed'", "a number from 0 to 1", "a choice of one option"]),
        (Int(1, 2, role="fixed"), ["'fixed'", "from 1 to 2"]),
        (Choice("a", role="scientific"), ["'scientific'", "always 'a'", "at least two values"]),
        (Float(0, 1, when="adam"), ["when is 'adam'"]),
        (Float(0, 1, when={"optimizer": "adam"}), ["write ['adam']"]),
        (Float(0, 1, when={"optimizer": []}), ["optimizer has no values"]),
    ],
)
def test_a_bad_definition_gets_one_line_that_names_it(dimension, words):
    with pytest.raises(SpaceError) as caught:
        Space(dial=dimension)
    message = str(caught.value)
    assert message.startswith("dial: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_what_has_one_value_may_be_called_fixed_and_what_has_more_scientific():
    Space(a=Choice("a", role="fixed"), b=Int(3, 3, role="fixed"), c=Int(1, 2, role="scientific"), d=Float(0, 1))


def test_what_nobody_could_search_is_refused_by_its_size():
    with pytest.raises(SpaceError, match=r"^dial: the choice has 100,000 options; at most 1,000 can be told apart"):
        Space(dial=Choice(*range(100_000)))
    with pytest.raises(SpaceError, match=r"^the space has 20,000 dimensions; at most 1,000 can be searched"):
        Space(**{f"d{number}": Float(0.0, 1.0) for number in range(20_000)})
    with pytest.raises(SpaceError, match=r"^the space has 20,000 dimensions"):
        Space.from_toml("\n".join(f"[d{number}]" for number in range(20_000)))


class Compared(str):
    """An option that counts how often it is compared."""

    times = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return super().__eq__(other)


def test_checking_the_largest_choice_compares_no_option_with_every_other():
    options = [Compared(number) for number in range(rules.MOST_OPTIONS)]
    assert list(rules._repetitions(tuple(options))) == []
    assert Compared.times < 10 * len(options)
    assert len(list(rules._repetitions((*options, options[0])))) == 1


def test_an_integer_of_one_level_and_a_choice_of_one_option_are_fine():
    space = Space(layers=Int(3, 3), activation=Choice("relu"))
    assert space.decode([[0.1, 0.9]]) == [{"layers": 3, "activation": "relu"}]

import pytest

from ikura.data.numerals import find_notation, in_words, is_notation, parse


@pytest.mark.parametrize(
    ("texts", "notation", "numbers"),
    [
        (["1,013", "5", "2,000,000.5"], "1,000.5", [1013, 5, 2000000.5]),
        (["-1,013", "+5.25", "\u22122,000"], "1,000.5", [-1013, 5.25, -2000]),
        (["1.013,5", "0,25"], "1.000,5", [1013.5, 0.25]),
        (["1.013.000", "12"], "1.000,5", [1013000, 12]),
        (["1 013", "12.5"], "1 000.5", [1013, 12.5]),
        (["1\u202f013,25", "12"], "1 000,5", [1013.25, 12]),
        (["1'013.5", "12"], "1'000.5", [1013.5, 12]),
        (["$12.34", "$1,200", "7"], "$ 1,000.5", [12.34, 1200, 7]),
        (["-$5", "$-6", "($7.50)"], "$ 1,000.5", [-5, -6, -7.5]),
        (["12,34 €", "1.200,5 €"], "€ 1.000,5", [12.34, 1200.5]),
        (["USD 5", "USD 6.5"], "USD 1,000.5", [5, 6.5]),
        (["12%", "0.5 %", "-3%"], "% 1,000.5", [0.12, 0.005, -0.03]),
        (["12,5 %", "3 %"], "% 1.000,5", [0.125, 0.03]),
        (["true", "FALSE"], "boolean", [1, 0]),
        (["Yes", "no"], "boolean", [1, 0]),
        (["t", "f"], "boolean", [1, 0]),
        (["N", "Y"], "boolean", [0, 1]),
    ],
)
def test_numbers_in_words_signs_and_units(texts, notation, numbers):
    assert find_notation(texts) == notation
    assert [parse(text, notation) for text in texts] == pytest.approx(numbers, rel=1e-15)
    assert is_notation(notation)
    assert "read as" in in_words(notation)


@pytest.mark.parametrize(
    "texts",
    [
        ["1", "2.5"],  # plain
        ["1.234", "5.678"],  # and these too, whatever else they could be
        ["1,5", "2,5"],  # a decimal comma, or a list
        ["1,01", "2,000"],
        ["$5", "€6"],
        ["12%", "13"],
        ["12%", "$13"],
        ["1.500 €", "2.500 €"],  # thousands, or three decimals
        ["0,123", "1,234"],
        ["yes", "false"],
        ["yes"],  # and nothing: a category that is there or is not
        ["yes", "no", "maybe"],
        ["1,013", "unknown"],
        ["1,013", ""],
        ["AB 12", "CD 13"],
        [],
    ],
)
def test_what_is_not_told_for_certain_is_left_alone(texts):
    assert find_notation(texts) is None


@pytest.mark.parametrize(
    ("text", "notation", "number"),
    [
        ("1,013", "", None),
        ("\u22121.5", "", -1.5),
        ("\u2212", "", None),
        ("12", "1,000.5", 12),
        ("1e3", "1,000.5", 1000),
        ("1.5", "1.000,5", None),
        ("12", "% 1,000.5", None),
        ("€5", "$ 1,000.5", None),
        ("yes", "", None),
        ("yes", "boolean", 1),
        ("t", "boolean", 1),
        ("0", "boolean", 0),
        ("1_000", "", None),
    ],
)
def test_new_data_is_read_as_training_was(text, notation, number):
    assert parse(text, notation) == number

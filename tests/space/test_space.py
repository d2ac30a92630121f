import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.errors import SpaceError
from ikura.space import Choice, Float, Int, Space

finite = {"allow_nan": False, "allow_infinity": False}
options = st.one_of(st.text(max_size=5), st.integers(-99, 99), st.booleans(), st.floats(-1e6, 1e6, **finite))


searched_roles = st.sampled_from(["scientific", "nuisance"])


@st.composite
def floats(draw, when):
    scale = draw(st.sampled_from(["linear", "log", "one-minus-log"]))
    low, high = {"linear": (-1e6, 1e6), "log": (1e-9, 1e6), "one-minus-log": (-10.0, 0.999999)}[scale]
    bounds = draw(st.lists(st.floats(low, high), min_size=2, max_size=2).filter(lambda b: abs(b[0] - b[1]) > 1e-9))
    role = draw(searched_roles)
    return Float(min(bounds), max(bounds), scale=scale, when=when, static=draw(st.booleans()), role=role)


@st.composite
def integers(draw, when):
    scale = draw(st.sampled_from(["linear", "log"]))
    low, step = draw(st.integers(1 if scale == "log" else -50, 1000)), draw(st.integers(1, 20))
    high = low + step * draw(st.integers(0, 50))
    role = draw(searched_roles) if high > low else draw(st.sampled_from(["fixed", "nuisance"]))
    return Int(low, high, scale=scale, step=step, when=when, static=draw(st.booleans()), role=role)


@st.composite
def choices(draw, when):
    listed = draw(st.lists(options, min_size=1, max_size=5, unique=True))
    role = draw(searched_roles) if len(listed) > 1 else draw(st.sampled_from(["fixed", "nuisance"]))
    return Choice(*listed, when=when, static=draw(st.booleans()), role=role)


@st.composite
def spaces(draw):
    """Spaces of up to 6 dimensions, each of which may hang on earlier ones; then shuffled."""
    dimensions = {}
    for name in draw(st.lists(st.from_regex(r"[a-zé]{2,4}_", fullmatch=True), min_size=1, max_size=6, unique=True)):
        parents = [other for other, d in dimensions.items() if not isinstance(d, Float)]
        when = {}
        for other in draw(st.lists(st.sampled_from(parents), max_size=2, unique=True)) if parents else []:
            unit = draw(st.lists(st.floats(0, 1), min_size=1, max_size=3))
            when[other] = list(dict.fromkeys(dimensions[other].from_unit(np.array(unit)).tolist()))
        dimensions[name] = draw(st.one_of(floats(when), integers(when), choices(when)))
    return Space(**{name: dimensions[name] for name in draw(st.permutations(list(dimensions)))})


def points(space: Space, seed: int) -> np.ndarray:
    unit = np.random.default_rng(seed).random((20, len(space)))
    unit[0], unit[1] = 0.0, 1.0
    return unit


@given(spaces(), st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_decoded_configurations_belong_to_the_space_and_survive_the_way_back(space, seed):
    configs = space.decode(points(space, seed))
    unit = space.encode(configs)
    assert (np.isnan(unit) == ~space.active(unit)).all()
    assert (np.isnan(unit) | (np.abs(unit - 0.5) <= 0.5)).all()
    for config, again in zip(configs, space.decode(unit), strict=True):
        space.check(config)
        assert list(again) == list(config)
        for name, value in config.items():
            dimension = space.dimensions[name]
            if isinstance(dimension, Float):
                size = max(abs(dimension.low), abs(dimension.high)) if dimension.scale != "log" else 0.0
                assert again[name] == pytest.approx(value, rel=1e-12, abs=1e-12 * size)
            else:
                assert (type(again[name]), again[name]) == (type(value), value)


@given(spaces())
@settings(deadline=None, max_examples=50)
def test_a_space_survives_toml_and_python(space):
    for again in (Space.from_toml(space.to_toml()), eval(repr(space))):
        assert again == space
        assert hash(again) == hash(space)
        assert repr(again) == repr(space)  # The text tells True from 1, which equality does not.


@given(spaces(), st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_a_narrowed_space_lies_within_the_space(space, seed):
    low, high = np.sort(np.random.default_rng(seed).random((2, len(space))), axis=0)
    box = {}
    for column, (name, dimension) in enumerate(space.dimensions.items()):
        ends = dimension.from_unit(np.array([low[column], high[column]])).tolist()
        box[name] = ends if not isinstance(dimension, Choice) else list(dict.fromkeys(ends))
    try:
        narrow = space.narrow(box)
    except SpaceError as error:
        assert "both" in str(error) or "too close" in str(error)  # noqa: PT017 - a float cut to nothing.
        return
    for config in narrow.decode(points(narrow, seed)):
        space.check(config)


def test_decoded_values_are_pythons_own():
    space = Space(
        rate=Float(0, 1), layers=Int(1, 3), batch=Choice(32, 64), norm=Choice(True, False), name=Choice("a", 2.5)
    )
    (config,) = space.decode(np.full((1, 5), 0.9))
    assert [type(value) for value in config.values()] == [float, int, int, bool, float]


def test_nothing_decodes_and_encodes_to_nothing():
    space = Space(rate=Float(0, 1), layers=Int(1, 3))
    assert space.decode(np.empty((0, 2))) == []
    assert space.encode([]).shape == (0, 2)


def test_spaces_compare_by_value_and_order():
    space = Space(rate=Float(0, 1), layers=Int(1, 3))
    assert space == Space(rate=Float(0, 1), layers=Int(1, 3))
    assert space != Space(layers=Int(1, 3), rate=Float(0, 1))
    assert space != Space(rate=Float(0, 1, when={"layers": [1]}), layers=Int(1, 3))
    assert len({space, Space(rate=Float(0, 1), layers=Int(1, 3))}) == 1
    assert pickle.loads(pickle.dumps(space)) == space
    assert (len(space), space.names) == (2, ("rate", "layers"))


@pytest.mark.parametrize(
    ("dimensions", "words"),
    [
        ({}, ["empty", "at least one"]),
        ({"learning-rate": Float(0, 1)}, ["'learning-rate'", "identifiers"]),
        ({"lambda": Float(0, 1)}, ["'lambda'", "identifiers"]),
        ({"rate": 0.1}, ["rate: 0.1", "Float, an Int or a Choice"]),
    ],
)
def test_a_space_needs_named_dimensions(dimensions, words):
    with pytest.raises(SpaceError) as caught:
        Space(**dimensions)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"optimiser": "sgd"}, ["optimiser", "did you mean 'optimizer'?"]),
        ({"rate": 0.5}, ["optimizer: has no value", "'sgd' or 'adam'"]),
        ({"optimizer": "sgd"}, ["rate: has no value", "a number from 0 to 1"]),
        ({"optimizer": "sgd", "rate": 2.0}, ["rate: 2.0", "from 0 to 1"]),
        ({"optimizer": "sgd", "rate": 0.5, "beta": 0.9}, ["beta", "when optimizer is 'adam'", "leave it out"]),
        ({"optimizer": "adam", "rate": 0.5}, ["beta: has no value"]),
    ],
)
def test_check_says_what_is_wrong_with_a_configuration(config, words):
    space = Space(rate=Float(0, 1), beta=Float(0.5, 0.9, when={"optimizer": ["adam"]}), optimizer=Choice("sgd", "adam"))
    space.check({"optimizer": "adam", "rate": 1, "beta": 0.5})
    with pytest.raises(SpaceError) as caught:
        space.check(config)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)

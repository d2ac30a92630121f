"""Studies that begin with configurations that are given, or with what earlier studies found."""

import pytest

import ikura
from ikura.errors import SettingError, UnknownStudy
from ikura.space import Choice, Float, Space
from ikura.store import open_store
from ikura.study import ResultsStored, delete_study, predict_search
from tests.study.code import bowl

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    kind=Choice("a", "b"),
    other=Float(0, 1, when={"kind": ["b"]}),
)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def tune(name, **options):
    return ikura.tune(bowl, name=name, **{"space": SPACE, "trials": 12, "workers": 1, "store": "x.db"} | options)


def configs(result):
    return [trial.config for trial in result.trials.trials]


def test_what_is_given_is_tried_first_and_what_it_leaves_out_is_drawn():
    start = [{"rate": 1}, {"other": 0.5}, {"rate": 1e-2, "kind": "a"}, {"kind": "a", "rate": 0.01}]
    found = tune("s", start=start, sampler="sobol")
    first, second, third, *_ = configs(found)
    assert (first["rate"], type(first["rate"])) == (1.0, float)
    # What decides whether it exists is drawn so that it does.
    assert (second["kind"], second["other"]) == ("b", 0.5)
    assert third == {"rate": 0.01, "kind": "a"}
    assert len(configs(found)) == 12
    assert found.study.settings.start == (first, second, third)
    assert "3 configurations to begin with" in found.page()
    assert configs(tune("again", start=start, sampler="sobol")) == configs(found)


@pytest.mark.parametrize("sampler", ["thompson", "coarse-to-fine", "tpe"])
def test_stopped_it_ends_with_the_same_numbers_though_the_earlier_study_be_gone(sampler):
    tune("before", trials=16)
    arguments = {"sampler": sampler, "prior": "before", "start": [{"rate": 0.5}]}
    whole = tune("whole", **arguments)

    def watch(event):
        if isinstance(event, ResultsStored) and event.over >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune("stopped", watch=watch, **arguments)
    with open_store("x.db") as store:
        delete_study(store, store.study("before"))
    # By its arguments, as by its name: what it began with is kept.
    with pytest.raises(KeyboardInterrupt):
        tune("stopped", watch=watch, resume=True, **arguments)
    assert configs(ikura.resume("stopped", store="x.db", train=bowl)) == configs(whole)


def test_what_an_earlier_study_says_of_another_space():
    before = tune("before", trials=16, start=[{"rate": 0.9, "kind": "a"}])
    space = Space(rate=Float(1e-3, 0.5, scale="log"), width=Float(0, 1), kind=Choice("b", "c"))
    found = tune("s", space=space, prior=["before"], sampler="thompson")
    (known,) = found.study.settings.prior
    within = [c for c in configs(before) if 1e-3 <= c["rate"] <= 0.5 and c["kind"] == "b"]
    assert (known.study, known.trials) == ("before", 16)
    assert sorted(config["rate"] for config in known.configs) == sorted(config["rate"] for config in within)
    for config in known.configs:
        space.check(config)
    assert list(known.scores) == sorted(known.scores)
    assert configs(found)[0] == known.configs[0]


def test_a_plan_tells_what_a_search_begins_with():
    ikura.tune("iris", trials=4, epochs=1, name="known", store="x.db", watch=None)
    start = [{"learning_rate": 0.01}, {}]
    planned = predict_search("iris", trials=8, epochs=1, start=start, prior="known", store="x.db")
    assert planned.beginning == "2 configurations to begin with · what is known of known (4 trials)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": "rate"}, "start: 'rate' is given; it must be a list of configurations"),
        ({"start": [{"rate": 2}]}, r"start: in configuration 1 of 1, rate: 2.0 is not in the space; it must be a num"),
        ({"start": [{}, {"rat": 1}]}, "start: in configuration 2 of 2, rat: the space has no such dim.* 'rate'"),
        ({"start": [{"kind": "a", "other": 0.5}]}, "other: is given as 0.5, but its condition does not hold"),
        ({"start": [{"rate": 0.1}, {"rate": 0.2}], "trials": 1}, "start: 2 configurations are given for 1 trial; all"),
        ({"prior": 3}, "prior: 3 is given; it must be a study's name"),
        ({"prior": "before", "sampler": "grid"}, "prior: an earlier study is given, and a grid tries every"),
        ({"prior": "before", "space": Space(x=Float(0, 1))}, "prior: 'before' searched rate, kind and other, and this"),
        ({"prior": "before", "space": Space(rate=Float(2, 3))}, "prior: no trial of 'before' lies within this space"),
        ({"prior": "failed"}, r"prior: nothing was measured in 'failed' \(2 trials\)"),
    ],
)
def test_mistakes_get_a_line(known_studies, options, message):
    with pytest.raises(SettingError, match=message):
        tune("s", **{"store": known_studies, "space": SPACE} | options)


def test_an_earlier_study_that_is_not_there_is_told_of(known_studies):
    with pytest.raises(UnknownStudy, match=r"there is no 'befor' in .*; did you mean 'before'"):
        tune("s", store=known_studies, prior="befor")


def test_it_goes_on_only_with_what_it_began_with(known_studies):
    tune("s", store=known_studies, prior="before")
    with pytest.raises(SettingError, match="prior: 's' was begun with"):
        tune("s", store=known_studies, resume=True)
    with pytest.raises(SettingError, match="start: 's' was begun with 0 configurations"):
        tune("s", store=known_studies, resume=True, prior="before", start=[{"rate": 0.1}])


def fails(_):
    raise ValueError("no")


@pytest.fixture(scope="module")
def known_studies(tmp_path_factory):
    store = str(tmp_path_factory.mktemp("known") / "x.db")
    tune("before", trials=4, store=store)
    with pytest.raises(SettingError, match="failed"):
        ikura.tune(fails, name="failed", space=SPACE, trials=2, workers=1, store=store)
    return store

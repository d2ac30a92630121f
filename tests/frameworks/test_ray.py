"""Functions of Ray Tune's: their spaces, reports and checkpoints. Ray itself is imitated, but where it is installed."""

import json
import pickle
import shutil
import sys
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from ikura.errors import SettingError, SpaceError
from ikura.frameworks import RayTrainable
from ikura.space import Choice, Space
from ikura.space import Float as FloatDimension
from ikura.space import Int as IntDimension
from ikura.workers import Trial, TrialStopped


class Uniform:
    pass


class LogUniform:
    pass


class Normal:
    pass


class Quantized:
    def __init__(self, sampler, q):
        self.sampler, self.q = sampler, q


class Domain:
    def __init__(self, lower, upper, sampler, q=None):
        self.lower, self.upper = lower, upper
        self.sampler = sampler() if q is None else Quantized(sampler(), q)

    def get_sampler(self):
        return self.sampler


class Float(Domain):
    pass


class Integer(Domain):
    pass


class Categorical:
    sampler = None

    def __init__(self, categories):
        self.categories = list(categories)


class Function:
    sampler = None


INFINITE = float("inf")
IMITATED = SimpleNamespace(
    uniform=partial(Float, sampler=Uniform),
    loguniform=partial(Float, sampler=LogUniform),
    quniform=lambda low, high, q: Float(low, high, Uniform, q),
    qloguniform=lambda low, high, q: Float(low, high, LogUniform, q),
    randint=partial(Integer, sampler=Uniform),
    lograndint=partial(Integer, sampler=LogUniform),
    qrandint=lambda low, high, q=1: Integer(low, high, Uniform, q),
    qlograndint=lambda low, high, q: Integer(low, high, LogUniform, q),
    randn=lambda mean=0, sd=1: Float(-INFINITE, INFINITE, Normal),
    sample_from=lambda function: Function(),
    choice=Categorical,
    grid_search=lambda values: {"grid_search": values},
)


@pytest.fixture(params=["imitated", "ray"])
def tune(request):
    """Ray Tune's functions that make a space."""
    if request.param == "imitated":
        return IMITATED
    return pytest.importorskip("ray.tune", reason="Ray is large; it says what its spaces are", exc_type=ImportError)


class Checkpoint:
    def __init__(self, path):
        self.path = Path(path)

    @classmethod
    def from_directory(cls, path):
        return cls(path)

    def to_directory(self, path):
        shutil.copytree(self.path, path)


@pytest.fixture
def ray(monkeypatch):
    """Ray's modules as far as its functions find a session there."""
    place = ModuleType("ray.train._internal.session")
    place._session = None
    modules = {
        "ray": ModuleType("ray"),
        "ray.train._internal.session": place,
        "ray.tune": SimpleNamespace(Checkpoint=Checkpoint),
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return place


@pytest.fixture
def training(ray, tmp_path):
    """A function that reports for ever, and goes on from its checkpoint where it has one."""

    def train(config):
        session = ray._session
        first = 0
        if (checkpoint := session.loaded_checkpoint) is not None:
            first = json.loads((checkpoint.path / "state").read_text())
        seen.append(first)
        for epoch in range(first, 100):
            scratch = tmp_path / f"{len(seen)}-{epoch}"
            scratch.mkdir()
            (scratch / "state").write_text(str(epoch + 1))
            session.report({"loss": config["a"] + epoch, "done": False}, checkpoint=Checkpoint(scratch))

    seen = []
    train.seen = seen
    return train


def test_each_domain_has_its_dimension_and_its_values_come_back(tune):
    class Adam:
        pass

    param_space = {
        "rate": tune.loguniform(1e-4, 1e-1),
        "momentum": tune.uniform(0.1, 0.9),
        "dropout": tune.quniform(0, 0.5, 0.1),
        "decay": tune.qloguniform(1e-3, 1, 1e-3),
        "layers": tune.randint(1, 5),
        "units": tune.lograndint(4, 65),
        "batch": tune.qrandint(3, 17, 4),
        "even": tune.qrandint(3, 7),
        "heads": tune.qlograndint(2, 64, 2),
        "only": tune.randint(4, 5),
        "optimizer": {"name": tune.choice(["sgd", None, Adam]), "wd": tune.grid_search([0.0, 0.1]), "eps": 1e-8},
        "shape": tune.choice([[1, 2], [3]]),
        "path": "data",
    }
    trainable = RayTrainable(lambda config: given.append(config), param_space)
    assert trainable.space() == Space(
        rate=FloatDimension(1e-4, 1e-1, scale="log"),
        momentum=FloatDimension(0.1, 0.9),
        dropout=Choice(0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
        decay=FloatDimension(1e-3, 1.0, scale="log"),
        layers=IntDimension(1, 4),
        units=IntDimension(4, 64, scale="log"),
        batch=IntDimension(4, 16, step=4),
        even=IntDimension(3, 6),
        heads=IntDimension(2, 64, step=2, scale="log"),
        only=Choice(4),
        optimizer_name=Choice("sgd", "None", "Adam"),
        optimizer_wd=Choice(0.0, 0.1),
        shape=Choice("[1, 2]", "[3]"),
    )
    config = {
        "rate": 0.01,
        "momentum": 0.5,
        "dropout": 0.3,
        "decay": 0.0123,
        "layers": 2,
        "units": 8,
        "batch": 8,
        "even": 5,
        "heads": 4,
        "only": 4,
        "optimizer_name": "Adam",
        "optimizer_wd": 0.1,
        "shape": "[1, 2]",
    }
    given = []
    trainable(Trial(config))
    assert given == [
        {key: config[key] for key in list(param_space)[:10]}
        | {"optimizer": {"name": Adam, "wd": 0.1, "eps": 1e-8}, "shape": [1, 2], "path": "data", "decay": 0.012}
    ]


def test_what_cannot_be_searched_gets_a_line(tune):
    for domain, message in [
        (tune.randn(), "opt/x: is a tune.randn or a range without ends; .*: use tune.uniform"),
        (tune.sample_from(lambda config: 1), "opt/x: is a tune.sample_from, a function; .*: use"),
        (tune.choice([tune.uniform(0, 1)]), "opt/x: has a search space among its choices; .*: give it a name"),
        ([tune.uniform(0, 1)], "opt/x: is a list with a search space in it; .*: write a dict"),
        (1, "param_space: it has only constants; .*: use tune.uniform"),
    ]:
        with pytest.raises(SpaceError, match=message):
            RayTrainable(print, {"opt": {"x": domain}}).space()
    with pytest.raises(SpaceError, match=r"'a_b' and 'a/b' would both be called a_b; .*: rename one"):
        RayTrainable(print, {"a_b": tune.uniform(0, 1), "a": {"b": tune.uniform(0, 1)}}).space()


def test_each_report_is_an_epoch_and_the_last_ends_the_function(training):
    trial = Trial({"a": 1}, epochs=3)
    with pytest.raises(TrialStopped):
        RayTrainable(training, {"a": IMITATED.randint(0, 9)})(trial)
    assert trial.reports == {0: {"loss": 1}, 1: {"loss": 2}, 2: {"loss": 3}}


def test_it_goes_on_from_its_checkpoint(training, ray, tmp_path):
    trainable = RayTrainable(training, {"a": IMITATED.randint(0, 9)})
    reports = {}
    for start, stop in [(0, 2), (2, 3), (3, 5)]:
        trial = Trial({"a": 1}, start=start, stop=stop, epochs=5, folder=tmp_path / "trial")
        with pytest.raises(TrialStopped):
            trainable(trial)
        assert min(trial.reports) == start
        reports |= trial.reports
    assert training.seen == [0, 2, 3]
    assert reports == {epoch: {"loss": 1 + epoch} for epoch in range(5)}
    assert ray._session is None


def test_reports_that_were_lost_are_made_again(training, tmp_path):
    trainable = RayTrainable(training, {"a": IMITATED.randint(0, 9)})
    for start in (0, 2, 2, 1):
        trial = Trial({"a": 1}, start=start, stop=4, epochs=5, folder=tmp_path / "trial")
        with pytest.raises(TrialStopped):
            trainable(trial)
        assert set(range(start, 4)) <= set(trial.reports)
    assert training.seen == [0, 0, 2, 0]


def test_a_function_that_asks_for_no_checkpoint_reports_from_the_first_epoch(ray, tmp_path):
    def train(config):
        for epoch in range(3):
            ray._session.report({"loss": epoch}, checkpoint=Checkpoint(scratch))

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for start, stop in [(0, 2), (2, 3)]:
        trial = Trial({"a": 1}, start=start, stop=stop, epochs=3, folder=tmp_path / "trial")
        with pytest.raises(TrialStopped):
            RayTrainable(train, {"a": IMITATED.randint(0, 9)})(trial)
        assert trial.reports == {epoch: {"loss": epoch} for epoch in range(stop)}


@pytest.mark.parametrize(
    ("outcome", "value", "reports"),
    [
        (lambda config: None, None, {}),
        (lambda config: 0.5, 0.5, {}),
        (lambda config: {"eval": {"loss": 1.5}, "name": "x", "done": True}, None, {0: {"eval/loss": 1.5}}),
        (lambda config: ({"loss": loss} for loss in (2, 1)), None, {0: {"loss": 2}, 1: {"loss": 1}}),
    ],
)
def test_a_function_may_return_or_yield_its_metrics(outcome, value, reports, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)  # Such a function does not need it.
    trial = Trial({"a": 1}, epochs=5)
    assert RayTrainable(outcome, {"a": IMITATED.randint(0, 9)})(trial) == value
    assert trial.reports == reports


def test_the_functions_error_passes_and_the_session_goes(ray):
    def fails(config):
        assert ray._session.trial_id == "00007"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        RayTrainable(fails, {"a": IMITATED.randint(0, 9)})(Trial({"a": 1}, number=7))
    assert ray._session is None


def test_a_ray_that_keeps_its_session_elsewhere_gets_a_line(ray, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray.train._internal.session", None)
    with pytest.raises(SettingError, match=r"RayTrainable: this Ray has no ray.train._internal.session .*: install"):
        RayTrainable(print, {"a": IMITATED.randint(0, 9)})(Trial({"a": 1}))


def test_a_class_is_refused():
    with pytest.raises(SettingError, match=r"RayTrainable: Domain is a class; .*: write function"):
        RayTrainable(Domain, {})


def test_it_can_be_sent_to_another_process():
    sent = pickle.loads(pickle.dumps(RayTrainable(print, {"a": {"grid_search": [1, 2]}})))
    assert sent.space() == Space(a=Choice(1, 2))


def test_rays_own_functions_find_the_session(tmp_path):
    tune = pytest.importorskip(
        "ray.tune", reason="Ray is large; it is where its functions come from", exc_type=ImportError
    )

    def train(config):
        checkpoint = tune.get_checkpoint()
        first = 0 if checkpoint is None else json.loads((Path(checkpoint.path) / "state").read_text())
        assert tune.get_context().get_trial_id() == "00003"
        for epoch in range(first, 9):
            scratch = tmp_path / f"{epoch}"
            scratch.mkdir()
            (scratch / "state").write_text(str(epoch + 1))
            tune.report({"loss": epoch}, checkpoint=tune.Checkpoint.from_directory(scratch))

    for start, stop in [(0, 2), (2, 4)]:
        trial = Trial({"a": 1}, number=3, start=start, stop=stop, epochs=4, folder=tmp_path / "trial")
        with pytest.raises(TrialStopped):
            RayTrainable(train, {"a": tune.randint(0, 9)})(trial)
        assert sorted(trial.reports) == list(range(start, stop))

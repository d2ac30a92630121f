"""A trial in Transformers: what is reported, when it ends, and that a break changes nothing."""

import pytest
import torch
from transformers import Trainer, TrainerCallback, TrainingArguments, set_seed

from ikura.errors import SettingError
from ikura.frameworks.transformers import Reporting
from ikura.workers import Trial, TrialStopped

X = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
DATA = [{"x": row, "labels": row.sum()} for row in X]


class KilledError(Exception):
    """What comes in the middle of an epoch."""


class Net(torch.nn.Module):
    def __init__(self, kill_at=None):
        super().__init__()
        layers = [torch.nn.Linear(3, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1)]
        self.network = torch.nn.Sequential(*layers)
        self.seen, self.kill_at = 0, kill_at

    def forward(self, x, labels=None):
        self.seen += self.training
        if self.seen == self.kill_at:
            raise KilledError
        logits = self.network(x).squeeze(-1)
        return {"loss": torch.nn.functional.mse_loss(logits, labels), "logits": logits}


def mae(prediction):
    return {"mae": abs(prediction.predictions - prediction.label_ids).mean()}


class Rates(TrainerCallback):
    """Keep the learning rates and weight decays at the ends of epochs."""

    def __init__(self):
        self.seen = []

    def on_epoch_end(self, args, state, control, optimizer=None, **_):
        self.seen.append([(group["lr"], group["weight_decay"]) for group in optimizer.param_groups])


def train(trial, *, kill_at=None, save=True, rates=None, **settings):
    set_seed(trial.seed)
    net, reporting = Net(kill_at), Reporting(trial, save=save)
    usual = {"output_dir": trial.folder, "num_train_epochs": trial.epochs, "seed": trial.seed, "eval_strategy": "epoch"}
    usual |= {"learning_rate": 0.05}
    arguments = TrainingArguments(
        **(usual | settings),
        save_strategy="no",
        save_total_limit=1,
        eval_on_start=True,
        disable_tqdm=True,
        report_to="none",
        use_cpu=True,
    )
    callbacks = [reporting, rates or Rates()]
    trainer = Trainer(net, arguments, train_dataset=DATA, eval_dataset=DATA, callbacks=callbacks, compute_metrics=mae)
    trainer.train(resume_from_checkpoint=reporting.checkpoint)
    trainer.evaluate()
    return net


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    trial = Trial({}, seed=7, epochs=4, folder=tmp_path_factory.mktemp("whole"))
    return trial, train(trial)


def same(trial, net, whole, epochs=range(4)):
    assert trial.reports == {epoch: whole[0].reports[epoch] for epoch in epochs}
    for one, other in zip(net.parameters(), whole[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_each_epoch_is_reported_without_the_time_it_took(whole):
    assert list(whole[0].reports) == [0, 1, 2, 3]
    assert whole[0].reports[0].keys() == {"eval_loss", "eval_mae"}
    assert whole[0].reports[3]["eval_loss"] < whole[0].reports[0]["eval_loss"]


def test_a_break_changes_nothing(whole, tmp_path):
    for start, stop in ((0, 2), (2, 3)):
        trial = Trial({}, seed=7, epochs=4, start=start, stop=stop, folder=tmp_path)
        assert train(trial).seen == 5 * (stop - start)
        assert list(trial.reports) == list(range(start, stop))
    trial = Trial({}, seed=7, epochs=4, start=3, folder=tmp_path)
    same(trial, train(trial), whole, [3])


def test_a_copy_has_the_learning_rate_and_the_weight_decay_of_its_own_configuration(tmp_path):
    rates = Rates()
    train(Trial({}, seed=7, epochs=4, stop=1, folder=tmp_path), rates=rates, weight_decay=0.1)
    for start in (1, 2):
        trial = Trial({}, seed=7, epochs=4, start=start, stop=start + 1, folder=tmp_path)
        train(trial, rates=rates, learning_rate=0.2, weight_decay=0.3)
    # The linear schedule takes a quarter an epoch; biases have no decay.
    expected = [(0.05 * 0.75, 0.1), (0.2 * 0.5, 0.3), (0.2 * 0.25, 0.3)]
    assert [groups[0] for groups in rates.seen] == [pytest.approx(each) for each in expected]
    assert [groups[1] for groups in rates.seen] == [pytest.approx((rate, 0.0)) for rate, _ in expected]


def test_a_kill_changes_nothing(whole, tmp_path):
    with pytest.raises(KilledError):
        train(Trial({}, seed=7, epochs=4, folder=tmp_path), kill_at=12)
    unfinished = tmp_path / "checkpoint-15"
    unfinished.mkdir()
    (unfinished / "trainer_state.json").write_text('{"epoch": 3.0')
    trial = Trial({}, seed=7, epochs=4, start=2, folder=tmp_path)
    net = train(trial)
    same(trial, net, whole, [2, 3])
    assert net.seen == 10


@pytest.mark.parametrize(("save", "again"), [(True, 15), (False, 20)])
def test_a_stop_from_outside_passes(save, again, whole, tmp_path):
    trial = Trial({}, seed=7, epochs=4, folder=tmp_path, tell=lambda epoch, metrics: trial.ask_to_stop())
    with pytest.raises(TrialStopped):
        train(trial, save=save)
    assert list(trial.reports) == [0]
    trial = Trial({}, seed=7, epochs=4, start=1, folder=tmp_path)
    net = train(trial, save=save)
    same(trial, net, whole, range(4 - again // 5, 4))
    assert net.seen == again


def test_nothing_is_saved_where_nobody_wants_it(tmp_path):
    train(Trial({}, seed=7, epochs=4, stop=2, folder=tmp_path), save=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"eval_strategy": "no"}, "eval_strategy is 'no'; a trial reports each epoch: give eval_strategy='epoch'"),
        ({"output_dir": "elsewhere"}, "output_dir is 'elsewhere'; .*: give output_dir=trial.folder"),
    ],
)
def test_what_could_not_be_reported_or_gone_on_from_is_refused(settings, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError, match=message):
        train(Trial({}, epochs=2, folder=tmp_path / "own"), **settings)

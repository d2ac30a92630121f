"""A trial in Lightning: what is reported, when it ends, and that a break changes nothing."""

import sys
from importlib import import_module

import lightning.pytorch as lightning
import pytest
import pytorch_lightning
import torch
from torch.utils.data import DataLoader, TensorDataset

from ikura.frameworks.lightning import Reporting
from ikura.workers import Trial, TrialStopped

pytestmark = [
    # Lightning's advice on speed, which is no matter here.
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    # It has not followed PyTorch yet.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.* is deprecated:FutureWarning"),
]

X = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
DATA = TensorDataset(X, X.sum(dim=1, keepdim=True))


class KilledError(Exception):
    """What comes in the middle of an epoch."""


def net_of(library):
    class Net(library.LightningModule):
        def __init__(self, *, kill_at=None, plateau=False, rate=0.05, momentum=0.9):
            super().__init__()
            layers = [torch.nn.Linear(3, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1)]
            self.network = torch.nn.Sequential(*layers)
            self.seen, self.kill_at, self.plateau = 0, kill_at, plateau
            self.rate, self.momentum = rate, momentum

        def loss(self, batch):
            return torch.nn.functional.mse_loss(self.network(batch[0]), batch[1])

        def training_step(self, batch, index):
            self.seen += 1
            if self.seen == self.kill_at:
                raise KilledError
            self.log("train/loss", loss := self.loss(batch), on_epoch=True, on_step=False)
            return loss

        def validation_step(self, batch, index):
            self.log("val/loss", self.loss(batch))

        def configure_optimizers(self):
            optimizer = torch.optim.Adam(self.parameters(), lr=self.rate, betas=(self.momentum, 0.999))
            if self.plateau:
                decay = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=1.0)
            else:
                decay = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.7)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": decay, "monitor": "val/loss"}}

    return Net


def train(trial, *, library=lightning, validate=True, every=1, save=True, **settings):
    torch.manual_seed(trial.seed)
    net, reporting = net_of(library)(**settings), Reporting(trial, save=save)
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = library.Trainer(
        accelerator="cpu",
        max_epochs=trial.epochs,
        callbacks=[reporting],
        check_val_every_n_epoch=every,
        **quiet,
    )
    loaders = [DataLoader(DATA, 8, shuffle=True), *([DataLoader(DATA, 40)] if validate else [])]
    if not validate:
        net.validation_step = None
    trainer.fit(net, *loaders, ckpt_path=reporting.checkpoint)
    return net


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    trial = Trial({}, seed=7, epochs=4, folder=tmp_path_factory.mktemp("whole"))
    return trial, train(trial)


def same(trial, net, whole, epochs=range(4)):
    assert trial.reports == {epoch: whole[0].reports[epoch] for epoch in epochs}
    for one, other in zip(net.parameters(), whole[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_each_epoch_is_reported_under_names_that_are_identifiers(whole):
    assert list(whole[0].reports) == [0, 1, 2, 3]
    assert whole[0].reports[0].keys() == {"train_loss", "val_loss"}
    assert whole[0].reports[3]["val_loss"] < whole[0].reports[0]["val_loss"]


def test_epochs_that_are_not_validated_are_left_out(tmp_path):
    trial = Trial({}, epochs=4, folder=tmp_path)
    train(trial, every=2)
    assert list(trial.reports) == [1, 3]


def test_without_validation_each_epoch_is_reported(tmp_path):
    trial = Trial({}, epochs=3, stop=2, folder=tmp_path)
    assert train(trial, validate=False).seen == 10
    assert {epoch: list(metrics) for epoch, metrics in trial.reports.items()} == {0: ["train_loss"], 1: ["train_loss"]}


def test_a_break_changes_nothing(whole, tmp_path):
    for start, stop in ((0, 2), (2, 3)):
        trial = Trial({}, seed=7, epochs=4, start=start, stop=stop, folder=tmp_path)
        assert train(trial).seen == 5 * (stop - start)
        assert list(trial.reports) == list(range(start, stop))
    trial = Trial({}, seed=7, epochs=4, start=3, folder=tmp_path)
    same(trial, train(trial), whole, [3])


def test_a_break_changes_nothing_where_the_rate_follows_the_metric(tmp_path):
    trial = Trial({}, seed=7, epochs=4, folder=tmp_path / "whole")
    whole = trial, train(trial, plateau=True)
    train(Trial({}, seed=7, epochs=4, stop=2, folder=tmp_path / "parts"), plateau=True)
    trial = Trial({}, seed=7, epochs=4, start=2, folder=tmp_path / "parts")
    same(trial, train(trial, plateau=True), whole, [2, 3])


def test_a_copy_has_the_hyperparameters_of_its_own_configuration(tmp_path):
    train(Trial({}, seed=7, epochs=4, stop=2, folder=tmp_path))
    net = train(Trial({}, seed=7, epochs=4, start=2, stop=3, folder=tmp_path), rate=0.1, momentum=0.5)
    (group,) = net.optimizers().param_groups
    # The schedule has taken its share of the new rate.
    assert group["lr"] == pytest.approx(0.1 * 0.7**3)
    assert group["betas"] == (0.5, 0.999)
    net = train(Trial({}, seed=7, epochs=4, start=3, folder=tmp_path), rate=0.1, momentum=0.5)
    assert net.optimizers().param_groups[0]["lr"] == pytest.approx(0.1 * 0.7**4)


def test_a_kill_changes_nothing(whole, tmp_path):
    with pytest.raises(KilledError):
        train(Trial({}, seed=7, epochs=4, folder=tmp_path), kill_at=12)
    trial = Trial({}, seed=7, epochs=4, start=2, folder=tmp_path)
    net = train(trial)
    same(trial, net, whole, [2, 3])
    assert net.seen == 10


def test_a_stop_from_outside_passes_and_leaves_the_epoch_saved(whole, tmp_path):
    trial = Trial({}, seed=7, epochs=4, folder=tmp_path, tell=lambda epoch, metrics: trial.ask_to_stop())
    with pytest.raises(TrialStopped):
        train(trial)
    assert list(trial.reports) == [0]
    trial = Trial({}, seed=7, epochs=4, start=1, folder=tmp_path)
    net = train(trial)
    same(trial, net, whole, [1, 2, 3])
    assert net.seen == 15


def test_nothing_is_saved_where_nobody_wants_it(whole, tmp_path):
    train(Trial({}, seed=7, epochs=4, stop=2, folder=tmp_path), save=False)
    assert list(tmp_path.iterdir()) == []
    trial = Trial({}, seed=7, epochs=4, start=2, folder=tmp_path)
    same(trial, train(trial, save=False), whole)


def test_the_earlier_name_of_lightning_takes_it_too(whole, tmp_path):
    train(Trial({}, seed=7, epochs=4, stop=2, folder=tmp_path), library=pytorch_lightning)
    trial = Trial({}, seed=7, epochs=4, start=2, folder=tmp_path)
    same(trial, train(trial, library=pytorch_lightning), whole, [2, 3])


def test_the_earlier_name_suffices(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning.pytorch", None)
    monkeypatch.delitem(sys.modules, "ikura.frameworks.lightning")
    assert issubclass(import_module("ikura.frameworks.lightning").Reporting, pytorch_lightning.Callback)

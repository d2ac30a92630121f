"""What is said of a study before it begins, and of where it stands."""

from dataclasses import replace

import pytest

from ikura.cli.phrases import schedule_in_words, search_in_words
from ikura.cli.progress import introduction
from ikura.errors import SettingError
from ikura.study import Began
from tests.cli.samples import HALVING, SETTINGS


def spared(schedule: str, **given) -> str | None:
    usual = {"trials": 512, "horizon": 30, "reduction": None, "min_epochs": None, "epochs": 3840}
    return schedule_in_words(schedule, **(usual | given))


def test_halving_says_its_rungs_and_what_it_spares() -> None:
    said = "512 trials by halving (3, 10, 30 epochs): about 3,840 epochs, 15,360 without"
    assert spared("halving") == spared("halving", reduction=3, min_epochs=3) == said
    assert spared("halving", reduction=4, min_epochs=1).startswith("512 trials by halving (1, 7, 30 epochs): ")
    with pytest.raises(SettingError, match="min_epochs is 20"):
        spared("halving", min_epochs=20)


def test_population_based_training_says_how_often_it_copies() -> None:
    said = "64 trials by population-based training, copies every 5 epochs: 1,920 epochs"
    assert spared("pbt", trials=64, min_epochs=5, epochs=1920) == said
    assert ", copies every 3 epochs: " in spared("pbt")


def test_the_full_budget_needs_no_words() -> None:
    assert spared("full") is None


def test_a_study_is_introduced_with_its_epochs() -> None:
    began = Began("flowers-1", HALVING, 0, 3840)
    assert introduction(began)[1:] == [
        "flowers-1: 512 trials of 30 epochs, sobol, halving (reduction 3, min-epochs 3), seed 0",
        "512 trials by halving (3, 10, 30 epochs): about 3,840 epochs, 15,360 without",
    ]
    assert len(introduction(Began("flowers-1", SETTINGS, 0, 16))) == 2


def test_a_study_that_goes_on_says_what_is_done() -> None:
    began = Began("flowers-1", SETTINGS, resumed=3, epochs=16, trained=7)
    assert introduction(began)[2:] == ["7 epochs trained before; 3 trials over"]


def test_rounds_are_said_where_there_are_some() -> None:
    settings = replace(SETTINGS, sampler="coarse-to-fine", rounds=4, epochs=1)
    assert search_in_words(settings) == "8 trials of 1 epoch, coarse-to-fine in 4 rounds, seed 0"

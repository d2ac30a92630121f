"""What is said of a study before it begins, and of where it stands."""

from dataclasses import replace

from ikura.cli.phrases import schedule_in_words, search_in_words, subject_in_words
from ikura.cli.progress import introduction
from ikura.schedulers import MedianStopping, Patience, PopulationBased, SuccessiveHalving
from ikura.space import Float, Space
from ikura.study import Began
from tests.cli.samples import HALVING, SETTINGS


def test_a_schedule_says_what_it_spares() -> None:
    halving = SuccessiveHalving(30)
    said = "512 trials by halving (3, 10, 30 epochs): about 3,840 epochs, 15,360 without"
    assert schedule_in_words(halving.summary, trials=512, horizon=30, epochs=3840, is_bound=False) == said


def test_a_schedule_that_spares_nothing_says_its_epochs() -> None:
    pbt = PopulationBased(30, Space(rate=Float(0.1, 1.0)), frozenset(), 5)
    said = "64 trials by population-based training, copies every 5 epochs: 1,920 epochs"
    assert schedule_in_words(pbt.summary, trials=64, horizon=30, epochs=1920, is_bound=False) == said


def test_a_schedule_of_which_nobody_knows_what_it_spares_says_the_most_that_there_can_be() -> None:
    median = MedianStopping(30)
    said = "64 trials by median stopping, looked at every 3 epochs: at most 1,920 epochs"
    assert schedule_in_words(median.summary, trials=64, horizon=30, epochs=1920, is_bound=True) == said
    began = Began("flowers-1", SETTINGS, 3, 15, schedule=Patience(30).summary, is_bound=True)
    said = "by patience, stopped after more than 6 epochs without a better value: at most 15 epochs, 16 without"
    assert introduction(began)[2].endswith(said)


def test_a_study_is_introduced_with_its_epochs() -> None:
    began = Began("flowers-1", HALVING, 0, 3840, schedule=SuccessiveHalving(30).summary)
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


def test_folds_are_told_and_their_examples_are_counted_once() -> None:
    settings = replace(SETTINGS, folds=5, examples={"train": 283, "dev": 354, "test": 88})
    assert search_in_words(settings) == f"{search_in_words(SETTINGS).removesuffix(', seed 0')}, 5 folds, seed 0"
    assert ": 354 training and dev and 88 test examples; " in subject_in_words(settings)[1]
    untested = replace(settings, examples=settings.examples | {"test": 0})
    assert ": 354 training and dev examples; " in subject_in_words(untested)[1]

"""The settings of studies that only a bench sees."""

from ikura.records import Origin, Settings
from ikura.tasks import CLASSIFICATION


def bench_settings(trials: int, epochs: int) -> Settings:
    """Return settings with a budget, and nothing else of interest."""
    return Settings(
        origin=Origin.MEMORY,
        data="bench",
        target=None,
        seed=0,
        trials=trials,
        epochs=epochs,
        sampler="bench",
        user_sampler=True,
        rounds=None,
        schedule="full",
        reduction=None,
        min_epochs=None,
        task=CLASSIFICATION.name,
        metrics=CLASSIFICATION.metrics,
        objective=CLASSIFICATION.objective,
        network="mlp",
        user_network=False,
        limits={},
        out=None,
        fingerprint="",
        examples={"train": 0, "dev": 0, "test": 0},
        features=0,
        columns=0,
        targets=(),
        notes=(),
        versions={},
        machine="",
    )

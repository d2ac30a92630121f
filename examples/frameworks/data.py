"""The digits, as files that every language reads."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

DEV = 450
"""Images that are not trained on."""


def export(folder: Path) -> Path:
    """Write the digits into a folder, as digits.npz, train.csv and dev.csv (the label first), and return the folder."""
    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = (pixels / 16).astype("float32"), labels.astype("int64")
    x, x_dev, y, y_dev = train_test_split(pixels, labels, test_size=DEV, random_state=0, stratify=labels)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "digits.npz", x=x, y=y, x_dev=x_dev, y_dev=y_dev)
    for name, inputs, classes in (("train", x, y), ("dev", x_dev, y_dev)):
        np.savetxt(
            folder / f"{name}.csv", np.column_stack([classes, inputs]), fmt=["%d", *["%.4f"] * 64], delimiter=","
        )
    return folder

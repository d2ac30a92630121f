import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.linear_model import LogisticRegression

from ikura.data import BUNDLED, prepare
from ikura.records import Origin

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the trial data is not at {SHARED}")


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets(name):
    reference = getattr(datasets, f"load_{name.replace('-', '_')}")()
    dataset = prepare(name)
    assert dataset.name == name
    assert dataset.origin is Origin.BUNDLED
    splits = (dataset.train, dataset.dev, dataset.test)
    assert sum(len(split.y) for split in splits) == len(reference.target)
    for split, share in zip(splits, (0.6, 0.2, 0.2), strict=True):
        assert split.x.dtype == np.float32
        assert split.x.flags.c_contiguous
        assert split.y.dtype == np.int32
        assert np.isfinite(split.x).all()
        assert abs(len(split.y) - share * len(reference.target)) <= 1
    names = np.array([str(label) for label in dataset.classes])
    assert sorted(names) == sorted(map(str, reference.target_names))
    np.testing.assert_array_equal(
        np.sort(np.concatenate([names[split.y] for split in splits])),
        np.sort([str(reference.target_names[code]) for code in reference.target]),
    )
    assert (
        LogisticRegression(max_iter=500).fit(dataset.train.x, dataset.train.y).score(dataset.dev.x, dataset.dev.y) > 0.9
    )


def test_the_seed_decides_the_split():
    first, again, other = prepare("iris", seed=1), prepare("iris", seed=1), prepare("iris", seed=2)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    np.testing.assert_array_equal(first.test.x, again.test.x)


def test_the_fingerprint_is_the_hash_of_all_splits():
    dataset = prepare("iris")
    parts = [array.tobytes() for split in (dataset.train, dataset.dev, dataset.test) for array in (split.x, split.y)]
    assert dataset.fingerprint == sha256(b"".join(parts)).hexdigest()


def test_data_tells_where_it_came_from(tmp_path):
    # Names that look like another origin's must not mislead.
    (tmp_path / "arrays").mkdir()
    table = pd.DataFrame({"x": range(20), "y": ["a", "b"] * 10})
    table.to_csv(tmp_path / "arrays" / "iris.csv", index=False)
    arrays = (table[["x"]].to_numpy(), table["y"].to_numpy())
    found = [prepare(source) for source in (tmp_path / "arrays" / "iris.csv", table, arrays)]
    assert [dataset.origin for dataset in found] == [Origin.FILE, Origin.MEMORY, Origin.MEMORY]
    assert [dataset.name for dataset in found] == [str(tmp_path / "arrays" / "iris.csv"), "frame", "arrays"]


def test_importing_the_room_loads_neither_pandas_nor_scikit_learn():
    heavy = ("pandas", "sklearn", "scipy", "pyarrow", "jax")
    code = f"import sys, ikura.data; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@needs_shared
@pytest.mark.parametrize(
    ("name", "examples", "features", "classes"),
    [
        ("phoneme.csv", 5404, 5, (0, 1)),
        ("winequality-white.csv", 4898, 11, (3, 4, 5, 6, 7, 8, 9)),
    ],
)
def test_real_files_without_a_header(name, examples, features, classes):
    dataset = prepare(SHARED / name)
    splits = (dataset.train, dataset.dev, dataset.test)
    assert sum(len(split.y) for split in splits) == examples
    assert dataset.train.x.shape[1] == features
    assert dataset.classes == classes
    assert dataset.preprocessing.names is None
    assert all(len(np.unique(split.y)) == len(classes) for split in splits)


@needs_shared
def test_fashion_mnist_keeps_its_own_test_part():
    with np.load(SHARED / "fashion_mnist.npz") as file:
        labels = file["y_test"]
    dataset = prepare(SHARED / "fashion_mnist.npz")
    assert [split.x.shape for split in (dataset.train, dataset.dev, dataset.test)] == [
        (45000, 784),
        (15000, 784),
        (10000, 784),
    ]
    np.testing.assert_array_equal(dataset.test.y, labels)
    assert np.bincount(dataset.dev.y).tolist() == [1500] * 10
    assert np.abs(dataset.test.x).max() < 4

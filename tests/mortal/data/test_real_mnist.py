"""The real MNIST, where it lies at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

from mortal.data import KNOWN_SETS, get, load, read_folder
from mortal.data.folder import STEMS, find_file

ROOT = Path(__file__).resolve().parents[3]


def mnist_folder():
    given = os.environ.get("MORTAL_DATA")
    places = [Path(given)] if given else []
    places += [ROOT.parent / "shared" / "data", ROOT / "shared" / "data"]
    for place in places:
        for folder in (place / "mnist", place):
            if all(find_file(folder, stem) for stem in STEMS):
                return folder
    return None


FOLDER = mnist_folder()
pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="MNIST is not at hand; set MORTAL_DATA to its folder"
)


@pytest.fixture(scope="module")
def files():
    return read_folder(FOLDER)


def test_the_files_hold_what_is_known_of_them(files):
    assert files.images_train.shape == (60000, 28, 28)
    assert files.images_test.shape == (10000, 28, 28)
    assert files.labels_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert files.labels_test[:5].tolist() == [7, 2, 1, 0, 4]


def test_every_pixel_counts_as_another_reader_counts_it(files):
    # gzip -dc FILE | tail -c +17 | od -An -v -tu1, summed by awk
    assert int(files.images_train.sum(dtype=np.int64)) == 1567298545
    assert int(files.images_test.sum(dtype=np.int64)) == 264923200


def test_classes_are_as_frequent_as_published(files):
    # LeCun et al. give the counts of each digit; they are repeated in most descriptions of MNIST.
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(files.labels_train).tolist() == train
    assert np.bincount(files.labels_test).tolist() == test


def test_mnist_loads_by_name_with_validation_taken_out(files):
    dataset = load("mnist", path=FOLDER, train=500, validation=300, test=200, seed=2)
    assert [len(dataset.labels_train), len(dataset.labels_validation)] == [500, 300]
    assert len(dataset.labels_test) == 200
    assert (dataset.classes, dataset.features) == (10, 784)
    assert dataset.inputs_train.max() == 1.0


def test_a_folder_that_holds_mnist_needs_no_network():
    paths = get("mnist", FOLDER, mirror="http://127.0.0.1:9/nothing-listens-here")
    assert [path.parent for path in paths] == [FOLDER] * 4
    assert all(file.is_verified for file in KNOWN_SETS["mnist"].files)

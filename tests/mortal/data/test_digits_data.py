"""The bundled digits: 1297 to train with, 500 to test, and nothing loaded that is not asked for."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits as bundled

from mortal.data import load
from mortal.errors import DataError


def rows(inputs):
    return sorted(map(bytes, inputs))


def test_digits_have_their_declared_form():
    digits = load("digits")
    assert digits.inputs_train.shape == (1297, 64)
    assert digits.inputs_test.shape == (500, 64)
    assert digits.inputs_validation.shape == (0, 64)
    assert digits.inputs_train.flags.c_contiguous
    assert (digits.inputs_train.max(), digits.inputs_train.min()) == (1.0, 0.0)
    assert set(digits.labels_test.tolist()) == set(range(10))
    assert (digits.name, digits.classes, digits.features) == ("digits", 10, 64)


def test_digits_are_all_the_bundled_images_with_their_own_labels():
    images, labels = bundled(return_X_y=True)
    scaled = np.float32(images / 16)
    wanted = sorted((bytes(image), label) for image, label in zip(scaled, labels, strict=True))
    digits = load("digits", validation=200, seed=3)
    found = sorted(
        (bytes(image), label)
        for part in ("train", "validation", "test")
        for image, label in zip(
            getattr(digits, f"inputs_{part}"), getattr(digits, f"labels_{part}"), strict=True
        )
    )
    assert found == wanted


def test_validation_comes_out_of_the_training_part():
    plain, held = load("digits"), load("digits", validation=200)
    assert [len(held.labels_train), len(held.labels_validation)] == [1097, 200]
    assert (plain.inputs_test == held.inputs_test).all()
    assert rows(plain.inputs_train) == rows(
        np.concatenate([held.inputs_train, held.inputs_validation])
    )


def test_the_test_images_depend_on_the_seed_alone():
    one = load("digits", seed=4)
    small = load("digits", seed=4, train=100, validation=50, test=60)
    other = load("digits", seed=5)
    assert set(rows(small.inputs_test)) <= set(rows(one.inputs_test))
    assert set(rows(small.inputs_train)) <= set(rows(one.inputs_train))
    assert [len(small.labels_train), len(small.labels_test)] == [100, 60]
    assert rows(one.inputs_test) != rows(other.inputs_test)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train": 1298}, "1298 training samples"),
        ({"train": 1297, "validation": 1}, "only 1296 remain"),
        ({"test": 501}, "501 test .* there are 500"),
        ({"test": 0}, "inputs_test .* is empty"),
        ({"train": 0}, "inputs_train .* is empty"),
        ({"path": "somewhere"}, "takes no path"),
    ],
)
def test_more_than_there_is_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        load("digits", **options)


def test_an_unknown_name_gets_the_nearest_known_one():
    with pytest.raises(DataError, match=r"'minst' is no known data set.* Did you mean 'mnist'"):
        load("minst")
    with pytest.raises(DataError, match="known are digits, mnist, fashion-mnist, kmnist, idx"):
        load("imagenet")


def test_importing_the_door_does_not_import_scikit_learn():
    code = "import sys, mortal.data; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""A data set refuses whatever a learner could not use."""

import dataclasses

import numpy as np
import pytest

from mortal.data import Dataset, from_arrays
from mortal.errors import DataError, MortalError


def small(**changes):
    fields = {
        "name": "small",
        "inputs_train": np.full((4, 3), 0.5, dtype=np.float32),
        "labels_train": np.array([0, 1, 0, 1]),
        "inputs_validation": np.empty((0, 3), dtype=np.float32),
        "labels_validation": np.empty(0, dtype=np.int64),
        "inputs_test": np.ones((2, 3), dtype=np.float32),
        "labels_test": np.array([1, 0]),
        "classes": 2,
        "features": 3,
    }
    return Dataset(**(fields | changes))


def test_a_good_data_set_is_accepted_and_frozen():
    dataset = small()
    assert repr(dataset) == "Dataset(name='small', classes=2, features=3)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.classes = 3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_value_that_is_not_finite_is_named_with_array_and_first_index(part, value):
    inputs = np.full((4, 3), 0.5, dtype=np.float32)
    inputs[2, 1] = value
    inputs[3, 0] = np.nan
    changes = {f"inputs_{part}": inputs, f"labels_{part}": np.array([0, 1, 0, 1])}
    with pytest.raises(DataError, match=rf"inputs_{part} .*has {value} at \[2, 1\].*not finite"):
        small(**changes)


def test_inputs_outside_zero_to_one_are_refused():
    inputs = np.full((4, 3), 0.5, dtype=np.float32)
    inputs[0, 2] = 255
    with pytest.raises(DataError, match=r"255\.0 at \[0, 2\], which is outside the range"):
        small(inputs_train=inputs)


@pytest.mark.parametrize("label", [-1, 2])
def test_labels_out_of_range_are_refused(label):
    with pytest.raises(DataError, match=rf"label {label} at \[1\].* run from 0 to 1"):
        small(labels_test=np.array([0, label]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels_train": np.array([0, 1, 0])}, "4 samples, but labels_train has 3"),
        ({"inputs_test": np.ones((2, 5), dtype=np.float32)}, "5 features .* declares 3"),
        ({"inputs_train": np.ones((4, 3))}, "type float64; float32 is needed"),
        ({"labels_train": np.zeros(4, dtype=np.int32)}, "type int32; int64 is needed"),
        ({"inputs_train": np.ones((4, 3, 1), dtype=np.float32)}, r"\[sample, feature\] is needed"),
        ({"labels_test": np.zeros((2, 1), dtype=np.int64)}, r"\[sample\] is needed"),
        ({"inputs_test": np.ones((3, 2), dtype=np.float32).T}, "not contiguous"),
        ({"inputs_test": [[0.0]]}, "is a list; a NumPy array"),
        ({"classes": 0}, "0 classes"),
        (
            {
                "inputs_test": np.empty((0, 3), dtype=np.float32),
                "labels_test": np.empty(0, dtype=np.int64),
            },
            "inputs_test .* is empty",
        ),
        (
            {
                "inputs_train": np.empty((0, 3), dtype=np.float32),
                "labels_train": np.empty(0, dtype=np.int64),
            },
            "inputs_train .* is empty",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        small(**changes)


def test_a_data_error_is_a_value_error_and_a_mortal_error():
    assert issubclass(DataError, ValueError)
    assert issubclass(DataError, MortalError)


def test_from_arrays_converts_copies_and_counts_classes():
    inputs = np.array([[0.0, 1.0], [0.25, 0.5]], order="F")
    dataset = from_arrays(inputs, np.array([0, 2], dtype=np.uint8), [[1, 0]], [1])
    inputs[:] = 7
    assert dataset.inputs_train.dtype == np.float32
    assert dataset.inputs_train.tolist() == [[0.0, 1.0], [0.25, 0.5]]
    assert dataset.labels_train.dtype == np.int64
    assert (dataset.classes, dataset.features) == (3, 2)
    assert dataset.inputs_validation.shape == (0, 2)


def test_from_arrays_takes_given_validation_arrays():
    dataset = from_arrays(
        [[0.0]], [0], [[1.0]], [1], inputs_validation=[[0.5]], labels_validation=[1], classes=4
    )
    assert dataset.inputs_validation.tolist() == [[0.5]]
    assert dataset.classes == 4


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[256.5]], [0], [[1]], [0]), {}, "256.5 at"),
        (([[1e300]], [0], [[1]], [0]), {}, r"1e\+300 at .* outside"),
        (([[1 + 1e-9]], [0], [[1]], [0]), {}, "outside the range"),
        (([[np.nan]], [0], [[1]], [0]), {}, "not finite"),
        (([["a"]], [0], [[1]], [0]), {}, "real numbers are needed"),
        (([[1j]], [0], [[1]], [0]), {}, "complex128; real numbers"),
        (([[1], [1, 2]], [0], [[1]], [0]), {}, "cannot be made an array"),
        (([1.0], [0], [[1]], [0]), {}, r"shape \(1,\).*reshape"),
        (([[1.0]], [0.5], [[1]], [0]), {}, "whole numbers are needed"),
        (([[1.0]], [-1], [[1]], [0]), {}, "label -1"),
        (([[1.0]], np.array([2**63], dtype=np.uint64), [[1]], [0]), {}, "9223372036854775808"),
        (([[1.0]], [3], [[1]], [0]), {"classes": 2}, "label 3"),
        (([[1.0]], [0], [[1]], [0]), {"labels_validation": [0]}, "give both or neither"),
    ],
)
def test_from_arrays_refuses_what_is_no_data_set(arguments, options, message):
    with pytest.raises(DataError, match=message):
        from_arrays(*arguments, **options)

"""A data set from NumPy arrays that are already in memory."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.data.dataset import Dataset, Inputs, Labels, refuse_bad_inputs
from mortal.errors import DataError

__all__ = ["from_arrays"]


def from_arrays(
    inputs_train: npt.ArrayLike,
    labels_train: npt.ArrayLike,
    inputs_test: npt.ArrayLike,
    labels_test: npt.ArrayLike,
    *,
    inputs_validation: npt.ArrayLike | None = None,
    labels_validation: npt.ArrayLike | None = None,
    classes: int | None = None,
    name: str = "arrays",
) -> Dataset:
    """Make a data set of given arrays, which are checked, converted and copied.

    Inputs are real numbers in [0, 1], `[sample, feature]`; labels whole numbers from 0,
    `[sample]`. `classes` None means one more than the largest label given. Validation arrays are
    given together or not at all; `mortal.data.split` divides arrays that are still in one piece.
    Raises `DataError` when an array is no such array, a value is out of range, or the parts do
    not fit each other.
    """
    if (inputs_validation is None) != (labels_validation is None):
        raise DataError(
            f"Data set {name!r} was given only one of inputs_validation and labels_validation; "
            "give both or neither."
        )
    train = _inputs(f"inputs_train of data set {name!r}", inputs_train)
    features = train.shape[1]
    if inputs_validation is None or labels_validation is None:
        inputs_validation = np.empty((0, features), dtype=np.float32)
        labels_validation = np.empty(0, dtype=np.int64)
    labels = {
        part: _labels(f"labels_{part} of data set {name!r}", values)
        for part, values in (
            ("train", labels_train),
            ("validation", labels_validation),
            ("test", labels_test),
        )
    }
    if classes is None:
        classes = 1 + max((int(part.max()) for part in labels.values() if part.size), default=0)
    return Dataset(
        name=name,
        inputs_train=train,
        labels_train=labels["train"],
        inputs_validation=_inputs(f"inputs_validation of data set {name!r}", inputs_validation),
        labels_validation=labels["validation"],
        inputs_test=_inputs(f"inputs_test of data set {name!r}", inputs_test),
        labels_test=labels["test"],
        classes=classes,
        features=features,
    )


def _inputs(what: str, values: npt.ArrayLike) -> Inputs:
    array = _numbers(what, values, kinds="biuf", needed="real numbers")
    if array.ndim != 2:
        raise DataError(
            f"{what} has the shape {array.shape}; [sample, feature] is needed "
            "(images: `reshape(len(images), -1)`)."
        )
    refuse_bad_inputs(what, array)  # before the conversion, which may round or overflow
    return np.array(array, dtype=np.float32, order="C")


def _labels(what: str, values: npt.ArrayLike) -> Labels:
    array = _numbers(what, values, kinds="iu", needed="whole numbers")
    largest = np.iinfo(np.int64).max
    if array.size and array.max() > largest:
        raise DataError(f"{what} has the label {array.max()}; labels must fit 64 signed bits.")
    return np.array(array, dtype=np.int64, order="C")


def _numbers(what: str, values: npt.ArrayLike, *, kinds: str, needed: str) -> npt.NDArray[Any]:
    try:
        array: npt.NDArray[Any] = np.asarray(values)
    except (ValueError, TypeError) as error:
        raise DataError(f"{what} cannot be made an array ({error}).") from error
    if array.dtype.kind not in kinds:
        raise DataError(f"{what} has values of type {array.dtype}; {needed} are needed.")
    return array

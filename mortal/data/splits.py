"""Which samples train, validate and test: a pure function of the data seed and the counts.

The draw is the order of raw 64-bit words of PCG64, whose stream NumPy guarantees for a fixed
seed; `Generator.permutation` may change between releases, and a split must not.
"""

import operator
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
import numpy.typing as npt

from mortal.errors import DataError

__all__ = ["Parts", "Split", "narrow", "split", "split_indices"]

Indices = npt.NDArray[np.intp]


class Parts(NamedTuple):
    """Rising sample numbers of each part, `[sample]`."""

    train: Indices
    validation: Indices
    test: Indices


class Split(NamedTuple):
    """Inputs `[sample, ...]` and labels `[sample]` of each part."""

    inputs_train: npt.NDArray[Any]
    labels_train: npt.NDArray[Any]
    inputs_validation: npt.NDArray[Any]
    labels_validation: npt.NDArray[Any]
    inputs_test: npt.NDArray[Any]
    labels_test: npt.NDArray[Any]


def split(
    inputs: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    seed: int,
    train: int | None,
    validation: int,
    test: int,
) -> Split:
    """Divide inputs `[sample, ...]` and labels `[sample]` into three disjoint parts.

    Which sample goes where depends on the seed and the counts alone; see `split_indices`. Raises
    `DataError` when inputs and labels differ in number or the counts do not fit.
    """
    if len(inputs) != len(labels):
        raise DataError(f"There are {len(inputs)} inputs, but {len(labels)} labels to split.")
    parts = split_indices(len(inputs), seed, train=train, validation=validation, test=test)
    return Split(
        inputs[parts.train],
        labels[parts.train],
        inputs[parts.validation],
        labels[parts.validation],
        inputs[parts.test],
        labels[parts.test],
    )


def split_indices(
    samples: int, seed: int, *, train: int | None, validation: int, test: int
) -> Parts:
    """Choose `test`, then `validation`, then `train` of `samples` sample numbers by `seed`.

    Dealt in that order, so the test part does not depend on the other two counts, the validation
    part not on `train`, and asking for fewer of the last part gives a subset. `train=None` takes
    all that remain. Inside a part samples keep the order they came in. Raises `DataError` when a
    count or the seed is not a whole number >= 0, or more is asked than there is.
    """
    test = _count("test", test)
    validation = _count("validation", validation)
    if test + validation > samples:
        raise DataError(
            f"{test} test and {validation} validation samples are asked for, but there are "
            f"{samples}."
        )
    remain = samples - test - validation
    train = remain if train is None else _count("train", train)
    if train > remain:
        raise DataError(
            f"{train} training samples are asked for, but of {samples} only {remain} remain "
            f"beside {validation} for validation and {test} for the test."
        )
    words = np.random.PCG64(_count("the data seed", seed)).random_raw(samples)
    order = np.argsort(words, kind="stable")
    ends = np.cumsum([test, validation, train])
    return Parts(
        train=np.sort(order[ends[1] : ends[2]]),
        validation=np.sort(order[ends[0] : ends[1]]),
        test=np.sort(order[: ends[0]]),
    )


def narrow(
    samples_train: int,
    samples_test: int,
    seed: int,
    *,
    train: int | None,
    validation: int,
    test: int | None,
) -> Parts:
    """Choose from a set that comes with its own test samples, which stay apart.

    `train` and `validation` number samples of the training side, `test` of the test side; None
    means all there are. `test` samples are drawn by the seed too: the first half of the MNIST
    test file is cleaner than the second, so its first images are no fair sample. Raises
    `DataError` as `split_indices` does.
    """
    training = split_indices(samples_train, seed, train=train, validation=validation, test=0)
    limit = samples_test if test is None else test
    testing = split_indices(samples_test, seed, train=0, validation=0, test=limit)
    return Parts(training.train, training.validation, testing.test)


def _count(what: str, value: SupportsIndex) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        raise DataError(f"{what} is {value!r}; a whole number is needed.") from None
    if count < 0:
        raise DataError(f"{what} is {count}; a whole number of at least 0 is needed.")
    return count

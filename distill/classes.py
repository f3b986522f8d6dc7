"""Classes held out: for experimenters, who have labels; nothing in a transfer does."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.errors import InputError
from distill.inputs import check_inputs, check_labels

__all__ = ["only_classes", "without_classes"]

_Inputs = npt.NDArray[Any]
_Labels = npt.NDArray[Any]


def only_classes(
    inputs: npt.ArrayLike, labels: npt.ArrayLike, classes: Iterable[int]
) -> tuple[_Inputs, _Labels]:
    """Return those inputs `[sample, feature]`, and labels `[sample]`, that are of `classes`.

    Raises InputError for labels that are not one whole number an input, and where none is left.
    """
    given, truth, is_named = _sorted_out(inputs, labels, classes)
    return _left(given, truth, is_named)


def without_classes(
    inputs: npt.ArrayLike, labels: npt.ArrayLike, classes: Iterable[int]
) -> tuple[_Inputs, _Labels]:
    """Return those inputs `[sample, feature]`, and labels `[sample]`, that are not of `classes`.

    So a student can be asked about a class it was never shown (arXiv:1503.02531, section 3).
    Raises InputError as `only_classes` does.
    """
    given, truth, is_named = _sorted_out(inputs, labels, classes)
    return _left(given, truth, ~is_named)


def _sorted_out(
    inputs: npt.ArrayLike, labels: npt.ArrayLike, classes: Iterable[int]
) -> tuple[_Inputs, _Labels, npt.NDArray[np.bool_]]:
    given = check_inputs(inputs)
    truth = check_labels(labels, len(given))
    return given, truth, np.isin(truth, list(classes))


def _left(
    given: _Inputs, truth: _Labels, is_kept: npt.NDArray[np.bool_]
) -> tuple[_Inputs, _Labels]:
    if not is_kept.any():
        raise InputError(f"of {len(given)} inputs none is left: their classes are all held out")
    return given[is_kept], truth[is_kept]

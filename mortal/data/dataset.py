"""A data set as every rule sees it: inputs in [0, 1], labels, and three parts that never mix."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.errors import DataError

__all__ = ["Dataset", "Inputs", "Labels", "refuse_bad_inputs", "refuse_bad_labels"]

Inputs = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs and labels of one task, divided into training, validation and test samples.

    Learning rates, early stops and corrections may look at the validation part only; it is the
    one part that may be empty. `features` is the length of one input, `classes` the number of
    labels, which run from 0 to `classes` - 1.

    - `inputs_*`: float32, C-contiguous, dimensionless, each value in [0, 1]; `[sample, feature]`
    - `labels_*`: int64; `[sample]`

    Raises `DataError` when an array has another form, a value is not finite or outside its
    range, the parts do not fit each other, or the training or the test part is empty.
    """

    name: str
    inputs_train: Inputs = field(repr=False)
    labels_train: Labels = field(repr=False)
    inputs_validation: Inputs = field(repr=False)
    labels_validation: Labels = field(repr=False)
    inputs_test: Inputs = field(repr=False)
    labels_test: Labels = field(repr=False)
    classes: int
    features: int

    def __post_init__(self) -> None:
        for count, what in ((self.classes, "classes"), (self.features, "features")):
            if count < 1:
                raise DataError(f"Data set {self.name!r} has {count} {what}; at least 1 is needed.")
        for part in ("train", "validation", "test"):
            self._check_part(part, may_be_empty=part == "validation")

    def _check_part(self, part: str, *, may_be_empty: bool) -> None:
        inputs_name = f"inputs_{part} of data set {self.name!r}"
        labels_name = f"labels_{part} of data set {self.name!r}"
        inputs = _formed(inputs_name, getattr(self, f"inputs_{part}"), np.float32, 2)
        labels = _formed(labels_name, getattr(self, f"labels_{part}"), np.int64, 1)
        if inputs.shape[1] != self.features:
            raise DataError(
                f"{inputs_name} has {inputs.shape[1]} features a sample, but the data set "
                f"declares {self.features}."
            )
        if len(inputs) != len(labels):
            raise DataError(
                f"{inputs_name} has {len(inputs)} samples, but labels_{part} has {len(labels)}; "
                "every input needs one label."
            )
        if not may_be_empty and len(inputs) == 0:
            raise DataError(f"{inputs_name} is empty; at least one sample is needed.")
        refuse_bad_inputs(inputs_name, inputs)
        refuse_bad_labels(labels_name, labels, self.classes)


def refuse_bad_inputs(what: str, inputs: npt.NDArray[Any]) -> None:
    """Raise `DataError` at the first value that is not finite or lies outside [0, 1].

    `inputs` is any array of real numbers; `what` names it in the message.
    """
    if inputs.size == 0:
        return
    with np.errstate(invalid="ignore"):
        # NaN makes both comparisons false, so the common case costs two passes and no masks.
        if inputs.min() >= 0 and inputs.max() <= 1:
            return
        is_good = (inputs >= 0) & (inputs <= 1)
    where = _first_false(is_good)
    value = inputs[where]
    is_finite = np.isfinite(value)
    fault = "is outside the range" if is_finite else "is not finite"
    way = " (scale each feature by its least and largest training sample)" if is_finite else ""
    raise DataError(
        f"{what} has {value} at {_written(where)}, which {fault}; every input must lie in "
        f"[0, 1]{way}."
    )


def refuse_bad_labels(what: str, labels: npt.NDArray[Any], classes: int) -> None:
    """Raise `DataError` at the first label outside 0 to `classes` - 1.

    `labels` is any array of whole numbers; `what` names it in the message.
    """
    if labels.size == 0 or (labels.min() >= 0 and labels.max() < classes):
        return
    where = _first_false((labels >= 0) & (labels < classes))
    raise DataError(
        f"{what} has the label {labels[where]} at {_written(where)}; with {classes} classes "
        f"labels run from 0 to {classes - 1}."
    )


def _formed(what: str, array: object, dtype: type[Any], dimensions: int) -> npt.NDArray[Any]:
    if not isinstance(array, np.ndarray):
        raise DataError(f"{what} is a {type(array).__name__}; a NumPy array is needed.")
    wanted = np.dtype(dtype)
    if array.dtype != wanted:
        raise DataError(
            f"{what} has values of type {array.dtype}; {wanted} is needed "
            "(`mortal.data.from_arrays` converts)."
        )
    if array.ndim != dimensions:
        axes = "[sample, feature]" if dimensions == 2 else "[sample]"
        raise DataError(f"{what} has the shape {array.shape}; {axes} is needed.")
    if not array.flags.c_contiguous:
        raise DataError(
            f"{what} is not contiguous in memory; give it through `numpy.ascontiguousarray`."
        )
    return array


def _first_false(is_good: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(axis) for axis in np.unravel_index(int(np.argmin(is_good)), is_good.shape))


def _written(where: tuple[int, ...]) -> str:
    return str(list(where))

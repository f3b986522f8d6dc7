"""What an organism takes in, checked once before anything is computed from it."""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from devices.errors import WrongValue
from devices.technology.units import Dimension, parse
from mortal.errors import DataError

__all__ = [
    "how_to_label",
    "inputs_of",
    "labels_of",
    "positions_of",
    "rest_of",
    "targets_of",
    "warn_of_cold",
    "warn_of_range",
]

Array = npt.NDArray[np.float32]

_COLD = 100.0
"""Whoever says a temperature below it, in K, may have meant degrees Celsius. Assumed."""
_UNSCALED = 20.0
"""Inputs beyond it were hardly standardised or brought to a range. Assumed."""


def inputs_of(given: npt.ArrayLike, features: int) -> Array:
    """Return inputs as a contiguous array `[sample, feature]`.

    Raises:
        DataError: another shape, no sample, no numbers, NaN or infinity.
    """
    x = np.ascontiguousarray(_numbers("inputs", given))
    if x.ndim != 2 or x.shape[1] != features or x.shape[0] == 0:
        raise DataError(
            f"inputs must be [sample, feature] with {features} features (the first number of "
            f"layers), found shape {np.shape(x)}"
            + (" (pictures: reshape(len(inputs), -1))" if x.ndim > 2 else "")
        )
    if not np.isfinite(x).all():
        raise DataError("inputs hold NaN or infinity")
    return x


def warn_of_range(inputs: Array) -> None:
    """Warn of inputs to learn from, `[sample, feature]`, that no one has scaled.

    A converter has few levels, shared by all features of a sample: beside a feature of thousands
    one of tenths is not seen. Standardised data stay within some units, so these pass.
    """
    most = float(np.abs(inputs).max())
    if most > _UNSCALED:
        warnings.warn(
            f"inputs reach {most:g}: converters have a range, and small features are lost beside "
            "large ones; scale each feature to 0 to 1",
            stacklevel=3,
        )


def rest_of(given: str, dimension: Dimension) -> float:
    """Return in SI what was said of a rest as a number and a unit, `"2 years"` or `"55 C"`.

    Raises:
        WrongValue: no such quantity.
    """
    try:
        return parse(given, dimension)
    except ValueError as error:
        raise WrongValue(f"a rest needs a {dimension}: {error}") from None


def warn_of_cold(temperature: float) -> None:
    """Warn of a temperature that is a common one in degrees Celsius and deep cold in kelvin.

    There ageing all but stands still, which would be taken for a device that keeps well.
    """
    if isinstance(temperature, int | float) and 0 < temperature < _COLD:
        warnings.warn(
            f"{temperature:g} K is {temperature - 273.15:.0f} C, where hardly anything ages; say "
            f"'{temperature:g} C' if you mean that",
            stacklevel=3,
        )


def labels_of(given: npt.ArrayLike, samples: int, classes: int) -> npt.NDArray[np.int64]:
    """Return labels `[sample]`, whole numbers from 0 to classes - 1.

    Raises:
        DataError: another shape, other numbers.
    """
    try:
        truth = np.asarray(given)
    except ValueError:
        raise DataError(f"labels must be {samples} whole numbers, found a ragged list") from None
    except RuntimeError as error:
        raise DataError(f"labels cannot be read as an array: {error}") from None
    if truth.shape != (samples,) or not np.issubdtype(truth.dtype, np.integer):
        raise DataError(
            f"labels must be {samples} whole numbers, found {truth.dtype} of shape {truth.shape}"
            + how_to_label(truth, samples)
        )
    if truth.min() < 0 or truth.max() >= classes:
        raise DataError(
            f"labels must lie in 0 to {classes - 1}, found {truth.min()} to {truth.max()} (there "
            f"are {classes} classes)" + _how_to_count(truth, classes)
        )
    return truth.astype(np.int64)


def _how_to_count(given: npt.NDArray[Any], classes: int) -> str:
    """Return, in brackets, what brings whole numbers into range, where that can be told."""
    if given.min() == 1 and given.max() == classes:
        return " (labels - 1 makes them begin with 0)"
    if given.min() >= 0:
        return f" (grow(..., classes={given.max() + 1}) makes room for them)"
    return ""


def how_to_label(given: npt.NDArray[Any], samples: int) -> str:
    """Return, in brackets, what makes labels of what was given, where that can be told."""
    if given.shape == (samples, 1):
        return " (ravel() makes a row of a column)"
    if given.ndim == 2 and len(given) == samples:
        return " (argmax(axis=1) makes labels of one-hot rows; `learn` takes soft ones)"
    if given.shape != (samples,):
        return ""
    if given.dtype.kind == "f":
        return " (astype(int) makes whole numbers of these)"
    return " (np.unique with return_inverse makes whole numbers of names)"


def targets_of(given: npt.ArrayLike, devices: int, classes: int) -> Array:
    """Return targets `[sample, class]` or `[device, sample, class]`; those of one are for all.

    Raises:
        DataError: another shape, no numbers, NaN or infinity.
    """
    goal = _numbers("targets", given)
    if goal.ndim not in (2, 3) or goal.shape[-1] != classes or not np.isfinite(goal).all():
        raise DataError(
            "targets must be finite, [sample, class] or [device, sample, class] with "
            f"{classes} classes, found shape {goal.shape}"
        )
    if goal.ndim == 3 and goal.shape[0] not in (1, devices):
        raise DataError(f"targets are for {goal.shape[0]} devices, there are {devices}")
    is_for_all = goal.ndim == 3 and goal.shape[0] == 1 < devices
    return goal[0] if is_for_all else goal


def positions_of(devices: npt.ArrayLike, population: int) -> npt.NDArray[np.int64]:
    """Return positions of devices in their population, `[device]`.

    Raises:
        DataError: a mask, which would be taken for the positions 0 and 1; what is no position.
    """
    at = np.asarray(devices)
    if at.dtype == np.bool_:
        raise DataError("devices go by position; np.flatnonzero makes positions of a mask")
    is_whole = at.size == 0 or np.issubdtype(at.dtype, np.integer)
    if not is_whole or not ((at >= -population) & (at < population)).all():
        raise DataError(f"of {population} devices, these are no positions: {devices!r:.60}")
    return at.astype(np.int64)


def _numbers(what: str, given: npt.ArrayLike) -> Array:
    try:
        if np.ma.is_masked(given) or np.iscomplexobj(given):
            raise TypeError
        with np.errstate(over="ignore"):  # infinity is refused by whoever asks
            return np.asarray(given, np.float32)
    except (TypeError, ValueError):
        raise DataError(
            f"{what} must be an array of real numbers, none masked{_how_to_read(given)}"
        ) from None
    except RuntimeError as error:  # a torch tensor that requires grad, or cannot be read so
        raise DataError(f"{what} cannot be read as an array: {error}") from None


def _how_to_read(given: object) -> str:
    """Return, in brackets, what makes an array of what torch gave, where that can be told."""
    if "bfloat16" in str(getattr(given, "dtype", "")):
        return " (float() makes numbers of bfloat16 that NumPy knows)"
    if any(f"{kind.__module__}.".startswith("torch.utils.data.") for kind in type(given).__mro__):
        return (
            " (a torch Dataset or DataLoader: give arrays, inputs and labels, such as "
            "np.stack([one.flatten().numpy() for one, _ in dataset]))"
        )
    return ""

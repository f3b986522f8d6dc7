"""Signals on the lines of a population: what is given is brought to one form, or refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from devices.errors import WrongShape, WrongValue

__all__ = ["Array", "on_both", "on_lines", "positions"]

Array = npt.NDArray[np.float32]


def on_lines(
    values: npt.ArrayLike,
    lines: int,
    name: str,
    devices: int,
    place: Callable[..., Any] = np.asarray,
) -> Array:
    """Return signals as `[device or 1, sample, line]` float32.

    Args:
        values: `[sample, line]` shared by all devices, or `[device, sample, line]`.
        lines: how many lines the array has.
        name: what a line is called, for the error.
        devices: how many devices the population has.
        place: returns numbers of a type where they are wanted (`devices.kernels.Kernels`).

    Raises:
        WrongShape: the values do not fit.
        WrongValue: a value is NaN or infinite, also after rounding to float32.
    """
    with np.errstate(over="ignore"):
        signals: Array = place(values, np.float32)
    if signals.ndim == 2:
        signals = signals[None]
    if signals.ndim != 3 or signals.shape[2] != lines:
        raise WrongShape(
            f"signals must be [sample, {name}] or [device, sample, {name}] with {lines} "
            f"{name}s, found shape {np.shape(values)}"
        )
    if signals.shape[0] not in (1, devices):
        raise WrongShape(
            f"signals are for {signals.shape[0]} devices, the population has {devices}"
        )
    if not np.isfinite(signals).all():
        raise WrongValue(f"signals on the {name}s hold NaN or infinity: scale them or clean them")
    return signals


def on_both(
    x: npt.ArrayLike,
    d: npt.ArrayLike,
    rows: int,
    columns: int,
    devices: int,
    place: Callable[..., Any] = np.asarray,
) -> tuple[Array, Array]:
    """Return signals on rows and on columns, as `on_lines` does, with as many samples each."""
    on_rows = on_lines(x, rows, "row", devices, place)
    on_columns = on_lines(d, columns, "column", devices, place)
    if on_rows.shape[1] != on_columns.shape[1]:
        raise WrongShape(
            f"x has {on_rows.shape[1]} samples and d has {on_columns.shape[1]}: give as many"
        )
    return on_rows, on_columns


def positions(devices: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return serials, or positions of devices in a population, as `[device]` whole numbers.

    Raises:
        WrongShape: not whole numbers in one row; a mask of booleans is not taken for positions.
    """
    at = np.asarray(devices)
    if at.ndim != 1 or (at.size and at.dtype.kind not in "iu"):
        raise WrongShape(
            f"devices are named by whole numbers, [device], found {at.dtype} of shape {at.shape}"
        )
    return at.astype(np.int64)

"""The lines of an array: their segments, and what may be asked of them."""

import numpy as np
import numpy.typing as npt

from devices.errors import WrongShape, WrongValue
from devices.technology import Wires

__all__ = ["Floats", "checked", "checked_conductance", "segments"]

Floats = npt.NDArray[np.float64]


def segments(wires: Wires, rows: int, columns: int) -> tuple[Floats, Floats]:
    """Return the resistance of each segment, ohm: of a row `[column]`, of a column `[row]`.

    Segment j of a row ends at column j, the first begins at the driver; segment i of a column
    begins at row i, the last ends at the sense amplifier.
    """
    row = np.full(columns, wires.row_resistance)
    column = np.full(rows, wires.column_resistance)
    row[0] += wires.source_resistance
    column[-1] += wires.sense_resistance
    return row, column


def checked_conductance(conductance: npt.ArrayLike) -> Floats:
    """Return conductances `[device, row, column]` as float64.

    Raises:
        WrongShape: not three axes, or no rows or columns.
        WrongValue: one is negative or not finite.
    """
    siemens = np.asarray(conductance, np.float64)
    if siemens.ndim != 3 or 0 in siemens.shape[1:]:
        raise WrongShape(f"conductance must be [device, row, column], found {siemens.shape}")
    if not (np.isfinite(siemens) & (siemens >= 0)).all():
        raise WrongValue("a conductance between lines must be a finite number of 0 S or more")
    return siemens


def checked(conductance: npt.ArrayLike, voltage: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return conductances `[device, row, column]` and voltages `[device, sample, row]`.

    Raises:
        WrongShape: they do not fit each other.
        WrongValue: a conductance is negative, or something is not finite.
    """
    siemens, volts = checked_conductance(conductance), np.asarray(voltage, np.float64)
    devices, rows, _ = siemens.shape
    if volts.ndim != 3 or volts.shape[0] not in (1, devices) or volts.shape[2] != rows:
        raise WrongShape(
            f"voltage must be [{devices} or 1, sample, {rows}] for conductances of shape "
            f"{siemens.shape}, found {volts.shape}"
        )
    if not np.isfinite(volts).all():
        raise WrongValue("voltage holds NaN or infinity")
    return siemens, np.broadcast_to(volts, (devices, *volts.shape[1:]))

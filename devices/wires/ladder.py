"""The effective conductances: what a perfect array would need to give the same currents."""

import numpy as np
import numpy.typing as npt

from devices.technology import Wires
from devices.wires.lines import Floats, checked_conductance, segments

__all__ = ["effective"]

_FLOATS_AT_ONCE = 1 << 22
"""Numbers of the circuits held at a time: 32 MiB."""


def effective(conductance: npt.ArrayLike, wires: Wires) -> Floats:
    """Return the effective conductances `[device, row, column]`, S: currents = voltage @ effective.

    Exact to rounding; measured up to 128x128 it costs less than one call of `exact`, and it serves
    every sample until the next update. The array is a ladder: seen from below row i, all above it
    is a current source J in parallel with a conductance Y between the columns (Norton's theorem).
    Row i, a line of cells g_i, adds

        S = (1 + g_i K)^-1 g_i,    Y <- Y + S,    J <- J + S 1 v_i

    K_jk the resistance that columns j and k share on the row, and the segments below it, r each,

        (Y, J) <- (1 + r Y)^-1 (Y, J)

    at whose end J are the currents. No conductance or resistance is inverted, so each may be zero.
    A reverse read sees the transpose, as long as source and sense resistances are equal.

    Args:
        conductance: `[device, row, column]`, S.
        wires: the lines.

    Raises:
        WrongShape: conductance is not `[device, row, column]`.
        WrongValue: a conductance is negative or not finite.
    """
    siemens = checked_conductance(conductance)
    rows, columns = siemens.shape[1:]
    row, column = segments(wires, rows, columns)
    if rows < columns:
        # Reciprocity: driving the columns' ends gives the transpose, and steps along the longer
        # side, with matrices of the shorter, are cheaper.
        turned = siemens.swapaxes(1, 2)[:, ::-1, ::-1]
        return _climb(turned, column[::-1], row[::-1]).swapaxes(1, 2)[:, ::-1, ::-1]
    return _climb(siemens, row, column)


def _climb(siemens: Floats, row: Floats, column: Floats) -> Floats:
    devices, rows, columns = siemens.shape
    from_driver = np.cumsum(row)
    shared = np.minimum.outer(from_driver, from_driver)
    one = np.eye(columns)
    currents = np.empty((devices, columns, rows))
    group = max(1, _FLOATS_AT_ONCE // (columns * (columns + rows)))
    for first in range(0, devices, group):
        some = siemens[first : first + group]
        between = np.zeros((len(some), columns, columns))
        sources = currents[first : first + group]
        for i, cells in enumerate(some.swapaxes(0, 1)):
            line = np.linalg.solve(one + cells[:, :, None] * shared, cells[:, :, None] * one)
            between += line
            sources[:, :, i] = line.sum(axis=2)
            if column[i]:
                both = np.concatenate([between, sources[:, :, : i + 1]], axis=2)
                both = np.linalg.solve(one + column[i] * between, both)
                between, sources[:, :, : i + 1] = both[:, :, :columns], both[:, :, columns:]
    return currents.swapaxes(1, 2)

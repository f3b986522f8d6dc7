"""The fast currents: a fixed point of the voltage drops, reached by Chebyshev steps."""

import numpy as np
import numpy.typing as npt

from devices.errors import NotConverged
from devices.technology import Wires
from devices.wires.lines import Floats, checked, segments

__all__ = ["fast"]

_FLOATS_AT_ONCE = 1 << 19
"""Numbers of one array on the grid of crosspoints: 4 MiB, because a few must fit the cache."""


def fast(conductance: npt.ArrayLike, voltage: npt.ArrayLike, wires: Wires) -> Floats:
    """Return the currents into the sense amplifiers, A, `[device, sample, column]`.

    The voltage u over a cell is what its driver gives, less what the wires take:

        u = v - K G u

    G the conductances; K the resistance that the paths of two cells share, so K i sums currents i
    along the lines and then the drops R i. Iterated as it stands, this diverges once the drops
    exceed the drive. But G^1/2 K G^1/2 is symmetric, its eigenvalues between 0 and
    lambda = max K G 1 (the largest drop if every cell had 1 V), and so Chebyshev's iteration
    (Golub and Varga 1961, Numerische Mathematik 3, 147) always converges, in steps that are known
    before the first: sqrt(1 + lambda) for a factor e^2 of error. They end where

        |I_j - exact I_j| <= epsilon sqrt(sum_i g_ij  sum_kl g_kl v_k^2)

    epsilon the tolerance; for like cells and drives the root is sqrt(columns) times the current
    of a perfect array. Measured from 8x8 to 128x128, 1 to 1000 ohm and 1 to 25 uS: at most .4 of
    that, and 4 epsilon of the largest current. Currents are linear in the voltages, and the same
    for a device and a sample whatever is computed beside them.

    Differs from the damped fixed point of other simulators in its steps, not in its equation.

    Args:
        conductance: `[device, row, column]`, S.
        voltage: `[device or 1, sample, row]`, V.
        wires: the lines, the tolerance and the most iterations.

    Raises:
        NotConverged: some device needs more iterations than declared.
        WrongShape: conductance and voltage do not fit.
        WrongValue: a conductance is negative, or something is not finite.
    """
    siemens, volts = checked(conductance, voltage)
    devices, rows, columns = siemens.shape
    samples = volts.shape[1]
    row, column = segments(wires, rows, columns)
    group = max(16, _FLOATS_AT_ONCE // (rows * columns))
    across = siemens.transpose(1, 2, 0)
    largest = np.empty(devices)
    for first in range(0, devices, group):
        some = slice(first, first + group)
        room = np.stack([across[:, :, some]] * 2)
        largest[some] = _drops(room, row, column).max(axis=(0, 1))
    steps = _steps(largest, wires)
    current = np.empty((devices * samples, columns))
    for first in range(0, devices * samples, group):
        device, sample = np.divmod(np.arange(first, min(first + group, len(current))), samples)
        cells = np.take(across, device, axis=2)
        drive = np.ascontiguousarray(volts[device, sample].T)[:, None]
        current[first : first + group] = _iterate(cells, drive, row, column, steps[:, :, device]).T
    return current.reshape(devices, samples, columns)


def _iterate(cells: Floats, drive: Floats, row: Floats, column: Floats, steps: Floats) -> Floats:
    """Return the currents `[column, lane]` of cells `[row, column, lane]`.

    A lane is a sample on a device. Lanes come last, so that a sum along a wire, which has to go
    from crosspoint to crosspoint, goes for all of them at once.
    """
    moved = np.multiply(steps[0, 1], drive, out=np.empty_like(cells))
    over_cell, room = moved.copy(), np.empty((2, *cells.shape))
    for momentum, gain in steps[1:]:
        np.multiply(cells, over_cell, out=room)
        residual = _drops(room, row, column)
        np.subtract(drive, residual, out=residual)
        residual -= over_cell
        residual *= gain
        moved *= momentum
        moved += residual
        over_cell += moved
    over_cell *= cells
    of_columns: Floats = _accumulate(over_cell)[-1]
    return of_columns


def _drops(room: Floats, row: Floats, column: Floats) -> Floats:
    """Return K i, the voltage the wires take from each cell, `[row, column, lane]`.

    A segment of a row carries what the cells after it draw, one of a column what those above give.
    `room` holds i twice and is used up: memory found anew in every step would cost half the time.
    """
    on_row, on_column = room
    along_row = on_row.swapaxes(0, 1)
    _accumulate(along_row[::-1])
    along_row *= row[:, None, None]
    _accumulate(along_row)
    _accumulate(on_column)
    on_column *= column[:, None, None]
    _accumulate(on_column[::-1])
    total: Floats = np.add(on_row, on_column, out=on_row)
    return total


def _accumulate(along: Floats) -> Floats:
    """Sum along the first axis, in place. A loop, for it is five times as fast as `cumsum` here."""
    for k in range(1, len(along)):
        np.add(along[k], along[k - 1], out=along[k])
    return along


def _steps(largest: Floats, wires: Wires) -> Floats:
    """Return momentum and gain of each step, `[step, 2, device]`; 0 once a device has arrived.

    The spectrum lies between 1 and 1 + lambda: centre 1 + lambda / 2, half width lambda / 2.
    After k steps an error is at most 1 / T_k(centre / half width) of the first, T_k Chebyshev's.
    """
    centre = 1 + largest / 2
    width = largest / (2 + largest)  # relative to the centre
    steps = [(np.zeros_like(largest), 1 / centre)]
    ratio, error = width, width
    while (moving := ~(error <= wires.tolerance)).any():
        if len(steps) == wires.iterations:
            raise NotConverged(
                f"drops of {largest.max():.3g} times the drive need more than {wires.iterations} "
                f"iterations for a tolerance of {wires.tolerance:g}: allow more, lower the "
                "resistances or use wires.solve exact"
            )
        shrink = 1 / (2 - width * ratio)
        steps.append((moving * ratio * width * shrink, moving * 2 * shrink / centre))
        ratio = width * shrink
        error = error * ratio
    return np.array(steps)

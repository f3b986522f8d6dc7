"""Cells are disturbed by the selection of others and by reads (`devices.technology.Disturb`)."""

import numpy as np
import numpy.typing as npt

from devices.aging import bounds, is_stuck
from devices.manufacture import CellParameters
from devices.state import CellState
from devices.technology import Technology

__all__ = ["half_selected", "moved", "read"]

Array = npt.NDArray[np.float32]
Counts = npt.NDArray[np.floating]
Wide = npt.NDArray[np.float64]

_SMALLEST_WAY = 1e-4
"""Read disturb is applied once a line has this part of the way before it: single reads would be
lost in the rounding of float32, and less than this no converter sees."""


def moved(weight: Array, target: Array | float, part: float, events: Counts) -> Array:
    """Return w_d + (w - w_d) (1 - p)^n.

    Args:
        weight: w.
        target: w_d.
        part: p.
        events: n.
    """
    way = -np.expm1(events * np.log1p(-part))
    if not isinstance(target, float):
        target = target.astype(np.float64)
    result: Array = (weight + (target - weight) * way).astype(np.float32)
    return result


def half_selected(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    rows: Counts,
    columns: Counts,
    pulses: Counts,
) -> None:
    """Disturb cells by the slots their lines fired without them; change the state in place.

    In one go after all pulses of a batch, so a batch of trains is disturbed by its own count.

    Args:
        technology: part of the way, and where to.
        cells: parameters.
        state: changed in place.
        rows: `[device, row]`, slots in which each physical row fired.
        columns: `[device, column]`, likewise.
        pulses: `[device, row, column]`, slots in which both fired and gave a pulse.
    """
    declared = technology.disturb
    if declared is None or not declared.half_select:
        return
    events = rows[:, :, None] + columns[:, None, :] - 2.0 * pulses
    after = moved(state.weight, _target(technology, cells, state), declared.half_select, events)
    state.weight = np.where(is_stuck(cells, state), state.weight, after)


def read(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    heat: npt.NDArray[np.float64] | float,
    *,
    is_reverse: bool = False,
) -> None:
    """Disturb the cells of driven lines; change the state in place.

    A line's reads add up until they make 1e-4 of the way. The reads of one call do not see what
    they disturb themselves.

    Args:
        technology: part of the way, and where to.
        cells: parameters.
        state: changed in place.
        heat: `[device or 1, line]`, sum of v^2 over the reads, v at full scale 1; or one number
            for all lines.
        is_reverse: whether the lines are columns.
    """
    declared, reads = technology.disturb, state.column_reads if is_reverse else state.row_reads
    if declared is None or reads is None:
        return
    reads += heat
    is_due = declared.read * reads >= _SMALLEST_WAY
    if not is_due.any():
        return
    events = np.where(is_due, reads, 0.0)
    of_cells = events[:, None, :] if is_reverse else events[:, :, None]
    after = moved(state.weight, _target(technology, cells, state), declared.read, of_cells)
    state.weight = np.where(is_stuck(cells, state), state.weight, after)
    reads[is_due] = 0


def _target(technology: Technology, cells: CellParameters, state: CellState) -> Array | float:
    assert technology.disturb is not None
    w_max, w_min = bounds(technology, cells, state)
    if technology.disturb.toward == "resting-weight":
        resting = np.zeros_like(w_max) + np.float32(technology.disturb.resting_weight)
        target: Array = np.clip(resting, w_min, w_max)
        return target
    return w_min if technology.disturb.toward == "lower-bound" else w_max

"""Pairs whose cells only go up fill up, and are emptied: read, reset, and written again.

The criterion is that of aihwkit's OneSidedUnitCell (arXiv:2104.02184); the need for it in phase-
change memory is told by Nandakumar et al. 2020 (doi:10.3389/fnins.2020.00406). Differs from the
source: rewriting counts on a nominal cell's curve, not on a constant step.
"""

from collections.abc import Callable
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from devices import disturb, pairs
from devices.aging import bounds, fail, is_stuck
from devices.energy import Ledger
from devices.identity import Purpose, Stream
from devices.kernels import Kernels
from devices.manufacture import CellParameters, cell_normals
from devices.nominal import pulses_up
from devices.state import CellState
from devices.technology import PulsedResponse, Technology
from devices.write_noise import Way, redraw
from devices.writing import burst

__all__ = ["Stage", "is_full", "refresh", "reset"]

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class Stage(IntEnum):
    """What is drawn; the event is 4 * update + stage. Never renumber, only append."""

    READ = 0
    RESET = 1
    PULSES = 2


def is_full(technology: Technology, seen: Array) -> Mask:
    """Return which pairs are to be refreshed, `[device, row, column]`.

    With u = (w - w_min) / (w_max - w_min), in nominal bounds, all that a circuit knows:

        max(u+, u-) > refresh_upper  and  min(u+, u-) > refresh_lower

    Args:
        technology: bounds and thresholds.
        seen: `[device, 2 row, column]`, weights of cells as read.
    """
    response, cell = technology.response, technology.cell
    assert isinstance(response, PulsedResponse)
    plus, minus = np.split((seen - response.w_min) / (response.w_max - response.w_min), 2, 1)
    full: Mask = np.maximum(plus, minus) > cell.refresh_upper
    full &= np.minimum(plus, minus) > cell.refresh_lower
    return full


def reset(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    chosen: Mask,
    noise: Array | np.float32,
) -> None:
    """Bring cells to their lower bound, w <- w_min + reset_noise xi, by one pulse each.

    The weight stays within the bounds that wear has left; stuck cells stay as they are. What
    the cells show (`devices.write_noise`) is left to be drawn anew.

    Args:
        technology: reset noise.
        cells: parameters.
        state: changed in place.
        chosen: `[device, row, column]` of physical cells.
        noise: xi, one standard normal a cell.
    """
    w_max, w_min = bounds(technology, cells, state)
    fallen = np.clip(w_min + np.float32(technology.cell.reset_noise) * noise, w_min, w_max)
    state.weight = np.where(chosen & ~is_stuck(cells, state), fallen, state.weight)
    device, row = np.nonzero(chosen.any(axis=2))
    here = device, row
    state.count(here, chosen[here].astype(np.float32))
    fail(technology, cells, state, here)


def refresh(
    kernels: Kernels,
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    ledger: Ledger,
    stream: Callable[[Purpose], Stream],
    updates: npt.NDArray[np.int64],
) -> Mask:
    """Read all cells, and write the weights of full pairs again on one side.

    Nothing is verified: with W as read (error sqrt(2) refresh_error), the new weight is off by
    the spread of the cells' steps and bounds around the nominal ones, by both cells' reset noise,
    and by at most one step of counting.

    Args:
        kernels: backend.
        technology: a one-sided pair.
        cells: parameters.
        state: changed in place.
        ledger: takes the scan, the resets and the pulses, all written row by row.
        stream: the draws of a purpose.
        updates: `[device]`, number of the update before.

    Returns:
        Which pairs were refreshed, `[device, row, column]`.
    """
    response, cell = technology.response, technology.cell
    assert isinstance(response, PulsedResponse)
    devices, rows, columns = state.weight.shape

    def normals(stage: Stage) -> Array:
        return cell_normals(stream(Purpose.REFRESH), 4 * updates + stage, rows, columns)

    seen = state.visible
    if cell.refresh_error:
        seen = seen + np.float32(cell.refresh_error) * normals(Stage.READ)
    ledger.charge_scan(technology, state.visible)
    disturb.read(technology, cells, state, 1.0)
    full = is_full(technology, seen)
    if not full.any():
        return full
    chosen = np.concatenate([full, full], 1)
    noise = normals(Stage.RESET) if cell.reset_noise else np.float32(0)
    reset(technology, cells, state, chosen, noise)
    wanted = pairs.split(technology, pairs.join(cell, seen))
    count = np.where(chosen, pulses_up(response, wanted), np.float32(0))
    draws, events = stream(Purpose.REFRESH), 4 * updates + Stage.PULSES
    nothing = np.zeros_like(count)
    burst(
        kernels, technology, cells, state, count, nothing, draws, events, np.arange(devices)
    )  # fmt: skip
    redraw(technology, cells, state, chosen, stream(Purpose.WRITE_NOISE), updates, Way.REFRESH)
    # Row by row, a row's columns at once: it fires as often as the neediest of its cells.
    for pulses in (chosen.astype(np.float32), count):
        on_rows = pulses.max(axis=2).astype(np.float64)
        on_columns = pulses.sum(axis=1, dtype=np.float64)
        disturb.half_selected(technology, cells, state, on_rows, on_columns, pulses)
        slots, received = on_rows.sum(axis=1), on_columns.sum(axis=1)
        half = slots * columns + received * rows - 2 * received
        ledger.charge_write(technology, received, half, slots)
    return full

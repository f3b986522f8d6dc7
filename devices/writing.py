"""Pulses reach the cells: how exactly, and through which kernel.

Four fidelities, coarse to fine. `averaged` sees only each cell's counts of up and down pulses in
a whole batch; `per_sample` takes the samples in order; `per_pulse` every slot with a noise draw
of its own, the oracle. (`composed`, in order but in closed form, has its number and comes with
the native kernels.)
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from devices.aging import wear_factors
from devices.identity import NORMALS_PER_BLOCK, Stream, normals_of
from devices.kernels import Kernels
from devices.kernels.signature import PulsedCells
from devices.manufacture import CellParameters
from devices.pulses import coincidences
from devices.state import CellState
from devices.technology import ExponentialResponse, PulsedResponse, Technology

__all__ = ["BURST_SLOT", "SLOTS_PER_SAMPLE", "Fidelity", "burst", "choose", "write_trains"]

Array = npt.NDArray[np.float32]

SLOTS_PER_SAMPLE = 32
BURST_SLOT = 31
"""Slot number of the one draw that a whole burst takes; pulses of slot s take slot s."""

_CELLS_AT_ONCE = 16384
"""Cells worked on together: their float64 temporaries stay in the cache."""

_AVERAGED_LIMIT = 0.1
_AVERAGED_EXCEPTIONS = 0.01


class Fidelity(IntEnum):
    """How closely pulses are followed; the numbers stand in the log."""

    AVERAGED = 0
    COMPOSED = 1
    PER_SAMPLE = 2
    PER_PULSE = 3


def choose(technology: Technology, pulses: Array) -> npt.NDArray[np.int64]:
    """Return the fastest fidelity that is right for each device of a batch, `[device]`.

    `averaged` where relative step times pulses per cell and batch stays within 0.1 (measured:
    the variance is then right to 1 %) for all but 1 % of a device's own cells; else
    `per_sample`. Never pooled over devices, so a device fares the same in any company.

    Args:
        technology: the step and its bounds.
        pulses: `[device, row, column]`, pulses of both signs in the batch.
    """
    response = technology.response
    assert isinstance(response, PulsedResponse)
    if isinstance(response, ExponentialResponse):
        return np.full(pulses.shape[0], int(Fidelity.PER_SAMPLE))
    limit = _AVERAGED_LIMIT * min(response.w_max, -response.w_min) / response.step
    beyond = (pulses > limit).mean(axis=(1, 2))
    return np.where(
        beyond <= _AVERAGED_EXCEPTIONS, int(Fidelity.AVERAGED), int(Fidelity.PER_SAMPLE)
    )


def write_trains(
    kernels: Kernels,
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    rows: Array,
    columns: Array,
    noise: Stream,
    samples: npt.NDArray[np.int64],
    pinned: Fidelity | None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Write a batch of fired trains; return the fidelity and the pulses of each device.

    Args:
        kernels: backend.
        technology: declaration.
        cells: parameters.
        state: changed in place.
        rows: `[device, row, sample, slot]` of -1, 0, 1.
        columns: `[device, column, sample, slot]`.
        noise: draws of the cycle-to-cycle noise.
        samples: `[device]`, number of the batch's first sample.
        pinned: a fidelity for all, or None to choose.
    """
    up, down = coincidences(rows, columns)
    pulses = up + down
    if pinned is None:
        fidelity = choose(technology, pulses)
    else:
        fidelity = np.full(rows.shape[0], int(pinned))
    together = np.flatnonzero(fidelity == Fidelity.AVERAGED)
    if together.size:
        events = samples * SLOTS_PER_SAMPLE + BURST_SLOT
        burst(kernels, technology, cells, state, up, down, noise, events, together)
    for grain in (Fidelity.PER_SAMPLE, Fidelity.PER_PULSE):
        devices = np.flatnonzero(fidelity == grain)
        if devices.size:
            _write_in_order(
                kernels, technology, cells, state, rows, columns, noise, samples, devices, grain
            )
    return fidelity, pulses.sum(axis=(1, 2), dtype=np.float64)


def _write_in_order(
    kernels: Kernels,
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    rows: Array,
    columns: Array,
    noise: Stream,
    samples: npt.NDArray[np.int64],
    devices: npt.NDArray[np.int64],
    grain: Fidelity,
) -> None:
    up = np.zeros(state.weight.shape, np.float32)
    down = np.zeros_like(up)
    for sample in range(rows.shape[2]):
        slots = range(rows.shape[3]) if grain is Fidelity.PER_PULSE else (slice(None),)
        for slot in slots:
            at = slice(slot, slot + 1) if isinstance(slot, int) else slot
            one = slice(sample, sample + 1)
            up[devices], down[devices] = coincidences(
                rows[devices][:, :, one, at], columns[devices][:, :, one, at]
            )
            number = slot if isinstance(slot, int) else BURST_SLOT
            events = (samples + sample) * SLOTS_PER_SAMPLE + number
            burst(kernels, technology, cells, state, up, down, noise, events, devices)


def burst(
    kernels: Kernels,
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    up: Array,
    down: Array,
    noise: Stream,
    events: npt.NDArray[np.int64],
    devices: npt.NDArray[np.int64],
) -> None:
    """Give every cell its pulses, `[device, row, column]` up and down; change the state in place.

    Rows that no pulse reaches are left alone: an unlit pixel costs nothing.

    Args:
        kernels: backend.
        technology: declaration.
        cells: parameters.
        state: changed in place.
        up: pulses up.
        down: pulses down.
        noise: stream of the draws.
        events: `[device]`, event word of each device's draws.
        devices: positions of the devices that take part.
    """
    columns = up.shape[2]
    blocks = -(-columns // NORMALS_PER_BLOCK)
    is_lit = (up[devices] + down[devices]).any(axis=2)
    position, row = np.nonzero(is_lit)
    device = devices[position]
    at_once = max(1, _CELLS_AT_ONCE // columns)
    for first in range(0, device.size, at_once):
        here = (device[first : first + at_once], row[first : first + at_once])
        draws = _draws(noise, *here, events, blocks)[:, :columns]
        _pulse_rows(kernels, technology, cells, state, up[here], down[here], draws, here)


def _draws(
    noise: Stream,
    device: npt.NDArray[np.int64],
    row: npt.NDArray[np.int64],
    events: npt.NDArray[np.int64],
    blocks: int,
) -> Array:
    """Return normals `[lit row, column]`, numbered by the cell and not by its place in a list."""
    place = (row[:, None] * blocks + np.arange(blocks)).astype(np.uint64)
    words = noise.at(
        place.ravel(), np.repeat(events[device], blocks).astype(np.uint64), np.repeat(device, blocks)
    )
    return normals_of(words.reshape(device.size, -1))


def _pulse_rows(
    kernels: Kernels,
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    up: Array,
    down: Array,
    draws: Array,
    here: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> None:
    response = technology.response
    assert isinstance(response, PulsedResponse)
    weight = state.weight[here]
    pulsed, is_alive = _worn(technology, cells, state, here)
    if isinstance(response, ExponentialResponse):
        after = kernels.exponential_burst(weight, up, down, pulsed, draws, response)
    else:
        is_additive = response.noise == "additive"
        after = kernels.affine_burst(
            weight, up, down, pulsed, draws, response.cycle_noise, is_additive
        )
    total = up + down
    moves = (total > 0) & (pulsed.step_up + pulsed.step_down > 0)
    if is_alive is not None:
        moves &= is_alive
    state.weight[here] = np.where(moves, after, weight)
    if state.pulses is not None:
        state.pulses[here] += total.astype(np.uint32)
    if state.rested is not None:
        state.rested[here] = np.where(total > 0, 0.0, state.rested[here])


def _worn(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    here: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> tuple[PulsedCells, npt.NDArray[np.bool_] | None]:
    """Return the cells of some rows as wear has left them, and which of them are not stuck."""
    step_up, step_down, w_max, w_min = (
        part[here]
        for part in (cells.step_up, cells.step_down, cells.w_max, cells.w_min)
        if part is not None
    )
    slope_up = None if cells.slope_up is None else cells.slope_up[here]
    slope_down = None if cells.slope_down is None else cells.slope_down[here]
    if technology.wear is None or state.pulses is None or cells.endurance is None:
        return PulsedCells(step_up, step_down, w_max, w_min, slope_up, slope_down), None
    window, stride, is_alive = wear_factors(
        technology.wear, state.pulses[here], cells.endurance[here]
    )
    rest = np.float32(technology.wear.resting_weight)
    if technology.response.kind == "soft-bounds" and slope_up is not None:
        # The step vanishes at the bound, wherever wear has moved it.
        slope_up, slope_down = (
            1 / (rest + (w_max - rest) * window),
            -1 / (rest + (w_min - rest) * window),
        )
    worn = PulsedCells(
        step_up * stride,
        step_down * stride,
        rest + (w_max - rest) * window,
        rest + (w_min - rest) * window,
        slope_up,
        slope_down,
    )
    return worn, is_alive

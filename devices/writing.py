"""Pulses reach the cells: how closely (`devices.fidelity`), and through which kernel."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices import disturb
from devices.aging import as_worn, fail
from devices.fidelity import Fidelity, choose, stopped
from devices.identity import NORMALS_PER_BLOCK, Purpose, Stream, normals_of
from devices.kernels import Kernels
from devices.manufacture import CellParameters
from devices.pairs import mirror, stride
from devices.pulses import coincidences, drive, fire
from devices.state import CellState
from devices.technology import PulsedResponse, StepwiseResponse, Technology
from devices.write_noise import Way, redraw

__all__ = [
    "BURST_SLOT",
    "SLOTS_PER_SAMPLE",
    "Fidelity",
    "Written",
    "burst",
    "choose",
    "write",
    "write_trains",
]

Array = npt.NDArray[np.float32]
Totals = npt.NDArray[np.float64]

SLOTS_PER_SAMPLE = 32
BURST_SLOT = 31
"""Slot number of the one draw that a whole burst takes; pulses of slot s take slot s."""

_CELLS_AT_ONCE = 16384
"""Cells worked on together: their float64 temporaries stay in the cache."""


@dataclass(frozen=True)
class Written:
    """What writing a batch took, each `[device]`.

    Attributes:
        fidelity: how closely the pulses were followed.
        pulses: pulses received by cells.
        half: cells times slots on a line that fired without a coincidence.
        slots: slots of all samples, one after another.
    """

    fidelity: npt.NDArray[np.int64]
    pulses: Totals
    half: Totals
    slots: Totals


def write(
    kernels: Kernels,
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    x: Array,
    d: Array,
    rate: float,
    stream: Callable[[Purpose], Stream],
    samples: npt.NDArray[np.int64],
    pinned: Fidelity | None,
) -> Written:
    """Turn a batch of signals into trains, and write them.

    The rows of a pair's minus plane fire in the same slots as those of its plus plane, with the
    opposite sign. One-sided cells take only coincidences of positive sign; to the others they
    are half-selected twice.

    Args:
        kernels: backend.
        technology: declaration.
        cells: parameters.
        state: changed in place.
        x: `[device, sample, row]`.
        d: `[device, sample, column]`.
        rate: learning rate.
        stream: the draws of a purpose.
        samples: `[device]`, number of the batch's first sample.
        pinned: a fidelity for all, or None to choose.
    """
    response = technology.response
    assert isinstance(response, PulsedResponse)
    cell = technology.cell
    trains = drive(x, d, rate, stride(cell) * response.step, technology.write)
    rows = fire(trains.rows, trains.lengths, stream(Purpose.ROW_PULSES), samples)
    rows = mirror(cell, rows, 1)
    columns = fire(trains.columns, trains.lengths, stream(Purpose.COLUMN_PULSES), samples)
    fidelity, pulses = write_trains(
        kernels, technology, cells, state, rows, columns, stream(Purpose.CYCLE), samples, pinned
    )
    last = samples + x.shape[1] - 1
    noise = stream(Purpose.WRITE_NOISE)
    redraw(technology, cells, state, pulses > 0, noise, last, Way.UPDATE)
    received = pulses.sum(axis=(1, 2), dtype=np.float64)
    on_rows, on_columns = (
        np.abs(fired).sum(axis=(2, 3), dtype=np.float64) for fired in (rows, columns)
    )
    disturb.half_selected(technology, cells, state, on_rows, on_columns, pulses)
    fired_rows, fired_columns = on_rows.sum(axis=1), on_columns.sum(axis=1)
    half = fired_rows * d.shape[2] + fired_columns * rows.shape[1] - 2 * received
    return Written(fidelity, received, half, trains.lengths.sum(axis=1, dtype=np.float64))


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
) -> tuple[npt.NDArray[np.int64], Array]:
    """Write a batch of fired trains.

    Args:
        kernels: backend.
        technology: declaration.
        cells: parameters.
        state: changed in place.
        rows: `[device, row, sample, slot]` of -1, 0, 1, of physical rows.
        columns: `[device, column, sample, slot]`.
        noise: draws of the cycle-to-cycle noise.
        samples: `[device]`, number of the batch's first sample.
        pinned: a fidelity for all, or None to choose.

    Returns:
        The fidelity of each device, and the pulses received, `[device, row, column]`.
    """
    up, down = _pulses(technology, rows, columns)
    pulses = up + down
    if pinned is None:
        exposed = stopped(technology, cells, state, up, down)
        fidelity = choose(technology, pulses, exposed)
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
    return fidelity, pulses


def _pulses(technology: Technology, rows: Array, columns: Array) -> tuple[Array, Array]:
    """Return the pulses up and down of every cell; one-sided cells are never pulsed down."""
    up, down = coincidences(rows, columns)
    return up, np.zeros_like(down) if technology.cell.kind == "one-sided" else down


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
    rows, columns = rows[devices], columns[devices]
    for sample in range(rows.shape[2]):
        for slots, number in _portions(rows.shape[3], grain):
            here = (slice(None), slice(None), slice(sample, sample + 1), slots)
            up[devices], down[devices] = _pulses(technology, rows[here], columns[here])
            events = (samples + sample) * SLOTS_PER_SAMPLE + number
            burst(kernels, technology, cells, state, up, down, noise, events, devices)


def _portions(slots: int, grain: Fidelity) -> list[tuple[slice, int]]:
    """Return the slots of a sample that make one burst each, and the slot number of its draw."""
    if grain is Fidelity.PER_PULSE:
        return [(slice(slot, slot + 1), slot) for slot in range(slots)]
    return [(slice(None), BURST_SLOT)]


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
    event = np.repeat(events[device], blocks).astype(np.uint64)
    words = noise.at(place.ravel(), event, np.repeat(device, blocks))
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
    pulsed, is_alive = as_worn(technology, cells, state, here)
    if isinstance(response, StepwiseResponse):
        after = kernels.stepwise_burst(weight, up, down, pulsed, draws, response)
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
    state.count(here, total)
    fail(technology, cells, state, here)

"""Pulses reach the cells: how closely (`devices.fidelity`), and through which kernel."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from devices import disturb
from devices.aging import as_worn, fail
from devices.arrays import to_host
from devices.fidelity import Fidelity, Unablated, choose, exposed
from devices.identity import NORMALS_PER_BLOCK, Purpose, Stream
from devices.kernels import Kernels
from devices.kernels.reference import widened
from devices.kernels.signature import PulsedCells
from devices.manufacture import CellParameters
from devices.pairs import mirror_trains, stride
from devices.pulses import coincidences, drive, fire, fired_slots, slots
from devices.state import CellState
from devices.technology import PulsedResponse, StepwiseResponse, Technology
from devices.write_noise import Way, redraw

__all__ = [
    "BURST_SLOT",
    "SLOTS_PER_SAMPLE",
    "Fidelity",
    "Written",
    "asks_for_pulses",
    "burst",
    "choose",
    "chosen",
    "write",
    "write_trains",
]

Array = npt.NDArray[np.float32]
Totals = npt.NDArray[np.float64]

SLOTS_PER_SAMPLE = 32
BURST_SLOT = 31
"""Slot number of the one draw that a whole burst takes; pulses of slot s take slot s."""


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
    unablated: Unablated | None = None,
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
        unablated: the cells by which it is chosen; None: those that are written.
    """
    response = technology.response
    assert isinstance(response, PulsedResponse)
    driven = drive(x, d, rate, stride(technology.cell) * response.step, technology.write)
    fused = kernels.fused
    send = fire if fused is None else fused.fire
    rows = send(x, driven.rows, driven.lengths, stream(Purpose.ROW_PULSES), samples)
    rows = mirror_trains(technology.cell, rows)
    columns = send(d, driven.columns, driven.lengths, stream(Purpose.COLUMN_PULSES), samples)
    wanted: Fidelity | npt.NDArray[np.int64] | None = pinned
    if pinned is None and unablated is not None:
        judge = chosen if fused is None else fused.chosen
        wanted = judge(unablated.technology, unablated.cells, state, rows, columns)
    batch = (technology, cells, state, rows, columns, stream(Purpose.CYCLE), samples, wanted)
    follow = partial(write_trains, kernels) if fused is None else fused.write_trains
    fidelity, received, pulses = follow(*batch)
    on_rows, on_columns = fired_slots(rows), fired_slots(columns)
    if pulses is not None:
        last, noise = samples + rows.shape[1] - 1, stream(Purpose.WRITE_NOISE)
        redraw(technology, cells, state, pulses > 0, noise, last, Way.UPDATE)
        disturb.half_selected(technology, cells, state, on_rows, on_columns, pulses)
    half = to_host(on_rows.sum(axis=1) * columns.shape[2] + on_columns.sum(axis=1) * rows.shape[2])
    slots_passed = to_host(driven.lengths.sum(axis=1, dtype=np.float64))
    return Written(fidelity, received, half - 2 * received, slots_passed)


def write_trains(
    kernels: Kernels,
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    rows: npt.NDArray[np.uint32],
    columns: npt.NDArray[np.uint32],
    noise: Stream,
    samples: npt.NDArray[np.int64],
    pinned: Fidelity | npt.NDArray[np.int64] | None,
) -> tuple[npt.NDArray[np.int64], Totals, npt.NDArray[Any] | None]:
    """Write a batch of fired trains.

    Args:
        kernels: backend.
        technology: declaration.
        cells: parameters.
        state: changed in place.
        rows: `[device, sample, row]`, trains of physical rows.
        columns: `[device, sample, column]`, trains.
        noise: draws of the cycle-to-cycle noise.
        samples: `[device]`, number of the batch's first sample.
        pinned: a fidelity for all, or of each device `[device]`, or None to choose.

    Returns:
        The fidelity of each device; the pulses its cells received; and those of every cell,
        `[device, row, column]`, or None where nothing asks for them (`asks_for_pulses`).
    """
    row_slots, column_slots = slots(rows), slots(columns)
    up, down = _pulses(technology, row_slots, column_slots)
    pulses = up + down
    if pinned is None:
        fidelity = choose(technology, up, down, exposed(technology, cells, state, up, down))
    else:
        fidelity = np.full(rows.shape[0], pinned, np.int64)
    together = np.flatnonzero(fidelity == Fidelity.AVERAGED)
    if together.size:
        events = samples * SLOTS_PER_SAMPLE + BURST_SLOT
        burst(kernels, technology, cells, state, up, down, noise, events, together)
    for grain in (Fidelity.COMPOSED, Fidelity.PER_SAMPLE, Fidelity.PER_PULSE):
        devices = np.flatnonzero(fidelity == grain)
        if not devices.size:
            continue
        follow = _compose if grain is Fidelity.COMPOSED else _write_in_order
        follow(
            kernels,
            technology,
            cells,
            state,
            row_slots,
            column_slots,
            noise,
            samples,
            devices,
            grain,
        )
    of_cells = pulses if asks_for_pulses(technology, state) else None
    return fidelity, pulses.sum(axis=(1, 2), dtype=np.float64), of_cells


def chosen(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    rows: npt.NDArray[np.uint32],
    columns: npt.NDArray[np.uint32],
) -> npt.NDArray[np.int64]:
    """Return the fidelity of each device for a batch of fired trains, `[device]`; write nothing.

    Args:
        technology: declaration.
        cells: parameters.
        state: weights and wear.
        rows: `[device, sample, row]`, trains of physical rows.
        columns: `[device, sample, column]`, trains.
    """
    up, down = _pulses(technology, slots(rows), slots(columns))
    return choose(technology, up, down, exposed(technology, cells, state, up, down))


def asks_for_pulses(technology: Technology, state: CellState) -> bool:
    """Return whether something follows a batch that must know the pulses of every cell."""
    disturbs = technology.disturb is not None and technology.disturb.half_select > 0
    return disturbs or state.offset is not None or state.written is not None


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
        for portion, number in _portions(rows.shape[3], grain):
            here = (slice(None), slice(None), slice(sample, sample + 1), portion)
            if not rows[here].any():
                continue
            up[devices], down[devices] = _pulses(technology, rows[here], columns[here])
            events = (samples + sample) * SLOTS_PER_SAMPLE + number
            burst(kernels, technology, cells, state, up, down, noise, events, devices)


def _compose(
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
    """Carry mean and variance through the samples; one normal a cell at the end."""
    response = technology.response
    assert isinstance(response, PulsedResponse)
    is_additive = response.noise == "additive"
    count, columns_ = state.weight.shape[1:]
    here = (np.repeat(devices, count), np.tile(np.arange(count), devices.size))
    pulsed, is_alive = as_worn(technology, cells, state, here)
    weight = state.weight[here]
    mean, variance = weight.astype(np.float64), np.zeros(weight.shape)
    total = np.zeros_like(weight)
    for sample in range(rows.shape[2]):
        one = (devices, slice(None), slice(sample, sample + 1))
        up, down = (k.reshape(weight.shape) for k in _pulses(technology, rows[one], columns[one]))
        mean, variance = kernels.affine_carry(mean, variance, up, down, pulsed, is_additive)
        total += up + down
    events = samples * SLOTS_PER_SAMPLE + BURST_SLOT
    blocks = -(-columns_ // NORMALS_PER_BLOCK)
    draws = _draws(noise, *here, events, blocks)[:, :columns_]
    after = mean + response.cycle_noise * np.sqrt(variance) * widened(draws, pulsed)
    after = np.clip(after, pulsed.w_min, pulsed.w_max)
    _arrive(
        technology, cells, state, here, weight, after.astype(np.float32), total, pulsed, is_alive
    )


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
    rows: npt.NDArray[np.int64] | None = None,
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
        rows: rows of cells that the rows of up and down stand for; default: all, in order.
    """
    columns = up.shape[2]
    blocks = -(-columns // NORMALS_PER_BLOCK)
    is_lit = to_host((up[devices] + down[devices]).any(axis=2))
    position, row = np.nonzero(is_lit)
    device = devices[position]
    at_once = max(1, kernels.cells_at_once // columns)
    for first in range(0, device.size, at_once):
        given = (device[first : first + at_once], row[first : first + at_once])
        here = given if rows is None else (given[0], rows[given[1]])
        draws = _draws(noise, *here, events, blocks)[:, :columns]
        _pulse_rows(kernels, technology, cells, state, up[given], down[given], draws, here)


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
    return noise.normals_at(place.ravel(), event, np.repeat(device, blocks)).reshape(
        device.size, -1
    )


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
    _arrive(technology, cells, state, here, weight, after, up + down, pulsed, is_alive)


def _arrive(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    here: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    before: Array,
    after: Array,
    pulses: Array,
    pulsed: PulsedCells,
    is_alive: npt.NDArray[np.bool_] | None,
) -> None:
    """Move the cells that pulses have reached and that can move, and note their pulses."""
    moves = (pulses > 0) & (pulsed.step_up + pulsed.step_down > 0)
    if is_alive is not None:
        moves &= is_alive
    state.weight[here] = np.where(moves, after, before)
    state.count(here, pulses)
    fail(technology, cells, state, here)

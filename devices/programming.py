"""Program: write given weights into cells, for control arms and calibration.

Closed to learning rules unless they declare it. Every pulse, verifying read and joule is counted
in the array's ledger and in the returned report.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from devices import disturb, pairs, probe, refresh, writing
from devices.aging import is_stuck
from devices.arrays import to_host
from devices.crossbar import CrossbarArray
from devices.errors import WrongShape, WrongValue
from devices.identity import Purpose
from devices.manufacture import cell_normals
from devices.nominal import pulses_up, reset_pulses
from devices.reading import conductance_scale
from devices.technology import PulsedResponse
from devices.write_noise import Way, redraw

__all__ = ["Mode", "Programming", "program"]

Array = npt.NDArray[np.float32]
Mode = Literal["open-loop", "write-verify"]

_SCATTER_SLOT = 30
"""Slot number of the draw that programming leaves behind; its pulses take the burst slot."""


@dataclass(frozen=True)
class Programming:
    """What programming cost and reached, each `[device]`.

    Attributes:
        pulses: pulses sent.
        reads: cells read to verify.
        joules: energy of both.
        error: root-mean-square difference of the weights from the target.
    """

    pulses: npt.NDArray[np.float64]
    reads: npt.NDArray[np.float64]
    joules: npt.NDArray[np.float64]
    error: npt.NDArray[np.float64]


def program(
    array: CrossbarArray,
    target: npt.ArrayLike,
    mode: Mode = "write-verify",
    *,
    read_error: float = 0.0,
    tolerance: float | None = None,
    rounds: int = 60,
) -> Programming:
    """Write weights into the cells of a population.

    open-loop: reset every cell to its lower bound, then send the number of pulses that the
    nominal technology needs from there; nothing is checked. write-verify: look at all cells (with
    `read_error`), send the pulses that the nominal step asks for, look again, until all cells of
    a device are within `tolerance` or its rounds are spent. A device stops when it is done, so it
    is written alike in any company. What the technology says that verifying leaves
    (`technology.programming`) is added at the end.

    A pair is written as the difference of its cells (`devices.pairs.split`): one-sided cells are
    always reset first, by one pulse each, and then only pulsed up; the cells of a differential
    pair get the same pulses in opposite directions.

    The reset reaches all cells of an array in the same slots. All else is cell by cell: a pulse
    takes a slot of its own and half-selects the other cells of its row and its column; a
    verifying read drives one cell and its reference, and takes one conversion in and one out.

    Args:
        array: changed in place.
        target: `[device, row, column]` or `[row, column]`, normalised weights W.
        mode: how.
        read_error: standard deviation of a verifying read, in units of weight.
        tolerance: accepted distance; default: one nominal step.
        rounds: write-verify rounds at most.

    Raises:
        WrongShape: the target does not fit.
        WrongValue: the target is not finite, the mode is unknown, or another number is negative.
    """
    shape = (array.serials.size, array.rows, array.columns)
    with np.errstate(over="ignore"):
        wanted: Array = array._kernels.place(target, np.float32)
    if wanted.shape not in (shape, shape[1:]):
        raise WrongShape(f"the target must be {shape} or {shape[1:]}, found {wanted.shape}")
    if not np.isfinite(wanted).all():
        raise WrongValue("the target holds NaN or infinity")
    if mode not in get_args(Mode):
        raise WrongValue(f"mode must be open-loop or write-verify, found {mode!r}")
    limits = {"read_error": read_error, "tolerance": tolerance or 0.0, "rounds": rounds}
    for name, number in limits.items():
        if not (np.isfinite(number) and number >= 0):
            raise WrongValue(f"{name} must be a number of 0 or more, found {number}")
    wanted = np.broadcast_to(wanted, shape)
    before = array.ledger.take(np.arange(array.serials.size))
    reads = np.zeros(array.serials.size)
    response = array.technology.response
    if not isinstance(response, PulsedResponse):
        array._state.weight[:] = wanted
    elif mode == "open-loop":
        count = pulses_up(response, pairs.split(array.technology, wanted))
        _reset(array)
        _send(array, count, np.zeros_like(count))
    else:
        reach = response.step if tolerance is None else tolerance
        stride = pairs.stride(array.technology.cell) * response.step
        reads = _verify(array, stride, wanted, read_error, reach, rounds)
        _scatter(array)
    off = np.square(probe.look(array) - wanted, dtype=np.float64)
    error = to_host(np.sqrt(off.mean(axis=(1, 2))))
    return Programming(
        pulses=array.ledger.pulses - before.pulses,
        reads=reads,
        joules=array.ledger.total - before.total,
        error=error,
    )


def _verify(
    array: CrossbarArray, step: float, wanted: Array, read_error: float, reach: float, rounds: int
) -> npt.NDArray[np.float64]:
    """Look and send in turns; return the cells read, `[device]`."""
    reads = np.zeros(array.serials.size)
    cell = array.technology.cell
    if cell.kind == "one-sided":
        _reset(array)
    working = np.arange(array.serials.size)
    part = array.take(working)
    for _ in range(rounds):
        missing = wanted[working] - probe.look(part, read_error)
        part.ledger.charge_look(part.technology, part._state.visible)
        disturb.read(part.technology, part._cells, part._state, 1.0)
        reads[working] += array._physical_rows * array.columns
        is_off = np.abs(missing) > reach
        goes_on = to_host(is_off.any(axis=(1, 2)))
        if not goes_on.all():
            array.put(working, part)
            working, part = working[goes_on], part.take(np.flatnonzero(goes_on))
            missing, is_off = missing[goes_on], is_off[goes_on]
        if not working.size:
            break
        # Half the nominal way at a time: a cell with large steps must not swing about.
        count = np.where(is_off, np.maximum(np.rint(np.abs(missing) / step / 2), 1), 0)
        up = np.where(missing > 0, count, 0).astype(np.float32)
        _send(part, *pairs.send(cell, up, count.astype(np.float32) - up))
    array.put(working, part)
    return reads


def _scatter(array: CrossbarArray) -> None:
    """Leave what the technology's `Programming` says that verifying leaves; restart the drift.

    G <- max(G + (c0 + c1 g + c2 g^2) xi, 0),  g = G / g_max
    """
    told = array.technology.programming
    if told is None:
        if array.declared.programming is not None:
            # Switched off: the draws of later rounds stay where they are.
            array._counters.rounds += 1
        return
    state, (scale, reference) = array._state, conductance_scale(array.technology)
    events = array._counters.rounds * writing.SLOTS_PER_SAMPLE + _SCATTER_SLOT
    xi = cell_normals(array.stream(Purpose.PROGRAM), events, *state.weight.shape[1:])
    G = reference + scale * state.weight.astype(np.float64)
    g = G / array.technology.cell.g_max
    sigma = told.scatter + told.scatter_linear * g + told.scatter_quadratic * g**2
    left = ((np.maximum(G + sigma * xi, 0) - reference) / scale).astype(np.float32)
    state.weight = np.where(is_stuck(array._cells, state), state.weight, left)
    if state.rested is not None:
        state.rested[:] = 0
    array._counters.rounds += 1


def _reset(array: CrossbarArray) -> None:
    """Bring all cells to their lower bound: by pulses down, or one-sided cells by a reset each."""
    response = array.technology.response
    assert isinstance(response, PulsedResponse)
    each = np.ones_like(array._state.weight)
    array._state.now = array._kernels.place(array.ledger.clock)
    if array.technology.cell.kind == "one-sided":
        _, rows, columns = array._state.weight.shape
        xi = cell_normals(array.stream(Purpose.PROGRAM), _events(array), rows, columns)
        refresh.reset(array.technology, array._cells, array._state, each > 0, xi)
        _enter(array, each, together=True)
    else:
        pulses = np.float32(reset_pulses(response)) * each
        _send(array, np.zeros_like(pulses), pulses, together=True)


def _send(array: CrossbarArray, up: Array, down: Array, *, together: bool = False) -> None:
    array._state.now = array._kernels.place(array.ledger.clock)
    writing.burst(
        array._kernels,
        array.technology,
        array._cells,
        array._state,
        up,
        down,
        array.stream(Purpose.PROGRAM),
        _events(array),
        np.arange(array.serials.size),
    )
    _enter(array, up + down, together=together)


def _events(array: CrossbarArray) -> npt.NDArray[np.int64]:
    return array._counters.rounds * writing.SLOTS_PER_SAMPLE + writing.BURST_SLOT


def _enter(array: CrossbarArray, pulses: Array, *, together: bool) -> None:
    """Count a round and its pulses, which the cells now show."""
    redraw(
        array.technology,
        array._cells,
        array._state,
        pulses > 0,
        array.stream(Purpose.WRITE_NOISE),
        array._counters.rounds,
        Way.PROGRAM,
    )
    array._counters.rounds += 1
    if not together:
        on_rows, on_columns = (pulses.sum(axis=axis, dtype=np.float64) for axis in (2, 1))
        disturb.half_selected(
            array.technology, array._cells, array._state, on_rows, on_columns, pulses
        )
    total = pulses.sum(axis=(1, 2), dtype=np.float64)
    others = 0 if together else array._physical_rows + array.columns - 2
    slots = pulses.max(axis=(1, 2)) if together else total
    array.ledger.charge_write(array.technology, total, others * total, slots)

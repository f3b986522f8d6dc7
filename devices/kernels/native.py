"""The compiled kernels (kernels/source): the physics of `reference`, in float32 and all at once.

Every instruction set, and any number of threads, gives the same bits.
"""

import os
import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

# Threads that spin while they wait would take the processor from other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from devices.aging import fail
from devices.fidelity import Choosing, Fidelity
from devices.identity import Purpose, Stream
from devices.kernels import UnknownBackend, _native, reference
from devices.kernels.structs import KINDS, numbers_of, shown_of
from devices.manufacture import CellParameters, LineErrors
from devices.pairs import planes
from devices.sending import Sent, physical_rows
from devices.state import CellState
from devices.technology import PiecewiseResponse, PulsedResponse, Read, Technology
from devices.tiling import place
from devices.writing import asks_for_pulses

__all__ = [
    "NATIVE", "chosen", "fire", "grow", "increment", "instruction_set", "normals", "read",
    "write_trains",
]  # fmt: skip


class Native:
    """The reference's formulas for single bursts, and whole verbs in one call."""

    affine_burst = staticmethod(reference.affine_burst)
    affine_carry = staticmethod(reference.affine_carry)
    stepwise_burst = staticmethod(reference.stepwise_burst)
    fused = sys.modules[__name__]
    place, stream = staticmethod(reference.place), staticmethod(reference.stream)
    cells_at_once = reference.cells_at_once


_NEEDED = ("fire", "grow", "increment", "instruction_set", "normals", "read", "write")


def require_all(built: object) -> None:
    """Refuse an extension that earlier sources were compiled to.

    Raises:
        UnknownBackend: it lacks a kernel.
    """
    if missing := [name for name in _NEEDED if not hasattr(built, name)]:
        raise UnknownBackend(
            f"backend 'native' was compiled from earlier sources and lacks {', '.join(missing)}: "
            "install again where the sources are (pip install .), or grow with backend 'reference'"
        )


require_all(_native)
NATIVE = Native()

Array = npt.NDArray[np.float32]
Totals = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def instruction_set() -> str:
    """Return the instruction set in use: avx512, avx2 or plain."""
    return str(_native.instruction_set())


def normals(stream: Stream, events: Whole, rows: int, columns: int) -> Array:
    """Return one standard normal a cell, `[device, row, column]`; see `identity.Stream.normals`."""
    drawn: Array = _native.normals(_key(stream), stream.serials, events, rows, columns)
    return drawn


def grow(
    stream: Stream,
    rows: int,
    columns: int,
    own: float,
    numbers: tuple[float, ...],
    scales: tuple[float, ...],
    parts: tuple[tuple[Array, Array] | None, ...],
    *,
    has_log_normal_steps: bool,
    has_log_normal_bounds: bool,
    has_slopes: bool,
) -> tuple[Array, ...]:
    """Return steps up and down, upper and lower bounds, weights, slopes: `devices.manufacture`."""
    made: tuple[Array, ...] = _native.grow(
        _key(stream),
        stream.serials,
        rows,
        columns,
        own,
        list(numbers),
        list(scales),
        [None if part is None else part[0] for part in parts],
        [None if part is None else part[1] for part in parts],
        has_log_normal_steps,
        has_log_normal_bounds,
        has_slopes,
    )
    return made


def fire(
    values: Array, gains: Array, lengths: Whole, stream: Stream, samples: Whole
) -> npt.NDArray[np.uint32]:
    """Return the trains of lines, `[device, sample, line]`; see `devices.pulses.fire`."""
    words: npt.NDArray[np.uint32] = _native.fire(
        np.ascontiguousarray(values), gains, lengths, _key(stream), stream.serials, samples
    )
    return words


def read(
    x: Array,
    weight: Array,
    gain: Array | None,
    curvature: Array | None,
    lines: LineErrors,
    declared: Read,
    reference: float,
    noise: Stream,
    reads: Whole,
    *,
    is_reverse: bool,
    again: int = 0,
) -> tuple[Array, Totals, Totals, npt.NDArray[np.uint32]]:
    """Return outputs, heat, heat times weight, clipped outputs; see `devices.reading.plain`.

    Outputs that clip are counted for each vector, `[device, sample]`; `again` says how often
    bound management has widened the scale.
    """
    y, heat, weighted, clipped = _native.read(
        np.ascontiguousarray(x),
        weight,
        gain,
        curvature,
        is_reverse,
        reference,
        declared.curvature,
        lines.gain,
        lines.offset,
        declared.noise_management == "abs-max",
        _step(declared.dac_bits, 1.0),
        _step(declared.adc_bits, declared.output_bound),
        declared.output_bound,
        declared.output_noise,
        _key(noise),
        noise.serials,
        reads,
        2.0**again,
        place(0, again=again),
    )
    return y, heat, weighted, clipped


def _step(bits: int | None, bound: float) -> float:
    return 0.0 if bits is None else 2 * bound / (2**bits - 2)


def write_trains(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    rows: npt.NDArray[np.uint32],
    columns: npt.NDArray[np.uint32],
    noise: Stream,
    samples: Whole,
    pinned: Fidelity | Whole | None,
) -> tuple[Whole, Totals, npt.NDArray[np.uint32] | None]:
    """Write a batch of fired trains; see `devices.writing.write_trains`."""
    is_asked = asks_for_pulses(technology, state)
    counts = np.zeros(state.weight.shape, np.uint32) if is_asked else None
    fidelity, received = _write(
        technology, cells, state, rows, columns, noise, samples, pinned, counts
    )
    if counts is not None:
        state.mark(counts > 0)
    if cells.failure is not None:
        everywhere = np.indices(state.weight.shape[:2]).reshape(2, -1)
        fail(technology, cells, state, (everywhere[0], everywhere[1]))
    return fidelity, received, counts


def chosen(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    rows: npt.NDArray[np.uint32],
    columns: npt.NDArray[np.uint32],
) -> Whole:
    """Return the fidelity of each device, `[device]`; see `devices.writing.chosen`."""
    nowhere = np.zeros(rows.shape[0], np.int64)
    silent = Stream(0, Purpose.CYCLE, 0, nowhere)
    trial = (technology, cells, state, rows, columns, silent, nowhere, None, None)
    return _write(*trial, is_trial=True)[0]


def _write(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    rows: npt.NDArray[np.uint32],
    columns: npt.NDArray[np.uint32],
    noise: Stream,
    samples: Whole,
    pinned: Fidelity | Whole | None,
    counts: npt.NDArray[np.uint32] | None,
    *,
    is_trial: bool = False,
) -> tuple[Whole, Totals]:
    """Return fidelities and received pulses, each `[device]`; a trial only chooses."""
    rule = Choosing.of(technology)
    if pinned is None:
        pinned = np.array(-1 if rule.has_averaged else rule.in_order)
    fidelity, received = _native.write(
        state.weight,
        cells.step_up,
        cells.step_down,
        cells.w_max,
        cells.w_min,
        cells.slope_up,
        cells.slope_down,
        cells.endurance,
        state.pulses,
        state.rested,
        counts,
        _wear(technology),
        _response(technology),
        _native.Choice(
            rule.most_pairs, rule.exceptions, rule.wander, int(rule.bounds), int(rule.in_order),
            int(rule.at_bounds),
        ),
        rows,
        columns,
        technology.cell.kind == "one-sided",
        _key(noise),
        noise.serials,
        samples,
        np.full(rows.shape[0], pinned, np.int64),
        is_trial,
    )  # fmt: skip
    return fidelity, received


def increment(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    delta: Array,
    at: Whole,
    step: float,
    stream: Callable[[Purpose], Stream],
    samples: Whole,
    *,
    is_random: bool,
    is_asked: bool,
) -> Sent:
    """Write net pulses, below 2^24 of a weight; see `devices.sending.send`."""
    counts = np.empty(delta.shape, np.float32) if is_asked else None
    noise = stream(Purpose.INCREMENT)
    slots, totals = _native.increment(
        state.weight,
        cells.step_up,
        cells.step_down,
        cells.w_max,
        cells.w_min,
        cells.slope_up,
        cells.slope_down,
        cells.endurance,
        state.pulses,
        state.rested,
        state.offset,
        state.written,
        state.now,
        counts,
        _wear(technology),
        _response(technology),
        at,
        np.ascontiguousarray(delta),
        step,
        is_random,
        planes(technology.cell),
        technology.cell.kind == "one-sided",
        shown_of(technology),
        int(Purpose.WRITE_NOISE),
        _key(noise),
        noise.serials,
        samples,
    )
    if cells.failure is not None:
        rows = physical_rows(technology, state, at)
        devices = np.arange(delta.shape[0])
        fail(technology, cells, state, (devices.repeat(rows.size), np.tile(rows, devices.size)))
    return Sent(slots.astype(np.float64), totals.sum(axis=1, dtype=np.float64), counts)


def _response(technology: Technology) -> object:
    response = technology.response
    assert isinstance(response, PulsedResponse)
    made = _native.Response(
        KINDS[technology.response.kind], response.noise == "additive", response.cycle_noise
    )
    for name, value in numbers_of(response).items():
        setattr(made, name, value)
    if isinstance(response, PiecewiseResponse):
        made.nodes(list(response.table_up), list(response.table_down))
    return made


def _wear(technology: Technology) -> object:
    wear = technology.wear
    if wear is None:
        return _native.Wear(False, 0.0, 0.0, 0.0, 0.0)
    return _native.Wear(True, wear.closure, wear.slowing, wear.resting_weight, wear.noise)


def _key(stream: Stream) -> object:
    return _native.Key(stream.seed, stream.purpose, stream.array)

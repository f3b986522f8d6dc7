"""Net pulses: given differences of weight are written a row at a time, each cell in one direction.

Where `update` sends the trains of every sample, so that pulses up and down meet in a cell, this
sends only what is left of a sum that was formed elsewhere (as the writes of mixed precision are,
Nandakumar et al. 2020, doi:10.3389/fnins.2020.00406). Nothing is verified.
"""

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from devices import disturb, pairs
from devices.arrays import to_host
from devices.errors import WrongShape, WrongValue
from devices.fidelity import Fidelity
from devices.identity import WORDS_PER_BLOCK, Purpose
from devices.technology import PulsedResponse
from devices.updating import refresh_due
from devices.write_noise import Way, redraw
from devices.writing import BURST_SLOT, SLOTS_PER_SAMPLE, burst

if TYPE_CHECKING:
    from devices.crossbar import CrossbarArray

__all__ = ["Rounding", "increment", "single_pulse"]

Array = npt.NDArray[np.float32]
Rounding = Literal["random", "nearest"]

_ROUNDING_SLOT = 30
"""Slot number of the draw that rounds; the pulses' cycle-to-cycle noise takes the burst slot."""


def single_pulse(array: "CrossbarArray") -> float | None:
    """Return what one pulse moves a nominal weight of 0 by, or None where there are no pulses."""
    response = array.technology.response
    if not isinstance(response, PulsedResponse):
        return None
    return pairs.stride(array.technology.cell) * response.step


def increment(
    array: "CrossbarArray", delta: npt.ArrayLike, rows: npt.ArrayLike | None, rounding: Rounding
) -> None:
    """Write net pulses; see `CrossbarArray.increment`.

        n = floor(|delta| / step + u),  u uniform in (0, 1), or 1/2 to round to the nearest

    with step that of `single_pulse`: E[n] step = |delta|. A row's columns are written at once: a
    row takes as many slots as the most pulses of its cells, and in each slot it fires with the
    columns that still have pulses to send. What fires without a pulse half-selects its cells. A
    pair is written as by update: both its rows fire; a one-sided pair takes n pulses in one cell.

    To the array this is one more sample and one more update: its draws have that sample's number.
    """
    delta, at = _given(array, delta, rows, rounding)
    response, cell = array.technology.response, array.technology.cell
    step = single_pulse(array)
    if step is None:
        array._state.weight[:, at] += delta
    else:
        assert isinstance(response, PulsedResponse)
        array._state.now = array._kernels.place(array.ledger.clock)
        ratio = np.abs(delta, dtype=np.float64) / step
        part: Any = 0.5 if rounding == "nearest" else _uniforms(array, at)
        wanted: Array = np.floor(ratio + part).astype(np.float32)
        count = np.zeros_like(array._state.weight[:, : array.rows])
        up = count.copy()
        count[:, at] = wanted
        up[:, at] = np.where(delta > 0, wanted, np.float32(0))
        _send(array, count, *pairs.send(cell, up, count - up))
        array.fidelities[:, Fidelity.AVERAGED] += 1
    array._counters.samples += 1
    array._counters.updates += 1
    refresh_due(array)


def _send(array: "CrossbarArray", count: Array, up: Array, down: Array) -> None:
    """Send the pulses of weights `[device, row, column]` to cells, and enter what they take."""
    technology, cells, state = array.technology, array._cells, array._state
    samples, everyone = array._counters.samples, np.arange(array.serials.size)
    events, noise = samples * SLOTS_PER_SAMPLE + BURST_SLOT, array.stream(Purpose.INCREMENT)
    burst(array._kernels, technology, cells, state, up, down, noise, events, everyone)
    pulses = up + down
    redraw(
        technology, cells, state, pulses > 0, array.stream(Purpose.WRITE_NOISE), samples,
        Way.UPDATE,
    )  # fmt: skip
    slots = count.max(axis=2).astype(np.float64)
    on_rows = np.concatenate([slots] * pairs.planes(technology.cell), axis=1)
    on_columns = count.sum(axis=1, dtype=np.float64)
    disturb.half_selected(technology, cells, state, on_rows, on_columns, pulses)
    received = to_host(pulses.sum(axis=(1, 2), dtype=np.float64))
    half = to_host(on_rows.sum(axis=1) * array.columns + on_columns.sum(axis=1) * up.shape[1])
    array.ledger.charge_write(technology, received, half - 2 * received, slots.sum(axis=1))


def _uniforms(array: "CrossbarArray", at: npt.NDArray[np.int64]) -> Any:
    """Return one uniform a cell, `[device, len(at), column]`, numbered by the cell."""
    blocks = -(-array.columns // WORDS_PER_BLOCK)
    places = (at[:, None] * blocks + np.arange(blocks))[None]
    events = (array._counters.samples * SLOTS_PER_SAMPLE + _ROUNDING_SLOT)[:, None, None]
    words = array.stream(Purpose.INCREMENT).blocks(places, events)
    words = words.reshape(array.serials.size, at.size, -1)[:, :, : array.columns]
    return (words + 0.5) / 2**32


def _given(
    array: "CrossbarArray", delta: npt.ArrayLike, rows: npt.ArrayLike | None, rounding: Rounding
) -> tuple[Array, npt.NDArray[np.int64]]:
    at = np.arange(array.rows) if rows is None else np.asarray(rows)
    is_one_row = at.ndim == 1 and (not at.size or at.dtype.kind in "iu")
    if not is_one_row or np.unique(at).size < at.size or (at < 0).any() or (at >= array.rows).any():
        raise WrongShape(
            f"rows must be numbers of 0 to {array.rows - 1}, each once, found {rows!r}"
        )
    with np.errstate(over="ignore"):
        wanted: Array = array._kernels.place(delta, np.float32)
    shape = (array.serials.size, at.size, array.columns)
    if wanted.shape != shape:
        raise WrongShape(
            f"delta must be [device, row, column] of {shape}, found shape {wanted.shape}"
        )
    if not np.isfinite(wanted).all():
        raise WrongValue("delta holds NaN or infinity")
    if rounding not in get_args(Rounding):
        raise WrongValue(f"rounding must be random or nearest, found {rounding!r}")
    return wanted, at.astype(np.int64)

"""Net pulses: given differences of weight are written a row at a time, each cell in one direction.

Where `update` sends the trains of every sample, so that pulses up and down meet in a cell, this
sends only what is left of a sum that was formed elsewhere (as the writes of mixed precision are,
Nandakumar et al. 2020, doi:10.3389/fnins.2020.00406). Nothing is verified.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from devices import disturb, pairs
from devices.arrays import beside
from devices.errors import WrongShape, WrongValue
from devices.fidelity import Fidelity
from devices.sending import MOST_PULSES, Sent, physical_rows, send
from devices.technology import PulsedResponse
from devices.updating import refresh_due

if TYPE_CHECKING:
    from devices.crossbar import CrossbarArray

__all__ = ["Rounding", "increment", "single_pulse", "visible_noise"]

Array = npt.NDArray[np.float32]
Rounding = Literal["random", "nearest"]


def single_pulse(array: "CrossbarArray") -> float | None:
    """Return what one pulse moves a nominal weight of 0 by, or None where there are no pulses."""
    response = array.technology.response
    if not isinstance(response, PulsedResponse):
        return None
    return pairs.stride(array.technology.cell) * response.step


def visible_noise(array: "CrossbarArray") -> float:
    """Return the standard deviation of what a nominal weight shows beside what it holds.

    That of `devices.write_noise` for each cell of the weight, once pulses have reached them all.
    """
    response, planes = array.technology.response, pairs.planes(array.technology.cell)
    if not isinstance(response, PulsedResponse):
        return 0.0
    return float(np.sqrt(planes) * response.write_noise * response.step)


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
    delta, at, largest = _given(array, delta, rows, rounding)
    step = single_pulse(array)
    if step is None:
        array._state.weight[:, at] += delta
    else:
        array._state.now = array._kernels.place(array.ledger.clock)
        follow: Callable[..., Sent] = partial(send, array._kernels)
        # Kernels count in float32, which would round larger numbers of pulses.
        if largest / step < MOST_PULSES:
            follow = getattr(array._kernels.fused, "increment", follow)
        technology = array.technology
        disturbs = technology.disturb is not None and technology.disturb.half_select > 0
        sent = follow(
            technology, array._cells, array._state, delta, at, step, array.stream,
            array._counters.samples, is_random=rounding == "random", is_asked=disturbs,
        )  # fmt: skip
        _enter(array, delta, at, sent)
        array.fidelities[:, Fidelity.AVERAGED] += 1
    array._counters.samples += 1
    array._counters.updates += 1
    refresh_due(array)


def _enter(array: "CrossbarArray", delta: Array, at: npt.NDArray[np.int64], sent: Sent) -> None:
    """Disturb the half-selected cells, and enter what the pulses took."""
    technology, cell = array.technology, array.technology.cell
    planes = pairs.planes(cell)
    if sent.counts is not None:
        _disturb(array, delta, at, sent.slots, sent.counts)
    slots = sent.slots.sum(axis=1)
    received = sent.total * (2 if cell.kind == "differential" else 1)
    half = planes * (slots * array.columns + sent.total * array.rows) - 2 * received
    array.ledger.charge_write(technology, received, half, slots)


def _disturb(
    array: "CrossbarArray", delta: Array, at: npt.NDArray[np.int64], slots: Any, counts: Array
) -> None:
    """Disturb the cells of the lines that fired; columns reach all rows, written or not."""
    technology, state = array.technology, array._state
    places = physical_rows(technology, state, at)
    up = np.where(delta > 0, counts, np.float32(0))
    pulses = np.zeros_like(state.weight)
    pulses[:, places] = sum(pairs.send(technology.cell, up, counts - up))
    on_rows = np.zeros_like(state.weight[:, :, 0], np.float64)
    on_rows[:, places] = np.concatenate([beside(delta, slots)] * pairs.planes(technology.cell), 1)
    on_columns = counts.sum(axis=1, dtype=np.float64)
    disturb.half_selected(technology, array._cells, state, on_rows, on_columns, pulses)


def _given(
    array: "CrossbarArray", delta: npt.ArrayLike, rows: npt.ArrayLike | None, rounding: Rounding
) -> tuple[Array, npt.NDArray[np.int64], float]:
    """Return the differences, their rows, and the largest size among them."""
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
    # Two looks without a temporary as large as delta; what is no number comes through both.
    largest = max(float(wanted.max()), -float(wanted.min())) if wanted.size else 0.0
    if not np.isfinite(largest):
        raise WrongValue("delta holds NaN or infinity")
    if rounding not in get_args(Rounding):
        raise WrongValue(f"rounding must be random or nearest, found {rounding!r}")
    return wanted, at.astype(np.int64), largest

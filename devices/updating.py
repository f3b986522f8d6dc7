"""A batch of signals reaches the arrays of a population, in groups of devices that fit memory."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from devices import refresh, writing
from devices.fidelity import Fidelity
from devices.identity import Serials
from devices.technology import PulsedResponse

if TYPE_CHECKING:
    from devices.crossbar import CrossbarArray

__all__ = ["refresh_due", "update"]

Array = npt.NDArray[np.float32]

_FLOATS_AT_ONCE = 1 << 26
"""Float32 numbers of fired trains and pulse counts held at a time: 256 MiB."""


def update(
    array: "CrossbarArray", on_rows: Array, on_columns: Array, rate: float, pinned: Fidelity | None
) -> None:
    """Add the outer products of a batch; see `CrossbarArray.update`.

    Args:
        array: changed in place.
        on_rows: `[device or 1, sample, row]`.
        on_columns: `[device or 1, sample, column]`.
        rate: learning rate.
        pinned: a fidelity for all, or None to choose.
    """
    array._state.now = array._kernels.place(array.ledger.clock)
    devices, batch = array.serials.size, on_rows.shape[1]
    if not isinstance(array.technology.response, PulsedResponse):
        array._state.weight += np.float32(rate) * (on_rows.swapaxes(1, 2) @ on_columns)
    else:
        rows, columns = array._physical_rows, array.columns
        lines = (rows + columns) * batch * array.technology.write.train_length
        group = max(1, _FLOATS_AT_ONCE // (lines + 3 * rows * columns))
        for first in range(0, devices, group):
            some = np.arange(first, min(first + group, devices))
            here = slice(None) if some.size == devices else some  # a slice copies nothing
            x_some, d_some = (s if s.shape[0] == 1 else s[here] for s in (on_rows, on_columns))
            _write(array, x_some, d_some, rate, pinned, some)
    array._counters.samples += batch
    if batch:
        array._counters.updates += 1
        refresh_due(array)


def refresh_due(array: "CrossbarArray") -> None:
    """Refresh the pairs of the devices whose number of updates has come round."""
    every = array.technology.cell.refresh_every
    due = np.flatnonzero(array._counters.updates % every == 0) if every else np.empty(0, int)
    if not due.size:
        return
    part = array if due.size == array.serials.size else array.take(due)
    refresh.refresh(
        array._kernels, array.technology, part._cells, part._state, part.ledger, part.stream,
        part._counters.updates,
    )  # fmt: skip
    if part is not array:
        array.put(due, part)


def _write(
    array: "CrossbarArray", x: Array, d: Array, rate: float, pinned: Fidelity | None, some: Serials
) -> None:
    part = array if some.size == array.serials.size else array.take(some)
    written = writing.write(
        array._kernels, array.technology, part._cells, part._state,
        np.broadcast_to(x, (some.size, *x.shape[1:])),
        np.broadcast_to(d, (some.size, *d.shape[1:])),
        rate, part.stream, part._counters.samples, pinned, part._unablated,
    )  # fmt: skip
    part.fidelities[np.arange(some.size), written.fidelity] += 1
    part.ledger.charge_write(array.technology, written.pulses, written.half, written.slots)
    if part is not array:
        array.put(some, part)

"""Tiki-Taka: a fast array learns, and what it has learnt is carried over to a slow one.

Equations and sources: `mortal.rules.declarations.through`. Of soft-bounds cells pulsed up and down
at random A returns to its symmetric point by itself, so C, which is written seldom and only by what
A says again and again, does not go where noise and asymmetry would take it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray
from devices.increment import single_pulse, visible_noise
from mortal.rules.declarations.through import FastArraySettings, TikiTakaV2Settings
from mortal.rules.ways.plain import Array
from mortal.rules.ways.way import Way

if TYPE_CHECKING:
    from mortal.rules.body import Body
    from mortal.rules.hardware import Hardware

__all__ = ["TikiTaka", "TikiTakaV2"]

Rows = npt.NDArray[np.int64]

_EXACT_STEP = 0.001
"""What stands for a pulse where there are none, assumed: a thousandth of the unit of weight."""


@dataclass(frozen=True)
class TikiTaka:
    """Version 1. Array `name.fast`, counters `name.waiting` (samples) and `name.turn` (row).

    Attributes:
        settings: of the declaration.
        written: how A is written: as outer products come, or netted.
    """

    settings: FastArraySettings
    written: Way
    operations: ClassVar[int] = 0
    """Digital multiply-accumulates a number carried over, without the symmetric point's."""

    def grow(self, body: "Body", hardware: "Hardware", name: str) -> None:
        """Grow the fast array and, if asked, measure its symmetric point."""
        fast = hardware.second_array(body.arrays[name])
        body.arrays[f"{name}.fast"] = fast
        self.written.grow(body, hardware, f"{name}.fast")
        for counter in ("waiting", "turn"):
            body.counters[f"{name}.{counter}"] = np.zeros(hardware.serials.size, np.int64)
        if self.settings.zero_shift:
            zero = hardware.numbers(fast.rows, fast.columns)
            zero += symmetric_point(fast, self.settings.zero_pulses, self.settings.zero_reads)
            body.memory[f"{name}.zero"] = zero

    def read(self, body: "Body", name: str, x: Array) -> Array:
        """Return what C answers, and gamma of what A does."""
        y = body.arrays[name].forward(x)
        return self._with(body, name, y, self._fast(body, name, x)) if self.settings.gamma else y

    def read_back(self, body: "Body", name: str, d: Array) -> Array:
        """Return what C answers in reverse, and gamma of what A does."""
        y = body.arrays[name].backward(d)
        return (
            self._with(body, name, y, self._fast_back(body, name, d)) if self.settings.gamma else y
        )

    def write(self, body: "Body", name: str, x: Array, d: Array, rate: float) -> None:
        """Write the fast array."""
        self.written.write(body, f"{name}.fast", x, d, rate * self.settings.fast_rate)
        body.counters[f"{name}.waiting"] += x.shape[-2]

    def settle(self, body: "Body", name: str) -> None:
        """Carry over one row for every so many samples written since the last time."""
        self.written.settle(body, f"{name}.fast")
        waiting, turn = body.counters[f"{name}.waiting"], body.counters[f"{name}.turn"]
        due = waiting // self.settings.every
        waiting -= due * self.settings.every
        alike = np.unique(np.stack([due, turn]), axis=1).T
        for count, first in alike:
            if len(alike) == 1:
                self._carry_over(body, name, int(first), int(count))
                continue
            # Devices that were taught apart are at different rows.
            some = np.flatnonzero((due == count) & (turn == first))
            part = body.take(some)
            self._carry_over(part, name, int(first), int(count))
            body.put(some, part)

    def _carry_over(self, body: "Body", name: str, first: int, count: int) -> None:
        rows = body.arrays[name].rows
        for start in range(0, count, rows):
            at = (first + np.arange(start, min(start + rows, count))) % rows
            self._transfer(body, name, at, self._seen(body, name, at))
        body.counters[f"{name}.turn"][:] = (first + count) % rows

    def _seen(self, body: "Body", name: str, rows: Rows) -> Array:
        """Return some rows of A, less the symmetric point, `[device, len(rows), column]`."""
        seen = read_rows(body.arrays[f"{name}.fast"], rows)
        if self.settings.zero_shift:
            seen = seen - body.memory[f"{name}.zero"][:, rows]
            body.charge_digital(name, seen[0].size)
        body.charge_digital(name, self.operations * seen[0].size)
        return seen

    def _rate(self, body: "Body", name: str) -> np.float32:
        """Return a, the rate of one read of a row."""
        told = self.settings
        return np.float32(told.transfer_rate * told.every * body.arrays[name].rows)

    def _transfer(self, body: "Body", name: str, rows: Rows, seen: Array) -> None:
        body.arrays[name].increment(self._rate(body, name) * seen, rows)

    def _with(self, body: "Body", name: str, y: Array, more: Array) -> Array:
        body.charge_digital(name, y[0].size)
        return y + np.float32(self.settings.gamma) * more

    def _fast(self, body: "Body", name: str, x: Array) -> Array:
        return body.arrays[f"{name}.fast"].forward(x)

    def _fast_back(self, body: "Body", name: str, d: Array) -> Array:
        return body.arrays[f"{name}.fast"].backward(d)


@dataclass(frozen=True)
class TikiTakaV2(TikiTaka):
    """Version 2: memory `name.hidden` `[device, row, column]` is H."""

    settings: TikiTakaV2Settings
    operations: ClassVar[int] = 1

    def grow(self, body: "Body", hardware: "Hardware", name: str) -> None:
        """Grow the fast array and H."""
        super().grow(body, hardware, name)
        array = body.arrays[name]
        body.memory[f"{name}.hidden"] = hardware.numbers(array.rows, array.columns)

    def _transfer(self, body: "Body", name: str, rows: Rows, seen: Array) -> None:
        array, hidden = body.arrays[name], body.memory[f"{name}.hidden"]
        step = single_pulse(array) or _EXACT_STEP
        here = hidden[:, rows] + self._rate(body, name) * seen
        least = np.float32(max(step, self.settings.least_sent * visible_noise(array)))
        due = np.trunc(here / np.float32(step)) * np.float32(step)
        sent = np.where(np.abs(here) >= least, due, np.float32(0))
        array.increment(sent, rows, "nearest")
        hidden[:, rows] = here - np.float32(1 - self.settings.momentum) * sent


def read_rows(array: CrossbarArray, rows: Rows, times: int = 1) -> Array:
    """Return rows of an array as read, `[device, len(rows), column]`: a voltage on each alone."""
    hot = np.zeros((rows.size * times, array.rows), np.float32)
    hot[np.arange(rows.size * times), np.repeat(rows, times)] = 1
    seen = array.forward(hot)
    mean: Array = seen.reshape(seen.shape[0], rows.size, times, array.columns).mean(axis=2)
    return mean


def symmetric_point(array: CrossbarArray, pulses: int, reads: int) -> Array:
    """Bring cells to where steps up and down are equal, and return it as read.

    Pulses up and down in turn move a cell to its symmetric point (Kim et al. 2019,
    arXiv:1907.10228, zero-shifting), about which its cycle-to-cycle noise then keeps it wandering;
    what is read of it has the offsets of the read path in it, and the noise of the last pulse. So
    half of the pulses come first, and the reads one by one between the others, and their mean
    counts. Pulses and reads are entered in the ledger as any.

    Args:
        array: changed in place.
        pulses: to each cell, half of them up.
        reads: of every row.

    Returns:
        `[device, row, column]`, where the array's signals are.
    """
    rate = single_pulse(array) or _EXACT_STEP
    lines, signs = np.arange(array.rows), np.ones(pulses, np.float32)
    signs[1::2] = -1
    first, later = np.split(signs, [pulses // 2])
    _pulse_all(array, first, rate)
    found: Array = np.float32(0)  # type: ignore[assignment]
    for some in np.array_split(later, reads):
        _pulse_all(array, some, rate)
        found = found + read_rows(array, lines)
    return found / np.float32(reads)


def _pulse_all(array: CrossbarArray, signs: Array, rate: float) -> None:
    """Pulse every cell, up or down as told `[pulse]`."""
    if signs.size:
        rows = np.ones((signs.size, array.rows), np.float32)
        array.update(rows, np.repeat(signs[:, None], array.columns, axis=1), rate)

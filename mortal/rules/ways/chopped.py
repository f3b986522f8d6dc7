"""Chopped Tiki-Taka and AGAD: the sign with which a row of the fast array is used is flipped.

Equations and sources: `mortal.rules.declarations.through`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from devices.identity import Purpose
from mortal.rules.declarations.through import AgadSettings, ChoppedTikiTakaSettings
from mortal.rules.ways.plain import Array
from mortal.rules.ways.tiki_taka import Rows, TikiTakaV2

if TYPE_CHECKING:
    from mortal.rules.body import Body
    from mortal.rules.hardware import Hardware

__all__ = ["Agad", "Chopped"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Chopped(TikiTakaV2):
    """Memory `name.chopper` and `name.reads` `[device, row]`: the signs, and reads since a flip.

    Counter `name.flips` numbers the draws of random flips, a block a row.
    """

    settings: ChoppedTikiTakaSettings
    operations: ClassVar[int] = 1

    def grow(self, body: "Body", hardware: "Hardware", name: str) -> None:
        """Grow the fast array, H and the signs, all of them positive."""
        super().grow(body, hardware, name)
        rows = body.arrays[name].rows
        body.memory[f"{name}.chopper"] = hardware.numbers(rows) + np.float32(1)
        body.memory[f"{name}.reads"] = hardware.numbers(rows)
        body.counters[f"{name}.flips"] = np.zeros(hardware.serials.size, np.int64)

    def write(self, body: "Body", name: str, x: Array, d: Array, rate: float) -> None:
        """Write the fast array with the rows' signs."""
        super().write(body, name, x * body.memory[f"{name}.chopper"][:, None], d, rate)

    def _fast(self, body: "Body", name: str, x: Array) -> Array:
        return super()._fast(body, name, x * body.memory[f"{name}.chopper"][:, None])

    def _fast_back(self, body: "Body", name: str, d: Array) -> Array:
        signed: Array = super()._fast_back(body, name, d) * body.memory[f"{name}.chopper"][:, None]
        return signed

    def _transfer(self, body: "Body", name: str, rows: Rows, seen: Array) -> None:
        chopper, reads = body.memory[f"{name}.chopper"], body.memory[f"{name}.reads"]
        signed = chopper[:, rows, None] * self._of_interest(body, name, rows, seen)
        super()._transfer(body, name, rows, signed)
        reads[:, rows] += 1
        flips = self._flips(body, name, rows, reads[:, rows])
        self._turn(body, name, rows, seen, flips)
        chopper[:, rows] = np.where(flips, -chopper[:, rows], chopper[:, rows])
        reads[:, rows] = np.where(flips, np.float32(0), reads[:, rows])

    def _of_interest(self, body: "Body", name: str, rows: Rows, seen: Array) -> Array:
        return seen

    def _turn(self, body: "Body", name: str, rows: Rows, seen: Array, flips: Mask) -> None:
        """Note what a half-period must remember; there is nothing."""

    def _flips(self, body: "Body", name: str, rows: Rows, reads: Array) -> Mask:
        """Return which rows change their sign, `[device, len(rows)]`."""
        every = self.settings.flip_after
        if self.settings.flip == "periodic":
            periodic: Mask = reads >= every
            return periodic
        flips = body.counters[f"{name}.flips"]
        stream = body.arrays[name].stream(Purpose.CHOPPER)
        words = stream.blocks(rows[None], flips[:, None])[..., 0]
        flips += 1
        chance: Mask = words < np.uint32(2**32 // every) if every > 1 else words >= 0
        return chance


@dataclass(frozen=True)
class Agad(Chopped):
    """Memory `name.mean` and `name.reference` `[device, row, column]`: M and R."""

    settings: AgadSettings
    operations: ClassVar[int] = 3

    def grow(self, body: "Body", hardware: "Hardware", name: str) -> None:
        """Grow the fast array, H, the signs, M and R; R begins as A is read at birth."""
        super().grow(body, hardware, name)
        array = body.arrays[name]
        for memory in ("mean", "reference"):
            body.memory[f"{name}.{memory}"] = hardware.numbers(array.rows, array.columns)
        body.memory[f"{name}.reference"] += self._seen(body, name, np.arange(array.rows))

    def _of_interest(self, body: "Body", name: str, rows: Rows, seen: Array) -> Array:
        interesting: Array = seen - body.memory[f"{name}.reference"][:, rows]
        return interesting

    def _turn(self, body: "Body", name: str, rows: Rows, seen: Array, flips: Mask) -> None:
        """Bring the means up to date; at a flip they become the reference."""
        mean, reference = body.memory[f"{name}.mean"], body.memory[f"{name}.reference"]
        reads = body.memory[f"{name}.reads"][:, rows]
        weight = np.minimum(np.float32(self.settings.tail) / reads, np.float32(1))[..., None]
        mean[:, rows] += weight * (seen - mean[:, rows])
        at_flips = flips[..., None]
        reference[:, rows] = np.where(at_flips, mean[:, rows], reference[:, rows])

"""Conductances that fluctuate while they are read: trapped charges and 1/f noise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.arrays import beside
from devices.identity import Purpose, Stream
from devices.manufacture import CellParameters, cell_normals, cell_uniforms
from devices.reading.conductance import conductance_scale, whole
from devices.state import CellState
from devices.technology import Flicker, ReadNoise, Technology, Telegraph

__all__ = ["Fluctuation", "flicker_deviation", "renewal"]

Array = npt.NDArray[np.float32]
Totals = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.bool_]

_LEAST = 1e-3
"""Least value of (G / g_max)^p: a cell that does not conduct must not divide by zero."""


def renewal(telegraph: Telegraph, seconds: Totals) -> tuple[Totals, float]:
    """Return the chance that a trap is drawn anew in some time, and that it is then filled.

    1 - exp(-dt / tau),  1 / tau = 1 / T_high + 1 / T_low;    T_low / (T_high + T_low)
    """
    rate = 1 / telegraph.high + 1 / telegraph.low
    anew: Totals = -np.expm1(-rate * seconds)
    return anew, telegraph.low / (telegraph.high + telegraph.low)


def flicker_deviation(flicker: Flicker, conductance: Totals, seconds: Totals) -> Totals:
    """Return the relative deviation Q sqrt(ln((t + t_read) / (2 t_read))) of conductances.

        Q = min(level / max((G / g_max)^p, 10^-3), most)

    Args:
        flicker: level, p, most and t_read.
        conductance: G / g_max.
        seconds: t since the last write, of the same shape; nothing below t_read.
    """
    t_read = flicker.read_time
    q = flicker.level / np.maximum(np.abs(conductance) ** flicker.exponent, _LEAST)
    span = np.log(np.maximum((seconds + t_read) / (2 * t_read), 1.0))
    deviation: Totals = np.minimum(q, flicker.most) * np.sqrt(span)
    return deviation


@dataclass
class Fluctuation:
    """Where the slow noise of each device stands (`ReadNoise`).

    Vectors of both directions are counted from the first of a device's life; block k is the
    k-th `hold` of them. Its draws are its own, so neither the batching of vectors into calls nor
    the company of other devices changes them, and its time is that of its first vector.

    Attributes:
        block: `[device]`, the last block begun; -1: none.
        since: `[device]`, the clock at its first vector, s.
        is_low: `[device, row, column]`, filled traps; None: there are no traps.
    """

    block: npt.NDArray[np.int64]
    since: Totals
    is_low: Vectors | None

    @classmethod
    def blank(cls, cells: CellParameters, devices: int) -> Self:
        """Return the state of devices that have never been read."""
        is_low = None if cells.trap is None else np.zeros_like(cells.trap, np.bool_)
        # Infinitely long ago: the first block draws every trap from its stationary law.
        return cls(np.full(devices, -1), np.full(devices, -np.inf), is_low)

    def take(self, devices: npt.NDArray[np.integer]) -> Self:
        """Return a copy of some devices' state, by position."""
        is_low = None if self.is_low is None else self.is_low[devices]
        return type(self)(self.block[devices], self.since[devices], is_low)

    def put(self, devices: npt.NDArray[np.integer], other: Self) -> None:
        """Write some devices' state back."""
        self.block[devices], self.since[devices] = other.block, other.since
        if self.is_low is not None and other.is_low is not None:
            self.is_low[devices] = other.is_low

    def advance(
        self,
        technology: Technology,
        cells: CellParameters,
        state: CellState,
        stream: Callable[[Purpose], Stream],
        vectors: npt.NDArray[np.int64],
        batch: int,
        clock: Totals,
        duration: float,
    ) -> list[tuple[Array, Vectors]]:
        """Go through the blocks of a batch; return what each does to the conductances.

        Args:
            technology: with slow noise.
            cells: gains and traps.
            state: weights, and when they were written.
            stream: the draws of a purpose.
            vectors: `[device]`, number of the batch's first vector.
            batch: vectors of the batch.
            clock: `[device]`, s, at the first of them.
            duration: s from one vector to the next.

        Returns:
            Factors `[device, row, column]`, with the vectors `[device, sample]` of the block.
        """
        noise = technology.read.noise
        assert noise is not None
        first, last = vectors // noise.hold, (vectors + max(batch, 1) - 1) // noise.hold
        of_vector = (vectors[:, None] + np.arange(batch)) // noise.hold
        found = []
        for later in range(int((last - first).max(initial=0)) + 1):
            block = np.minimum(first + later, last)
            before = np.maximum(block * noise.hold - vectors, 0)
            self._begin(noise, block, clock + duration * before, stream(Purpose.TELEGRAPH))
            factor = self._factor(technology, noise, cells, state, stream(Purpose.FLICKER))
            found.append((factor, beside(state.weight, of_vector == block[:, None])))
        return found

    def _begin(
        self, noise: ReadNoise, block: npt.NDArray[np.int64], clock: Totals, traps: Stream
    ) -> None:
        """Enter a block, `[device]`, where it is a new one."""
        is_new = block > self.block
        if not is_new.any():
            return
        if noise.telegraph is not None and self.is_low is not None:
            chance, low = renewal(noise.telegraph, clock - self.since)
            chance = beside(self.is_low, np.where(is_new, chance, 0.0)[:, None, None])
            u = cell_uniforms(traps, block, *self.is_low.shape[1:])
            # One uniform tells both whether a trap is drawn anew and what it then is.
            self.is_low = np.where(u < chance, u < chance * low, self.is_low)
        self.since = np.where(is_new, clock, self.since)
        self.block = np.maximum(block, self.block)

    def _factor(
        self,
        technology: Technology,
        noise: ReadNoise,
        cells: CellParameters,
        state: CellState,
        normals: Stream,
    ) -> Array:
        factor: Array = beside(state.weight, np.ones((1, 1, 1), np.float32))
        if self.is_low is not None and cells.trap is not None:
            factor = 1 - cells.trap * self.is_low
        if noise.flicker is not None:
            assert state.written is not None
            scale, _ = conductance_scale(technology)
            own = whole(state.visible, cells, technology).astype(np.float64)
            own *= scale / technology.cell.g_max
            since = beside(state.written, self.since[:, None, None])
            seconds = np.maximum(since - state.written, 0.0)
            deviation = flicker_deviation(noise.flicker, own, seconds)
            xi = cell_normals(normals, self.block, *state.weight.shape[1:])
            factor = factor * (1 + deviation * xi).astype(np.float32)
        return factor

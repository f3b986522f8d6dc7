"""The random draws of a read, each at its place (`devices.tiling.place`)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.identity import NORMALS_PER_BLOCK, Purpose, Stream
from devices.tiling import place

__all__ = ["Draws"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Draws:
    """Normals of the lines of one tile, in one pass of one reading of a batch.

    Attributes:
        stream: the draws of a purpose.
        is_reverse: whether columns are driven and rows sensed.
        reads: `[device]`, number of the batch's first read in this direction.
        batch: vectors of the batch.
        inputs, outputs: lines of the tile.
        tile: number of the tile along the driven and along the sensed side.
        part: number of the pass.
        again: how often the input was halved.
    """

    stream: Callable[[Purpose], Stream]
    is_reverse: bool
    reads: npt.NDArray[np.int64]
    batch: int
    inputs: slice
    outputs: slice
    tile: tuple[int, int] = (0, 0)
    part: int = 0
    again: int = 0

    def at(self, part: int, again: int) -> Self:
        """Return the draws of another pass or reading."""
        return replace(self, part=part, again=again)

    def output(self) -> Array:
        """Return normals of the output noise, `[device, sample, output]`."""
        purpose = Purpose.REVERSE_READ if self.is_reverse else Purpose.READ
        return self._normals(purpose, self.outputs, self.tile[0])

    def cells(self) -> Array:
        """Return normals of the summed noise of cells, `[device, sample, output]`."""
        purpose = Purpose.REVERSE_CELL_READ if self.is_reverse else Purpose.CELL_READ
        return self._normals(purpose, self.outputs, self.tile[0])

    def input(self) -> Array:
        """Return normals of the input noise, `[device, sample, input]`."""
        purpose = Purpose.REVERSE_INPUT if self.is_reverse else Purpose.INPUT
        return self._normals(purpose, self.inputs, self.tile[1])

    def _normals(self, purpose: Purpose, lines: slice, tile: int) -> Array:
        first, end = lines.start // NORMALS_PER_BLOCK, -(-lines.stop // NORMALS_PER_BLOCK)
        places = place(tile, self.part, self.again) + np.arange(first, end)
        events = self.reads[:, None, None] + np.arange(self.batch)[:, None]
        drawn = self.stream(purpose).normal_blocks(places[None, None], events)
        of_lines = drawn.reshape(self.reads.size, self.batch, (end - first) * NORMALS_PER_BLOCK)
        before = first * NORMALS_PER_BLOCK
        return of_lines[:, :, lines.start - before : lines.stop - before]

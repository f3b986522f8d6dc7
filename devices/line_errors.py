"""How the lines that are sensed differ: gain, offset and non-linearity of their amplifiers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.identity import Parameter, Stream
from devices.technology import Technology
from devices.tiling import place

__all__ = ["LineErrors", "line_errors"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LineErrors:
    """Errors of the lines that are sensed, each `[device, line]` float32.

    Of an array of several tiles, the lines that a second tile senses follow those of the first.

    Attributes:
        gain, offset: of the converter.
        nonlinearity: n of the output amplifier; None: linear.
    """

    gain: Array
    offset: Array
    nonlinearity: Array | None = None

    def take(self, devices: npt.NDArray[np.integer]) -> Self:
        """Return the errors of some devices, by position."""
        return self.each(lambda errors: errors[devices])

    def part(self, lines: slice) -> Self:
        """Return the errors of some lines."""
        return self.each(lambda errors: errors[:, lines])

    def each(self, how: Callable[[Array], Array]) -> Self:
        """Return the errors with something done to each array of them."""
        n = self.nonlinearity
        return replace(
            self,
            gain=how(self.gain),
            offset=how(self.offset),
            nonlinearity=None if n is None else how(n),
        )


def line_errors(technology: Technology, stream: Stream, count: int, tiles: int) -> LineErrors:
    """Draw the errors of the lines of one side.

    Args:
        technology: spreads.
        stream: the draws of the columns, or of the rows.
        count: lines.
        tiles: how many tiles sense each of them.
    """
    spread, read = technology.spread, technology.read

    def drawn(scale: float, parameter: Parameter) -> Array:
        if not scale:
            return np.zeros((stream.devices, count * tiles), np.float32)
        parts = [stream.normals(int(parameter), count, place(tile)) for tile in range(tiles)]
        return np.float32(scale) * np.concatenate(parts, axis=1)

    nonlinearity = None
    if read.nonlinearity:
        relative = 1 + drawn(spread.column_nonlinearity, Parameter.LINE_NONLINEARITY)
        nonlinearity = np.float32(read.nonlinearity / read.output_bound) * np.maximum(
            relative, np.float32(0)
        )
    return LineErrors(
        gain=drawn(spread.column_gain, Parameter.LINE_GAIN),
        offset=drawn(spread.column_offset, Parameter.LINE_OFFSET),
        nonlinearity=nonlinearity,
    )

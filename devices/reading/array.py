"""A whole array is read, tile by tile; outputs of tiles above one another are added digitally."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from devices.identity import Purpose, Stream
from devices.manufacture import LineErrors
from devices.reading.cells import Conducting
from devices.reading.correction import Correction
from devices.reading.draws import Draws
from devices.reading.effort import Effort
from devices.reading.vector import read_tile
from devices.technology import Read
from devices.tiling import Grid

__all__ = ["assemble", "read_tiles"]

Array = npt.NDArray[np.float32]


def assemble(parts: Sequence[Sequence[Array]]) -> Array:
    """Return the outputs of an array, `[device, sample, output]`, of those of its tiles.

    Args:
        parts: by strip of sensed lines, then by tile along the inputs, as `read_tiles` gives them.
    """
    strips = [sum(strip[1:], start=strip[0]) for strip in parts]
    return strips[0] if len(strips) == 1 else np.concatenate(strips, axis=2)


def read_tiles(
    x: Array,
    cells: Sequence[Conducting],
    lines: LineErrors,
    grid: Grid,
    declared: Read,
    stream: Callable[[Purpose], Stream],
    reads: npt.NDArray[np.int64],
    *,
    is_reverse: bool,
    correction: Correction | None = None,
) -> tuple[list[list[Array]], list[Effort]]:
    """Return the outputs of every tile `[device, sample, output]`, and what each took.

    Args:
        x: `[device or 1, sample, input]`.
        cells: what conducts, as driven.
        lines: errors of the sensed lines.
        grid: tiles as driven: its rows are the inputs.
        declared: the read path.
        stream: the draws of a purpose.
        reads: `[device]`, number of the first read in this direction.
        is_reverse: whether columns are driven and rows sensed.
        correction: what calibration does to the converted outputs; None: nothing.

    Returns:
        Outputs by strip of sensed lines, then by tile along the inputs; efforts in that order.
    """
    parts: list[list[Array]] = []
    efforts: list[Effort] = []
    sensed = grid.columns[-1].stop
    for across, outputs in enumerate(grid.columns):
        parts.append([])
        for down, inputs in enumerate(grid.rows):
            draws = Draws(
                stream, is_reverse, reads, x.shape[1], inputs, outputs, tile=(down, across)
            )
            here = slice(down * sensed + outputs.start, down * sensed + outputs.stop)
            y, effort = read_tile(
                x[:, :, inputs],
                [some.part(inputs, outputs) for some in cells],
                lines.part(here),
                declared,
                draws,
                None if correction is None else correction.part(here),
            )
            parts[-1].append(y)
            efforts.append(effort)
    return parts, efforts

"""Lines that are born broken (`devices.technology.Faults`)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices.identity import Purpose, Stream
from devices.technology import Faults
from devices.tiling import Grid, place

__all__ = ["Connections", "connections"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Connections:
    """Which lines carry current.

    Attributes:
        rows: `[device, strip, row]`, of each strip of tiles side by side along the columns; of
            pairs, physical rows.
        columns: `[device, strip, column]`, of each strip of tiles along the rows.
        tiles: `[device, tile]`, row by row.
    """

    rows: Mask
    columns: Mask
    tiles: Mask

    def cells(self, grid: Grid) -> Mask:
        """Return whether each cell's row, column and tile are whole, `[device, row, column]`.

        The two rows of a pair lie in the same tile.
        """
        devices, strips, physical = self.rows.shape
        inputs, outputs = grid.rows[-1].stop, grid.columns[-1].stop
        planes = self.rows.reshape(devices, strips, physical // inputs, inputs)
        found = np.empty((devices, physical // inputs, inputs, outputs), np.bool_)
        for i, rows in enumerate(grid.rows):
            for j, columns in enumerate(grid.columns):
                found[:, :, rows, columns] = (
                    planes[:, j, :, rows, None]
                    & self.columns[:, i, None, None, columns]
                    & self.tiles[:, i * len(grid.columns) + j, None, None, None]
                )
        return found.reshape(devices, physical, outputs)


def connections(
    faults: Faults, grid: Grid, rows: int, stream: Callable[[Purpose], Stream]
) -> Connections:
    """Draw which lines of a population's arrays are broken.

    Args:
        faults: fractions.
        grid: tiles.
        rows: physical rows.
        stream: the draws of a purpose.
    """

    def whole(purpose: Purpose, lines: int, strips: int, fraction: float) -> Mask:
        draws = [stream(purpose).uniforms(0, lines, place(strip)) for strip in range(strips)]
        return np.stack(draws, axis=1) >= fraction

    strips_down, strips_across = len(grid.rows), len(grid.columns)
    columns = grid.columns[-1].stop
    tiles = stream(Purpose.TILE_FAULT).uniforms(0, strips_down * strips_across)
    return Connections(
        rows=whole(Purpose.ROW_FAULT, rows, strips_across, faults.row_open),
        columns=whole(Purpose.COLUMN_FAULT, columns, strips_down, faults.column_open),
        tiles=tiles >= faults.tile_dead,
    )

"""How an array is cut into tiles, and where the lines of each tile take their draws."""

from dataclasses import dataclass

from devices.errors import WrongShape
from devices.technology import Tile

__all__ = ["Grid", "grid_of", "place"]

_BLOCK_BITS, _PASS_BITS, _ROUND_BITS, _TILE_BITS = 14, 5, 4, 9


@dataclass(frozen=True)
class Grid:
    """Tiles of an array: the rows and the columns that each strip of tiles covers."""

    rows: tuple[slice, ...]
    columns: tuple[slice, ...]

    @property
    def transposed(self) -> "Grid":
        """The grid of an array whose columns are driven and whose rows are sensed."""
        return Grid(self.columns, self.rows)


def grid_of(tile: Tile | None, rows: int, columns: int) -> Grid:
    """Return the tiles of an array; without a largest size it is one.

    Raises:
        WrongShape: more than 512 tiles along one side.
    """
    if tile is None:
        return Grid((slice(0, rows),), (slice(0, columns),))
    return Grid(_cut(rows, tile.rows, "rows"), _cut(columns, tile.columns, "columns"))


def _cut(lines: int, most: int, name: str) -> tuple[slice, ...]:
    strips = -(-lines // most)
    if strips > 1 << _TILE_BITS:
        raise WrongShape(
            f"{lines} {name} in tiles of {most} make {strips} tiles along one side; at most "
            f"{1 << _TILE_BITS} are allowed"
        )
    return tuple(slice(first, min(first + most, lines)) for first in range(0, lines, most))


def place(tile: int, part: int = 0, again: int = 0) -> int:
    """Return the place of the first line block of a tile in one pass of one reading of a vector.

        place = block + 2^14 pass + 2^19 round + 2^23 tile

    so the first pass of the first reading through the first tile takes the plain blocks. Lines
    are numbered over the whole array; a tile is numbered along the side its lines do not run on.

    Args:
        tile: 0 to 511, number of the tile along the driven side (of input noise: the sensed).
        part: 0 to 31, number of the pass (bit plane and polarity).
        again: 0 to 15, how often bound management has halved the input.
    """
    return ((tile << _ROUND_BITS | again) << _PASS_BITS | part) << _BLOCK_BITS

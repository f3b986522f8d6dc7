"""Tiles: the largest array that is built; larger ones are put together from several."""

from devices.technology.declaration import Declaration, declared

__all__ = ["Tile"]


class Tile(Declaration):
    """Largest physical array. A layer that exceeds it is cut, from the first row and column on.

    Rows are input lines: a pair of cells (`Cell.kind`) has two physical rows for each.

    Every tile has its own input converters (and its own input scale), its own output converters
    with their errors and noise, and its own broken lines. Tiles work at the same time; their
    outputs are added digitally.
    """

    rows: int = declared(unit="1", ge=1, meaning="input lines of a tile, at most")
    columns: int = declared(unit="1", ge=1, meaning="output lines of a tile, at most")

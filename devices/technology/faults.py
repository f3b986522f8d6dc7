"""Broken lines: rows, columns and whole tiles that are born without contact."""

from devices.technology.declaration import Declaration, declared

__all__ = ["Faults"]


class Faults(Declaration):
    """Fractions of lines that are open from birth, each line of each tile on its own.

    Cells of an open line carry no current and no pulse moves them: the line adds nothing to a
    sum, and what is sensed on it is what its converter makes of zero (offset and noise).
    """

    row_open: float = declared(
        0.0, unit="1", off=0.0, ge=0, le=1, meaning="fraction of rows that are open"
    )
    column_open: float = declared(
        0.0, unit="1", off=0.0, ge=0, le=1, meaning="fraction of columns that are open"
    )
    tile_dead: float = declared(
        0.0, unit="1", off=0.0, ge=0, le=1, meaning="fraction of tiles without any contact"
    )

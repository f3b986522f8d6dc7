"""The wires of an array: what resists between driver, crosspoints and sense amplifier."""

from typing import Literal

from pydantic import Field

from devices.technology.declaration import Declaration, declared
from devices.technology.units import Ohms

__all__ = ["Wires"]


class Wires(Declaration):
    """Resistances of the lines; zero, the default, is a perfect conductor.

    Row i is driven at its left end by v_i behind the source resistance, column j is sensed at its
    bottom end by a virtual ground behind the sense resistance. A segment lies between neighbouring
    crosspoints, between a driver and the first column, and between the last row and the sense
    amplifier: a row has as many segments as there are columns, a column as many as rows.
    """

    row_resistance: Ohms = declared(
        0.0, unit="ohm", off=0.0, ge=0, meaning="one segment of a row", equation="R_r"
    )
    column_resistance: Ohms = declared(
        0.0, unit="ohm", off=0.0, ge=0, meaning="one segment of a column", equation="R_c"
    )
    source_resistance: Ohms = declared(
        0.0,
        unit="ohm",
        off=0.0,
        ge=0,
        meaning="output of a driver, before the line's first segment",
    )
    sense_resistance: Ohms = declared(
        0.0,
        unit="ohm",
        off=0.0,
        ge=0,
        meaning="input of a sense amplifier, after the line's last segment",
    )
    solve: Literal["fast", "exact"] = Field(
        "fast", description="iterate to the tolerance, or solve the node equations"
    )
    tolerance: float = declared(
        1e-6, unit="1", gt=0, lt=1, meaning="error of the fast solve", equation="epsilon"
    )
    iterations: int = declared(200, unit="1", ge=1, meaning="most iterations of the fast solve")

    @property
    def is_perfect(self) -> bool:
        """Whether nothing resists, so that an array is a matrix product."""
        resistances = (self.row_resistance, self.column_resistance)
        return not any((*resistances, self.source_resistance, self.sense_resistance))

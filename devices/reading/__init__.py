"""An array is read: voltages times conductances, summed as charge (`devices.technology.Read`).

The way of a vector: `drive` (scale, code, DAC), `product` (currents through what the cells
conduct), `sense` (errors of the lines, noise, ADC), in `path`. Around it lie what conducts
(`conductance`, `fluctuation`), codings of several passes (`coding`), repeated readings (`vector`),
digital correction (`correction`) and tiles (`array`). Knows cells and periphery; must not know how
cells are written.
"""

from devices.reading.array import assemble, read_tiles
from devices.reading.conductance import as_read, conductance_scale, conducting
from devices.reading.correction import Correction
from devices.reading.effort import Effort, heat_of_lines, heated, read_energy
from devices.reading.fluctuation import Fluctuation

__all__ = [
    "Correction",
    "Effort",
    "Fluctuation",
    "as_read",
    "assemble",
    "conductance_scale",
    "conducting",
    "heat_of_lines",
    "heated",
    "read_energy",
    "read_tiles",
]

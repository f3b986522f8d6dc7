"""An array is read: voltages times conductances, summed as charge (`devices.technology.Read`).

The way of a vector: `drive` (scale, code, DAC), `product` (currents through what the cells
conduct), `sense` (errors of the lines, noise, ADC), in `path`. Around it lie what conducts
(`cells`, `conductance`, `fluctuation`, `network`), codings of several passes (`coding`), repeated
readings (`vector`), digital correction (`correction`), tiles (`array`) and what it all takes
(`effort`); `plain` hands the plain case to a compiled kernel. Knows cells and periphery; must not
know how cells are written.
"""

from devices.reading.array import assemble, read_tiles
from devices.reading.cells import as_read
from devices.reading.conductance import conductance_scale, conducting
from devices.reading.correction import Correction
from devices.reading.effort import Effort, Heated, heat_of_lines, heated, read_energy
from devices.reading.fluctuation import Fluctuation
from devices.reading.plain import is_plain, read_plainly

__all__ = [
    "Correction",
    "Effort",
    "Fluctuation",
    "Heated",
    "as_read",
    "assemble",
    "conductance_scale",
    "conducting",
    "heat_of_lines",
    "heated",
    "is_plain",
    "read_energy",
    "read_plainly",
    "read_tiles",
]

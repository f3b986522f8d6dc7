"""Physics of unique analog devices: volts, siemens, seconds, pulses.

Knows how cells are born, pulsed, read, rest, wear and fail, for a whole population at once. Must
not know data, loss, learning, nor the packages `mortal` and `distill`; reads no file but its own
catalog.
"""

from devices.calibration import Calibration, calibrate, compensate
from devices.catalog import names as preset_names
from devices.catalog import preset
from devices.crossbar import CrossbarArray
from devices.errors import (
    DeviceError,
    FrozenElsewhere,
    NotConverged,
    TechnologyError,
    UnsupportedVerb,
    WrongShape,
    WrongValue,
)
from devices.fidelity import Fidelity
from devices.programming import Programming, program
from devices.technology import Technology

__all__ = [
    "Calibration",
    "CrossbarArray",
    "DeviceError",
    "Fidelity",
    "FrozenElsewhere",
    "NotConverged",
    "Programming",
    "Technology",
    "TechnologyError",
    "UnsupportedVerb",
    "WrongShape",
    "WrongValue",
    "calibrate",
    "compensate",
    "preset",
    "preset_names",
    "program",
]

"""Joules of the events that the conductances do not tell: pulses, conversions, digital work."""

from devices.technology.declaration import Declaration, declared
from devices.technology.units import Joules

__all__ = ["Energy"]


class Energy(Declaration):
    """Energy of single events; reading costs V^2 G t over every physical cell besides.

    Half-selected cells see half the write voltage in each slot a line fires.
    """

    pulse: Joules = declared(1e-12, unit="J", ge=0, meaning="one coincidence at one cell")
    half_select: Joules = declared(
        0.0, unit="J", ge=0, meaning="one cell of a line that fires without coincidence"
    )
    dac: Joules = declared(0.0, unit="J", ge=0, meaning="one conversion of an input")
    adc: Joules = declared(0.0, unit="J", ge=0, meaning="one conversion of an output")
    digital: Joules = declared(
        0.0, unit="J", ge=0, meaning="one digital multiply-accumulate beside the array"
    )

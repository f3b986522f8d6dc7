"""The plain way: one array a synapse, and every outer product is pulsed into it as it comes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from mortal.rules.body import Body
    from mortal.rules.hardware import Hardware

__all__ = ["Plain"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Plain:
    """Read, reverse read and update of the array itself; see `mortal.rules.ways.way.Way`."""

    def grow(self, body: "Body", hardware: "Hardware", name: str) -> None:
        """Grow nothing: the array is all."""

    def read(self, body: "Body", name: str, x: Array) -> Array:
        """Return `[device, sample, column]`."""
        return body.arrays[name].forward(x)

    def read_back(self, body: "Body", name: str, d: Array) -> Array:
        """Return `[device, sample, row]`."""
        return body.arrays[name].backward(d)

    def write(self, body: "Body", name: str, x: Array, d: Array, rate: float) -> None:
        """Pulse now: every sample's coincidences, up and down."""
        body.arrays[name].update(x, d, rate)

    def settle(self, body: "Body", name: str) -> None:
        """Leave it: all is written."""

"""What a calibration makes of converted outputs, digitally."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

__all__ = ["Correction"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Correction:
    """Each converted output y becomes gain (y - offset), before it is scaled back.

    Attributes:
        gain, offset: `[device, line]`, lines of a second tile after those of the first.
    """

    gain: Array
    offset: Array

    def apply(self, y: Array) -> Array:
        """Return the corrected outputs, `[device, sample, line]`."""
        return self.gain[:, None, :] * (y - self.offset[:, None, :])

    def part(self, lines: slice) -> Self:
        """Return the correction of some lines."""
        return type(self)(self.gain[:, lines], self.offset[:, lines])

    def take(self, devices: npt.NDArray[np.integer]) -> Self:
        """Return a copy of some devices' correction, by position."""
        return type(self)(self.gain[devices], self.offset[devices])

    def put(self, devices: npt.NDArray[np.integer], other: Self) -> None:
        """Write some devices' correction back."""
        self.gain[devices], self.offset[devices] = other.gain, other.offset

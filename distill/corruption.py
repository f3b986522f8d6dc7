"""Labels corrupted on purpose, to see what a student makes of a teacher that is mostly wrong.

With probability 1 - q an answer is replaced by one of the other classes, each alike (Guan,
Gulshan, Dai, Hinton 2017, arXiv:1703.08774); `corrupted_label_bits` says what is left in it. An
input is corrupted once and for all: asked again, its label is wrong in the same way, so repeats
do not average the errors away.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from distill.inputs import row_keys

__all__ = ["Corruption"]

_Targets = npt.NDArray[np.float32]


class Corruption:
    """Who is told what wrong class of which input; it remembers.

    `right` is q, 0 to 1; every teacher errs by itself. The same random state corrupts at a
    smaller q what it corrupts at a larger one, and more.
    """

    def __init__(self, right: float, random: np.random.Generator) -> None:
        self.right, self._random = right, random
        self._shifts: dict[bytes, npt.NDArray[np.intp]] = {}

    def of(self, inputs: npt.NDArray[Any], named: _Targets) -> _Targets:
        """Return one-hot targets `[device, sample, class]`, some of them made wrong."""
        devices, _, classes = named.shape
        told = np.stack([self._shift(key, devices, classes) for key in row_keys(inputs)], axis=1)
        wrong = (named.argmax(axis=-1) + told) % classes
        corrupted: _Targets = (wrong[..., np.newaxis] == np.arange(classes)).astype(named.dtype)
        return corrupted

    def _shift(self, key: bytes, devices: int, classes: int) -> npt.NDArray[np.intp]:
        """How many classes further than the true one a device is told, 0 where it is right."""
        if key not in self._shifts:
            is_wrong = self._random.random(devices) >= self.right
            further = self._random.integers(1, classes, devices)
            self._shifts[key] = np.where(is_wrong, further, 0)
        return self._shifts[key]

"""What a rule has inside a population of devices: analog arrays and digital memory, by name."""

import copy
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray

__all__ = ["Body"]


class Body:
    """Named organs of a whole population; a rule is a body that learns.

    Attributes:
        arrays: analog arrays, in the order of the signal.
        memory: digital numbers beside them, each `[device, ...]`; read and written exactly.
    """

    arrays: dict[str, CrossbarArray]
    memory: dict[str, npt.NDArray[Any]]

    def __init__(self) -> None:
        self.arrays, self.memory = {}, {}

    def take(self, devices: npt.NDArray[np.int64]) -> Self:
        """Return a copy that holds some devices only, by position."""
        some = copy.copy(self)
        some.arrays = {name: array.take(devices) for name, array in self.arrays.items()}
        some.memory = {name: numbers[devices] for name, numbers in self.memory.items()}
        return some

    def put(self, devices: npt.NDArray[np.int64], other: Self) -> None:
        """Write back the devices that `take` lent out."""
        for name, array in self.arrays.items():
            array.put(devices, other.arrays[name])
        for name, numbers in self.memory.items():
            numbers[devices] = other.memory[name]

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
        counters: event words of the rule's own draws, each `[device]`; a copy does not get them.
    """

    arrays: dict[str, CrossbarArray]
    memory: dict[str, npt.NDArray[Any]]
    counters: dict[str, npt.NDArray[np.int64]]

    def __init__(self) -> None:
        self.arrays, self.memory, self.counters = {}, {}, {}

    def take(self, devices: npt.NDArray[np.int64]) -> Self:
        """Return a copy that holds some devices only, by position."""
        some = copy.copy(self)
        some.arrays = {name: array.take(devices) for name, array in self.arrays.items()}
        some.memory = {name: numbers[devices] for name, numbers in self.memory.items()}
        some.counters = {name: counts[devices] for name, counts in self.counters.items()}
        return some

    def put(self, devices: npt.NDArray[np.int64], other: Self) -> None:
        """Write back the devices that `take` lent out."""
        for name, array in self.arrays.items():
            array.put(devices, other.arrays[name])
        for name, numbers in self.memory.items():
            numbers[devices] = other.memory[name]
        for name, counts in self.counters.items():
            counts[devices] = other.counters[name]

"""What a rule has inside a population of devices: analog arrays and digital memory, by name."""

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray
from mortal.rules.hardware import Hardware
from mortal.rules.ways import Plain, Way

__all__ = ["Body"]

Array = npt.NDArray[np.float32]


class Body:
    """Named organs of a whole population; a rule is a body that learns.

    A rule grows synapses and uses them by the verbs here; which arrays stand behind a synapse,
    and when its writes reach them, is told by the settings `write` and `through`.

    Attributes:
        arrays: analog arrays, in the order of the signal.
        memory: digital numbers beside them, each `[device, ...]`; read and written exactly.
        counters: event words of the rule's own draws, each `[device]`; a copy does not get them.
        ways: how each synapse is read and written, by name.
    """

    arrays: dict[str, CrossbarArray]
    memory: dict[str, npt.NDArray[Any]]
    counters: dict[str, npt.NDArray[np.int64]]
    ways: Mapping[str, Way]

    def __init__(self) -> None:
        self.arrays, self.memory, self.counters = {}, {}, {}
        self.ways = MappingProxyType({})

    def grow(
        self, hardware: Hardware, name: str, rows: int, columns: int, *, is_fixed: bool = False
    ) -> None:
        """Grow a synapse, `[device, row, column]`.

        Args:
            hardware: what it is grown of.
            name: of the array that holds what it knows.
            rows: lines in.
            columns: lines out.
            is_fixed: it stays as it was made (a random feedback), so no way of writing is needed.
        """
        self.arrays[name] = hardware.array(rows, columns)
        way = Plain() if is_fixed else hardware.way
        self.ways = MappingProxyType({**self.ways, name: way})
        way.grow(self, hardware, name)

    def read(self, name: str, x: Array) -> Array:
        """Return W^T x `[device, sample, column]` of x `[device or none, sample, row]`."""
        return self.ways[name].read(self, name, x)

    def read_back(self, name: str, d: Array) -> Array:
        """Return W d `[device, sample, row]` of d `[device or none, sample, column]`.

        Raises:
            UnsupportedVerb: the technology has no reverse read; declare `Need.REVERSE_READ`.
        """
        return self.ways[name].read_back(self, name, d)

    def write(self, name: str, x: Array, d: Array, rate: float) -> None:
        """Ask for W += rate x (x) d, summed over the samples: E[dW] on an ideal device.

        Args:
            name: the synapse.
            x: `[sample, row]` or `[device, sample, row]`.
            d: `[sample, column]` or `[device, sample, column]`.
            rate: learning rate, per sample, not negative.
        """
        self.ways[name].write(self, name, x, d, rate)

    def settle(self) -> None:
        """End a batch: a rule's `learn` ends with it. What waits in digital memory is written."""
        for name, way in self.ways.items():
            way.settle(self, name)

    def charge_digital(self, name: str, operations: float) -> None:
        """Enter digital work beside an array: multiply-accumulates of each device."""
        array = self.arrays[name]
        array.ledger.digital += operations * array.technology.energy.digital

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

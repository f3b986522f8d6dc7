"""What the implementation of a learning rule offers to the population that it lives in."""

from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray

__all__ = ["Rule"]

Array = npt.NDArray[np.float32]


class Rule(Protocol):
    """A rule owns named arrays and its own forward. It never reads a weight.

    What it is given and what it returns lie where its arrays compute: on a GPU, CuPy arrays.

    Attributes:
        arrays: the analog arrays of the whole population, by name, in the order of the signal.
        memory: digital numbers beside them, by name, each `[device, ...]`.
        counters: event words of the rule's own draws, by name, each `[device]`.
    """

    arrays: dict[str, CrossbarArray]
    memory: dict[str, npt.NDArray[Any]]
    counters: dict[str, npt.NDArray[np.int64]]

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]` for inputs `[sample, feature]`."""
        ...

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch in the hardware; return the answers' probabilities before it.

        Args:
            inputs: `[sample, feature]`, or `[device, sample, feature]`.
            targets: probabilities `[sample, class]`, or `[device, sample, class]`.
            rate: multiplies the declared learning rates (a schedule's decay).
        """
        ...

    def take(self, devices: npt.NDArray[np.int64]) -> Self:
        """Return a copy that holds some devices only."""
        ...

    def put(self, devices: npt.NDArray[np.int64], other: Self) -> None:
        """Write those devices back."""
        ...

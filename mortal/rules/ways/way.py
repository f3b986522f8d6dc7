"""What a way offers to the body whose synapses go by it."""

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from mortal.rules.body import Body
    from mortal.rules.hardware import Hardware

__all__ = ["Way"]

Array = npt.NDArray[np.float32]


class Way(Protocol):
    """Frozen and without state: copies of a body share it.

    The array `name` holds the knowledge. Whatever else a way needs of arrays, digital memory and
    counters stands in the body as `name.something`, so that it is frozen, lent, logged and paid
    for like the rest.
    """

    def grow(self, body: "Body", hardware: "Hardware", name: str) -> None:
        """Grow what this way needs beside the array `name`, which is there."""
        ...

    def read(self, body: "Body", name: str, x: Array) -> Array:
        """Return `[device, sample, column]` for x `[sample, row]` or `[device, sample, row]`."""
        ...

    def read_back(self, body: "Body", name: str, d: Array) -> Array:
        """Return `[device, sample, row]` for d `[sample, column]` or with devices before it."""
        ...

    def write(self, body: "Body", name: str, x: Array, d: Array, rate: float) -> None:
        """Add +rate x (x) d in expectation, now or when it is settled."""
        ...

    def settle(self, body: "Body", name: str) -> None:
        """End a batch: write what is still to be written."""
        ...

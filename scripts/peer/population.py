"""This project's side: a population in one `CrossbarArray`, with the verbs of `experiments.Array`.

Only the public interface is used; pulses are counted out by trains of one slot.
"""

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray, Technology, probe
from devices.technology import Read, Write

__all__ = ["Population", "exact_reads", "fixed_trains", "managed_trains", "single_pulses"]

Numbers = npt.NDArray[np.float32]


def fixed_trains(length: int = 31) -> Write:
    """Return stochastic trains of one length, A = B = sqrt(rate / (D BL))."""
    return Write(train_length=length, update_management=False, dynamic_length=False)


def managed_trains() -> Write:
    """Return trains of at most 31 slots, as many as needed, balanced."""
    return Write(train_length=31, update_management=True, dynamic_length=True)


def single_pulses() -> Write:
    """Return trains of one slot, in which a line driven beyond its limit fires for certain."""
    return fixed_trains(1)


def exact_reads() -> Read:
    """Return a read path without converters and noise."""
    return Read(noise_management="none")


class Population:
    """A population of arrays.

    Args:
        technology: what is grown.
        devices: how many.
        rows: inputs.
        columns: outputs.
        seed: of the run; one seed is one population.
        array: number of the array within the device.
        backend: which kernels compute.
    """

    def __init__(
        self,
        technology: Technology,
        devices: int,
        rows: int,
        columns: int,
        *,
        seed: int = 1,
        array: int = 0,
        backend: str = "reference",
    ) -> None:
        self.array = CrossbarArray(
            technology,
            rows,
            columns,
            serials=np.arange(devices),
            seed=seed,
            array=array,
            backend=backend,
        )

    def pulse(self, count: int) -> None:
        """Give every cell `count` pulses (trains of one slot), negative: down."""
        if count:
            ones = np.full((abs(count), self.array.rows), 2, np.float32)
            signs = np.full((abs(count), self.array.columns), 2 * np.sign(count), np.float32)
            self.array.update(ones, signs, self.array.technology.response.step)

    def update(self, x: Numbers, d: Numbers, rate: float) -> None:
        """Add rate * x (x) d on average, by the fidelity that the array chooses."""
        self.array.update(x, d, rate)

    def forward(self, x: Numbers) -> Numbers:
        """Read the columns."""
        return self.array.forward(x)

    def backward(self, d: Numbers) -> Numbers:
        """Read the rows."""
        return self.array.backward(d)

    def weights(self) -> Numbers:
        """Return the weights, `[device, row, column]`."""
        return probe.weights(self.array)

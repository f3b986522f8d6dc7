"""How a population goes to school: epochs, batches, decay of the rate, order of the samples."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import numpy.typing as npt

from devices.identity import Purpose, Stream
from mortal.errors import ConfigError

__all__ = ["Schedule", "batches"]


@dataclass(frozen=True)
class Schedule:
    """A schedule of learning.

    Attributes:
        epochs: times that every sample is shown.
        batch: samples between two writes.
        rate: multiplies the rule's declared learning rates.
        decay: the rate falls by this factor over the schedule, geometrically; 1: constant.

    Raises:
        ConfigError: a number that cannot be.
    """

    epochs: int = 10
    batch: int = 32
    rate: float = 1.0
    decay: float = 0.3

    def __post_init__(self) -> None:
        whole: tuple[object, ...] = (self.epochs, self.batch)
        real: tuple[object, ...] = (self.rate, self.decay)
        is_fit = all(isinstance(number, Integral) for number in whole)
        is_fit = is_fit and all(isinstance(number, Real) for number in real)
        is_fit = is_fit and self.epochs >= 0 and self.batch >= 1
        if not (is_fit and 0 <= self.rate < math.inf and 0 < self.decay <= 1):
            raise ConfigError(
                "a schedule needs whole epochs of 0 or more, a whole batch of 1 or more, a rate of "
                f"0 or more and a decay above 0 and at most 1, found {self}"
            )

    def pieces(self, samples: int) -> int:
        """Return the number of batches in all epochs."""
        return self.epochs * -(-samples // self.batch)

    def rate_of(self, epoch: int) -> float:
        """Return rate decay^(epoch / (epochs - 1))."""
        return float(self.rate * self.decay ** (epoch / max(self.epochs - 1, 1)))


def batches(
    schedule: Schedule, samples: int, *, seed: int, cohort: int, first_epoch: int
) -> Iterator[tuple[int, list[npt.NDArray[np.int64]]]]:
    """Yield each epoch's number and its batches of sample indices.

    Shuffling is keyed by (seed, cohort, epoch), so it does not depend on the company a device is
    in; epochs are counted over a life, so a second schooling is shuffled anew.
    """
    stream = Stream(seed, Purpose.SHUFFLE, cohort, np.zeros(1, np.int64))
    for epoch in range(schedule.epochs):
        order = np.argsort(stream.words(first_epoch + epoch, samples)[0], kind="stable")
        cuts = range(schedule.batch, samples, schedule.batch)
        yield epoch, np.split(order, list(cuts))

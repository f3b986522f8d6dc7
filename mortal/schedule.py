"""How a population goes to school: epochs, batches, decay of the rate, order, and when to stop."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices.identity import Purpose, Stream
from mortal.errors import ConfigError

__all__ = ["Schedule", "Stop", "batches"]

Samples = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stop:
    """When a device stops learning before the epochs are over; by default never.

    Attributes:
        patience: epochs without a better result on what is kept back. The device stays as it is
            then: what it has written it cannot take back.
        held_out: part of the samples that is kept back for that.
        pulses: that it may receive in this lesson; it stops after the batch that reaches them.
        energy: J that it may spend in this lesson, alike.

    Raises:
        ConfigError: a number that cannot be.
    """

    patience: int | None = None
    held_out: float = 0.1
    pulses: float | None = None
    energy: float | None = None

    def __post_init__(self) -> None:
        patience: object = self.patience
        is_fit = patience is None or (isinstance(patience, Integral) and int(patience) >= 1)
        is_fit = is_fit and 0 < self.held_out <= 0.5
        for budget in (self.pulses, self.energy):
            is_fit = is_fit and (budget is None or 0 < budget < math.inf)
        if not is_fit:
            raise ConfigError(
                "a stop needs a patience of 1 epoch or more, a part held out above 0 and at most "
                f"0.5, and budgets above 0, found {self}"
            )

    @property
    def is_possible(self) -> bool:
        """Whether anybody can stop early."""
        return any(limit is not None for limit in (self.patience, self.pulses, self.energy))


@dataclass(frozen=True)
class Schedule:
    """A schedule of learning.

    Attributes:
        epochs: times that every sample is shown.
        batch: samples between two writes.
        rate: multiplies the rule's declared learning rates.
        decay: the rate falls by this factor over the schedule, geometrically; 1: constant.
        falls: whether it falls from `epoch` to epoch, or with each `batch`, so that a single epoch
            ends softly, too.
        stop: when a device stops earlier.

    Raises:
        ConfigError: a number that cannot be.
    """

    epochs: int = 10
    batch: int = 32
    rate: float = 1.0
    decay: float = 0.3
    falls: str = "epoch"
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        whole: tuple[object, ...] = (self.epochs, self.batch)
        is_fit = all(isinstance(number, Integral) for number in whole)
        is_fit = is_fit and all(isinstance(number, Real) for number in (self.rate, self.decay))
        is_fit = is_fit and self.epochs >= 0 and self.batch >= 1
        is_fit = is_fit and self.falls in ("epoch", "batch")
        if not (is_fit and 0 <= self.rate < math.inf and 0 < self.decay <= 1):
            raise ConfigError(
                "a schedule needs whole epochs of 0 or more, a whole batch of 1 or more, a rate of "
                "0 or more, a decay above 0 and at most 1, and a fall by epoch or batch, "
                f"found {self}"
            )

    @classmethod
    def of(cls, **named: Any) -> Self:
        """Return a schedule of what a caller named.

        Raises:
            ConfigError: a name that no schedule has, or a number that cannot be.
        """
        known = [one.name for one in fields(cls)]
        if unknown := [name for name in named if name not in known]:
            raise ConfigError(f"no schedule has {unknown[0]!r} (there are: {', '.join(known)})")
        return cls(**named)

    def held_back(self, samples: int) -> Samples:
        """Return the samples, evenly spread, that are kept back to see when to stop.

        At least one is, but of a sample alone: then nobody can lose patience.
        """
        if self.stop.patience is None or samples < 2:
            return np.empty(0, np.int64)
        every = min(max(2, round(1 / self.stop.held_out)), samples)
        return np.arange(every - 1, samples, every)

    def pieces(self, samples: int) -> int:
        """Return the number of batches in all epochs."""
        return self.epochs * -(-(samples - self.held_back(samples).size) // self.batch)

    def rate_of(self, epoch: int, batch: int = 0, batches: int = 1) -> float:
        """Return rate decay^(n / (N - 1)), n of N epochs, or of all their batches, being over.

        Args:
            epoch: number of the epoch, from 0.
            batch: number of the batch in it, from 0.
            batches: how many an epoch has.
        """
        if self.falls == "batch":
            over, all_ = epoch * batches + batch, self.epochs * batches
        else:
            over, all_ = epoch, self.epochs
        return float(self.rate * self.decay ** (over / max(all_ - 1, 1)))


def batches(
    schedule: Schedule, samples: Samples, *, seed: int, cohort: int, first: int
) -> Iterator[tuple[int, list[Samples]]]:
    """Yield each epoch's number and its batches, as places of the samples given.

    Shuffling is keyed by (seed, cohort, epoch), so it does not depend on the company a device is
    in; epochs are counted over a life, `first` before this one, so a second schooling is shuffled
    anew.
    """
    stream = Stream(seed, Purpose.SHUFFLE, cohort, np.zeros(1, np.int64))
    for epoch in range(schedule.epochs):
        order = np.argsort(stream.words(first + epoch, samples.size)[0], kind="stable")
        cuts = range(schedule.batch, samples.size, schedule.batch)
        yield epoch, np.split(samples[order], list(cuts))

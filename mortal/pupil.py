"""A pupil: a population that is taught by another's answers, on a schedule of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mortal.lesson import Epoch
from mortal.schedule import Schedule

if TYPE_CHECKING:
    from mortal.organism import Population

__all__ = ["Pupil"]

Array = npt.NDArray[np.float32]


@dataclass
class Pupil:
    """A population that is taught: what `distill` calls a student.

    Attributes:
        population: learns in its own hardware.
        schedule: how; None: the defaults of `Schedule`.
        progress: called after each epoch.
        tick: called after each batch.
        epochs: the epochs it has gone through.
    """

    population: "Population"
    schedule: Schedule | None = None
    progress: Callable[[Epoch], None] | None = None
    tick: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self.epochs: list[Epoch] = []

    def answer(self, inputs: npt.ArrayLike) -> Array:
        """Return log-probabilities `[device, sample, class]`."""
        return self.population.answer(inputs)

    def learn(self, inputs: npt.ArrayLike, targets: npt.ArrayLike) -> None:
        """Learn from targets `[device, sample, class]` on its own schedule."""
        self.epochs += self.population.learn(
            inputs, targets, self.schedule, progress=self.progress, tick=self.tick
        )

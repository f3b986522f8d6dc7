"""Who learns in a story from answers: lessons one after the other, any of which may be cut amid.

A lesson taken up again is told from the beginning: who was asked is asked again, and answers the
same. What the learners themselves said between their lessons is remembered, so that the lessons
they had are not taught again.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.lesson import Middle
from mortal.organism import Population
from mortal.rules.peripheral import one_hot
from mortal.schedule import Schedule
from mortal.story.mistaken import places_of, told
from mortal.story.schooling import Curve
from mortal.story.world import Cohort, World

__all__ = ["Learner"]

Array = npt.NDArray[np.float32]


class Learner:
    """A population as `distill` knows a student, whose lessons are watched and written down.

    Args:
        world: being told.
        cohort: that it is of.
        population: who learns, `[device]`.
        ranks: `[device]`.
        kind: of its epochs in the log.
        lessons: how many there are at the most; one alone needs nothing to be remembered.
    """

    def __init__(
        self,
        world: World,
        cohort: Cohort,
        population: Population,
        ranks: npt.NDArray[np.int64],
        kind: str,
        lessons: int,
    ) -> None:
        self._world, self._population, self._ranks = world, population, ranks
        self.curve = Curve(world, cohort, population, kind)
        self._middle = world.middle
        self._said: list[npt.NDArray[Any]] = list(world.said)
        self._is_remembered = lessons > 1
        self._answered = self._lesson = 0
        self._schedule = Schedule()
        self._right, self._key = 1.0, [0]

    def enter(self, schedule: Schedule, right: float = 1.0, key: Sequence[int] = (0,)) -> None:
        """Begin lessons of a kind.

        Args:
            schedule: of each.
            right: part of the classes named that is handed on as named.
            key: whole numbers that the draws of the others belong to.
        """
        self._schedule, self._right, self._key = schedule, right, list(key)

    def answer(self, inputs: npt.ArrayLike) -> Array:
        """Return log-probabilities `[device, sample, class]`; those said before, if it said any."""
        return self._once(lambda: self._population.answer(inputs))

    def examined(self, inputs: npt.ArrayLike, labels: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return how many of the questions are answered right, `[device]`; it leaves no trace."""
        return self._once(lambda: self._population.examine(inputs, labels).accuracy)

    def learn(self, inputs: npt.NDArray[np.floating], targets: npt.NDArray[np.floating]) -> None:
        """Learn targets `[device, sample, class]`, unless the lesson was over when it was cut."""
        middle, schedule = self._middle, self._schedule
        number, self._lesson = self._lesson, self._lesson + 1
        self.curve.turn_to(number, schedule.epochs, self._said if self._is_remembered else ())
        if middle is not None and number < middle.lesson:
            return
        here = None
        if middle is not None and number == middle.lesson:
            here = self._taken_up(middle)
        self._population.learn(
            inputs,
            self._told(inputs, targets),
            schedule,
            progress=self.curve.watch(),
            tick=self.curve.tick,
            middle=here,
        )

    def _once(self, find: Callable[[], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return what is found, or what was found in its place before the lesson was cut."""
        self._answered += 1
        if self._answered <= len(self._said):
            return self._said[self._answered - 1]
        found = find()
        if self._is_remembered:
            self._said.append(found)
        return found

    def _taken_up(self, middle: Middle) -> Middle:
        if self._world.learner is not None:
            self._population.thaw(self._world.learner)
            self.curve.remember()
        return middle

    def _told(
        self, inputs: npt.NDArray[np.floating], targets: npt.NDArray[np.floating]
    ) -> npt.NDArray[np.floating]:
        if self._right == 1:
            return targets
        named, classes = targets.argmax(axis=-1), targets.shape[-1]
        places = places_of(np.asarray(inputs))
        return one_hot(told(named, classes, self._right, self._key, self._ranks, places), classes)

"""Who meets in a lesson: copies of the teachers and students that live, paired as a step says."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mortal.config.steps import DistilStep
from mortal.organism import Population
from mortal.story.pairing import pairs
from mortal.story.world import Cohort, World

__all__ = ["Classroom", "seated"]

Array = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]


@dataclass
class Classroom:
    """Those who meet, out of the world until the lesson is over.

    Attributes:
        teachers: of each cohort that is asked, the devices that teach.
        students: those who learn.
        ranks: of the students, `[device]`.
    """

    teachers: Sequence[Population]
    students: Population
    ranks: npt.NDArray[np.int64]
    _homes: Sequence[tuple[Cohort, Positions]]
    _pupils: tuple[Cohort, Positions]
    _is_by_rank: bool

    @property
    def teacher_serials(self) -> npt.NDArray[np.int64]:
        """Serial number of each student's teacher, `[device]`; -1 where it has no one teacher."""
        serials = np.concatenate([some.serials for some in self.teachers])
        if serials.size == len(self.students) and self._is_by_rank:
            return serials
        if serials.size == 1:
            return np.full(len(self.students), serials[0])
        return np.full(len(self.students), -1, np.int64)

    @property
    def teachers_each(self) -> int:
        """How many devices taught a student."""
        return 1 if self._is_by_rank else sum(map(len, self.teachers))

    def generate(self, count: int) -> Array:
        """Return what all teachers dream, `[device, count, feature]`."""
        return np.concatenate([some.generate(count) for some in self.teachers])

    def leave(self) -> None:
        """Let everybody go home, as the lesson has left them."""
        for (cohort, at), some in zip(self._homes, self.teachers, strict=True):
            cohort.population.put(at, some)
        cohort, at = self._pupils
        cohort.population.put(at, self.students)


def seated(world: World, step: DistilStep) -> Classroom | None:
    """Return who meets in this moment, or None, with the reason told, where nobody does."""
    students = world.cohort
    cohorts = [world.cohorts[name] for name in step.teachers if name in world.cohorts]
    if students is None or not cohorts:
        return None
    if step.pairing == "one-to-one":
        teaching, learning = pairs(world, cohorts[0], students)
        homes = [(cohorts[0], teaching)]
    else:
        learning = np.arange(len(students.population))
        homes = [(cohort, np.arange(len(cohort.population))) for cohort in cohorts]
        if not learning.size:
            world.narrator.note(f"{step.student}: no device is alive to be taught")
        elif not sum(at.size for _, at in homes):
            names = " and ".join(step.teachers)
            world.narrator.note(f"{step.student}: not taught, for no device of {names} is alive")
            return None
    if not learning.size:
        return None
    return Classroom(
        [cohort.population.take(at) for cohort, at in homes],
        students.population.take(learning),
        students.ranks[learning],
        homes,
        (students, learning),
        step.pairing == "one-to-one",
    )

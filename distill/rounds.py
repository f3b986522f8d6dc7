"""Round by round: choose, ask, pass the channel, hand over all so far, examine."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from distill.answers import ask
from distill.choosing import most_wanted, worth
from distill.corruption import Corruption
from distill.errors import AnswerError, PairingError
from distill.examination import Examination, Marks
from distill.lesson import targets_of
from distill.material import Material
from distill.pairing import of_each_student
from distill.protocols import Inputs, Student, Targets, Teacher
from distill.terms import Terms
from distill.transcript import Checkpoint

__all__ = ["Opening", "Room", "Taught", "teach"]

_Float64 = npt.NDArray[np.float64]
_Indices = npt.NDArray[np.intp]


class Room(NamedTuple):
    """Who meets, on which terms, over what material."""

    teacher: Teacher
    student: Student
    terms: Terms
    material: Material
    parts: list[_Indices]
    """Places of the material, one part a round; where questions are chosen the first one counts,
    and of the others their length."""
    corruption: Corruption | None


class Opening(NamedTuple):
    """What is known before the student learns: the first answers, and how it stood."""

    said: _Float64
    """Of the teachers to the first part, `[device, sample, class]`."""
    examination: Examination
    before: Marks
    teacher_accuracy: _Float64 | None
    """On the exam, `[device]` of the teachers."""


class Taught(NamedTuple):
    """What came of the rounds."""

    asked: Inputs
    """All that was asked, in that order, `[sample, feature]`."""
    after: Marks
    checkpoints: tuple[Checkpoint, ...]
    is_stopped_early: bool


class _Lesson(NamedTuple):
    """All that was asked so far: places `[sample]`, targets `[device, sample, class]`."""

    places: _Indices
    targets: Targets


def teach(room: Room, opening: Opening) -> Taught:
    """Teach round by round until all parts are asked, or the agreement wanted is reached.

    Raises AnswerError or PairingError for answers that break on the way; in the first round,
    before the student has learnt anything.
    """
    lesson = _begun(room, opening)
    after = _learn(room, opening, lesson)
    checkpoints = [Checkpoint(len(lesson.places), after.agreement, after.accuracy)]
    for part in room.parts[1:]:
        if _is_enough(after, room.terms):
            break
        lesson = _continued(room, opening, lesson, _next_places(room, lesson, len(part)))
        after = _learn(room, opening, lesson)
        checkpoints.append(Checkpoint(len(lesson.places), after.agreement, after.accuracy))
    asked = room.material.pool[lesson.places]
    return Taught(asked, after, tuple(checkpoints), len(checkpoints) < len(room.parts))


def _begun(room: Room, opening: Opening) -> _Lesson:
    asked = room.material.pool[room.parts[0]]
    learnt = targets_of(opening.said, opening.said, asked, room.terms, room.corruption)
    return _Lesson(room.parts[0], learnt)


def _continued(room: Room, opening: Opening, lesson: _Lesson, places: _Indices) -> _Lesson:
    asked = room.material.pool[places]
    said = ask(room.teacher, asked, reads=int(room.terms.reads))
    wanted = (len(opening.said), len(asked), opening.said.shape[2])
    if said.shape != wanted:
        raise AnswerError(f"the teacher answered {said.shape} in a later round, wanted is {wanted}")
    learnt = targets_of(said, opening.said, asked, room.terms, room.corruption)
    return _Lesson(
        np.concatenate([lesson.places, places]), np.concatenate([lesson.targets, learnt], axis=1)
    )


def _learn(room: Room, opening: Opening, lesson: _Lesson) -> Marks:
    students = len(opening.before.agreement)
    paired: npt.NDArray[Any] = of_each_student(lesson.targets, students)
    room.student.learn(room.material.pool[lesson.places], _own(paired, room.terms))
    after = opening.examination.of(room.student)
    if len(after.agreement) != students:
        raise PairingError(
            f"{students} students answered before and {len(after.agreement)} after learning"
        )
    return after


def _own(targets: Targets, terms: Terms) -> Targets:
    # A student may work in place, and what it is handed comes again in the next round.
    return targets.copy() if int(terms.rounds) > 1 else targets


def _next_places(room: Room, lesson: _Lesson, count: int) -> _Indices:
    done = len(lesson.places)
    if room.terms.choosing == "random":
        return room.material.order[done : done + count]
    everything = np.concatenate([room.material.order, room.material.spare])
    candidates = everything[~np.isin(everything, lesson.places)]
    own = ask(room.student, room.material.pool[candidates], "student")
    scores = worth(own, room.terms.choosing, room.terms.softening)
    return candidates[most_wanted(scores, count)]


def _is_enough(after: Marks, terms: Terms) -> bool:
    return terms.until is not None and bool(after.agreement.mean() >= terms.until)

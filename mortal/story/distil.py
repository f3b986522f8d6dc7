"""Distil: the old answer, the young learn from the answers. No weight and no label passes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import distill
from mortal.config.steps import DistilStep
from mortal.config.teaching import Asking, CorrectConfig
from mortal.logbook import Record
from mortal.narrator import LessonRow
from mortal.organism import Population
from mortal.story.classroom import Classroom, seated
from mortal.story.learner import Learner
from mortal.story.questions import draws_of, questions_of
from mortal.story.schooling import schedule_of
from mortal.story.world import World

__all__ = ["distil"]

_PASSED_ON = (
    "answers", "softening", "keep", "layer", "reads", "budget", "budget_bits", "repeats", "bits",
    "choosing", "rounds", "until",
)  # fmt: skip
"""Words of a lesson that are those of `distill.transfer`."""


def distil(world: World, step: DistilStep) -> None:
    """Let the cohort of this moment learn from its teachers, stage by stage."""
    cohort = world.cohort
    before = 0 if cohort is None else cohort.population.epochs
    _taught(world, step)
    if cohort is not None and not step.gathers:
        # Who found no partner has missed these epochs: what it is taught later is shuffled for it
        # as for the others, whether they are told here or not.
        missed = sum(lesson.epochs * lesson.rounds for lesson in step.lessons())
        cohort.population.epochs = before + missed


def _taught(world: World, step: DistilStep) -> None:
    room = seated(world, step)
    if room is None:
        return
    trust = _trust(step, room)
    if trust is not None and not np.any(trust):
        world.narrator.note(f"{step.student}: not taught, for nobody who is trusted is alive")
        return
    lessons = step.lessons()
    if any(lesson.choosing == "disagreement" for lesson in lessons) and len(room.students) < 2:
        world.narrator.note(f"{step.student}: one device is alive, and nobody to disagree with it")
        return
    cohort = world.cohort
    assert cohort is not None
    several = sum(lesson.rounds for lesson in lessons)
    learner = Learner(world, cohort, room.students, room.ranks, "distil", several)
    told: list[tuple[distill.Transcript, Sequence[npt.NDArray[np.float64]]]] = []
    before = _examined(world, step, learner, len(room.ranks))
    for number, lesson in enumerate(lessons):
        transcript = _lesson(world, step, room, learner, lesson, number, trust)
        if step.correct is not None and number + 1 == len(lessons):
            _correct(world, step.correct, room.students)
        after = _examined(world, step, learner, len(room.ranks))
        told.append((transcript, (before, after)))
        before = after
    room.leave()
    records = [
        _record(world, step, room, lesson, number, *what)
        for number, (lesson, what) in enumerate(zip(lessons, told, strict=True))
    ]
    world.write([*learner.curve.records, *records])
    world.narrator.lesson(
        LessonRow(
            step.student,
            " and ".join(step.teachers),
            sum(transcript.asked for transcript, _ in told),
            sum(transcript.answer_bits for transcript, _ in told),
            told[0][0].agreement_before,
            told[-1][0].agreement_after,
            after,
        )
    )


def _lesson(
    world: World,
    step: DistilStep,
    room: Classroom,
    learner: Learner,
    lesson: Asking,
    number: int,
    trust: Any,
) -> distill.Transcript:
    """Tell one stage."""
    inputs = questions_of(world, lesson.inputs, room)
    apart = () if step.stages is None else (number,)
    schedule = schedule_of(lesson)
    asked = lesson.budget
    if lesson.budget_bits is not None:
        asked = lesson.terms().affordable(world.data.classes)
    stage = "" if step.stages is None else f" (stage {number})"
    world.narrator.begin(
        f"distil {' and '.join(step.teachers)} to {step.student}{stage}",
        schedule.pieces(asked or len(inputs)) * lesson.rounds,
    )
    path = [int(part) for part in world.step.split(".")]
    learner.enter(schedule, lesson.right, [world.plan.config.seed, *path, *apart])
    is_together = step.pairing == "all-to-each"
    transcript = distill.transfer(
        list(room.teachers) if is_together else room.teachers[0],
        learner,
        inputs,
        pairing=step.pairing,
        trust=(step.trust if trust is None else trust.tolist()) if is_together else None,
        random=draws_of(world, *apart),
        **{name: getattr(lesson, name) for name in _PASSED_ON},
    )
    world.narrator.end()
    return transcript


def _trust(step: DistilStep, room: Classroom) -> npt.NDArray[np.float64] | None:
    """Return the weight of each teacher, `[device]`, where the step says them by cohort."""
    if isinstance(step.trust, str):
        return None
    sizes = [len(some) for some in room.teachers]
    return np.repeat(np.array(step.trust, np.float64), sizes)


def _correct(world: World, correct: CorrectConfig, students: Population) -> None:
    """Let students add an offset to each class, found from inputs without their labels."""
    said = students.answer(world.split(correct.inputs)[0])
    prior = correct.prior if isinstance(correct.prior, str) else list(correct.prior)
    students.correct(distill.class_offsets(said, prior, correct.softening))


def _examined(
    world: World, step: DistilStep, learner: Learner, count: int
) -> npt.NDArray[np.float64]:
    """Return how many questions of the step's exam are answered right, `[device]`, or NaN."""
    return (
        np.full(count, np.nan) if step.exam is None else learner.examined(*world.split(step.exam))
    )


def _record(
    world: World,
    step: DistilStep,
    room: Classroom,
    lesson: Asking,
    number: int,
    transcript: distill.Transcript,
    accuracy: Sequence[npt.NDArray[np.float64]],
) -> Record:
    cohort = world.cohort
    assert cohort is not None
    return world.record(
        "transfer",
        cohort,
        {
            "stage": number,
            "kind": lesson.answers,
            "softening": lesson.softening,
            "pairing": step.pairing,
            "choosing": lesson.choosing,
            "rounds": transcript.rounds,
            "right": lesson.right,
        },
        {
            "teacher_serial": room.teacher_serials,
            "teachers": room.teachers_each,
            "asked": transcript.asked,
            "reads": transcript.reads,
            "bits": transcript.answer_bits,
            "input_bits": transcript.input_bits,
            "agreement_before": transcript.agreement_before,
            "agreement_after": transcript.agreement_after,
            "divergence_before": transcript.divergence_before,
            "divergence_after": transcript.divergence_after,
            "calibration_before": transcript.calibration_before,
            "calibration_after": transcript.calibration_after,
            "accuracy_before": accuracy[0],
            "accuracy_after": accuracy[1],
        },
        room.students.serials,
    )

"""Distil: the old answer, the young learn from the answers. No weight and no label passes."""

from functools import partial

import numpy as np

import distill
from mortal.config.steps import DistilStep
from mortal.lesson import Middle
from mortal.narrator import LessonRow
from mortal.story.pairing import pairs
from mortal.story.schooling import Curve, schedule_of
from mortal.story.world import World

__all__ = ["distil"]


def distil(world: World, step: DistilStep) -> None:
    """Let each student learn from the teacher of its rank."""
    teachers, students = world.cohorts.get(step.teacher), world.cohort
    if teachers is None or students is None:
        return
    teaching, learning = pairs(world, teachers, students)
    if not learning.size:
        return
    elders = teachers.population.take(teaching)
    pupils = students.population.take(learning)
    inputs, _ = world.split(step.inputs)
    schedule = schedule_of(step)
    world.narrator.begin(
        f"distil {step.teacher} to {step.student}", schedule.pieces(step.budget or len(inputs))
    )
    curve = Curve(world, students, pupils, "distil")
    transcript = distill.transfer(
        elders,
        pupils.pupil(
            schedule, progress=curve.watch(), tick=curve.tick, begin=partial(_begin, world, curve)
        ),
        inputs,
        answers=step.answers,
        softening=step.softening,
        budget=step.budget,
        bits=step.bits,
        random=_draws(world),
    )
    world.narrator.end()
    teachers.population.put(teaching, elders)
    students.population.put(learning, pupils)
    record = world.record(
        "transfer",
        students,
        {"kind": step.answers, "softening": step.softening},
        {
            "teacher_serial": elders.serials,
            "asked": transcript.asked,
            "bits": transcript.answer_bits,
            "input_bits": transcript.input_bits,
            "agreement_before": transcript.agreement_before,
            "agreement_after": transcript.agreement_after,
        },
        pupils.serials,
    )
    world.write([*curve.records, record])
    world.narrator.lesson(
        LessonRow(
            step.student,
            step.teacher,
            transcript.asked,
            transcript.answer_bits,
            transcript.agreement_before,
            transcript.agreement_after,
        )
    )


def _begin(world: World, curve: Curve) -> Middle | None:
    """Return where the lesson goes on; a pupil that is amid one is as it was then.

    What comes before its lessons was told again just now: who was asked answers the same.
    """
    if world.learner is not None:
        curve.population.thaw(world.learner)
        curve.remember()
    return world.middle


def _draws(world: World) -> np.random.Generator:
    """What is asked is keyed by the place in the story, whoever has died before."""
    path = [int(number) for number in world.step.split(".")]
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([world.plan.config.seed, *path]))
    )

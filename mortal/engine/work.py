"""How much work a story is: samples that a device learns, answers or is examined on."""

from mortal.config.steps import DistilStep, ExamineStep, MutualStep, TrainStep
from mortal.config.teaching import Asking
from mortal.data import Dataset
from mortal.story import Moment

__all__ = ["answered", "asked_in", "learnt", "work_of"]

ANSWER = 0.3
"""What answering a sample costs, where learning from it costs 1 (a read, without the write)."""


def learnt(data: Dataset, moment: Moment) -> int:
    """Return how many samples a device learns from in a moment."""
    step = moment.what
    if isinstance(step, DistilStep):
        return sum(_shown(data, lesson) for lesson in step.lessons())
    if isinstance(step, MutualStep):
        return step.epochs * step.rounds * _of_round(data, step)
    if isinstance(step, TrainStep):
        return step.epochs * (step.budget or len(getattr(data, f"inputs_{step.data}")))
    return 0


def answered(data: Dataset, moment: Moment) -> int:
    """Return how many samples a device, or the two that meet, answer in a moment."""
    if isinstance(moment.what, DistilStep):  # it is asked, and both are before and after
        lessons = moment.what.lessons()
        probe = min(1000, len(data.inputs_train))
        asked = sum(asked_in(data, lesson) * lesson.reads for lesson in lessons)
        return asked + sum((2 + lesson.rounds) * probe for lesson in lessons)
    if isinstance(moment.what, MutualStep):
        return moment.what.rounds * _of_round(data, moment.what)
    if isinstance(moment.what, ExamineStep):
        return len(getattr(data, f"inputs_{moment.what.data}"))
    return 0


def work_of(data: Dataset, moment: Moment) -> float:
    """Return the work of a device in a moment, in samples learnt; never nothing."""
    return 1 + learnt(data, moment) + ANSWER * answered(data, moment)


def asked_in(data: Dataset, lesson: Asking) -> int:
    """Return how many answers a device is given in a lesson, as far as nobody stops it."""
    if lesson.budget_bits is not None:
        return lesson.terms().affordable(data.classes)
    if lesson.budget is not None:
        return lesson.budget
    return sum(len(getattr(data, f"inputs_{of.split}")) for of in lesson.inputs if of.split)


def _shown(data: Dataset, lesson: Asking) -> int:
    """Return how many samples are shown: those of the first of R rounds in all R of them."""
    return lesson.epochs * asked_in(data, lesson) * (lesson.rounds + 1) // 2


def _of_round(data: Dataset, step: MutualStep) -> int:
    return step.per_round or len(getattr(data, f"inputs_{step.inputs}"))

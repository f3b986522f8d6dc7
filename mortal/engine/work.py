"""How much work a story is: samples that a device learns, answers or is examined on."""

from mortal.config.steps import DistilStep, ExamineStep, Schooling
from mortal.data import Dataset
from mortal.story import Moment

__all__ = ["answered", "learnt", "work_of"]

ANSWER = 0.3
"""What answering a sample costs, where learning from it costs 1 (a read, without the write)."""


def learnt(data: Dataset, moment: Moment) -> int:
    """Return how many samples a device learns from in a moment."""
    if not isinstance(moment.what, Schooling):
        return 0
    return moment.what.epochs * _questions(data, moment)


def answered(data: Dataset, moment: Moment) -> int:
    """Return how many samples a device, or the two that meet, answer in a moment."""
    if isinstance(moment.what, DistilStep):  # it is asked, and both are before and after
        return _questions(data, moment) + 3 * min(1000, len(data.inputs_train))
    if isinstance(moment.what, ExamineStep):
        return len(getattr(data, f"inputs_{moment.what.data}"))
    return 0


def work_of(data: Dataset, moment: Moment) -> float:
    """Return the work of a device in a moment, in samples learnt; never nothing."""
    return 1 + learnt(data, moment) + ANSWER * answered(data, moment)


def _questions(data: Dataset, moment: Moment) -> int:
    if isinstance(moment.what, DistilStep):
        return moment.what.budget or len(getattr(data, f"inputs_{moment.what.inputs}"))
    return len(data.inputs_train)

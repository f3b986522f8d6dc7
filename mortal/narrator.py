"""Who is told what happens while a story runs. The quiet one says nothing."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["ExamRow", "LessonRow", "Narrator", "Quiet", "Standing"]


@dataclass(frozen=True)
class ExamRow:
    """One examination of one cohort.

    Attributes:
        step: path of the story step.
        cohort: name in the story.
        generation: from 0.
        age: mean age, s.
        accuracy: `[device]`.
        chance: accuracy of guessing.
        majority: accuracy of always naming the class that is asked about most.
        dead: devices that died at this exam.
    """

    step: str
    cohort: str
    generation: int
    age: float
    accuracy: npt.NDArray[np.float64]
    chance: float
    majority: float
    dead: int


@dataclass(frozen=True)
class LessonRow:
    """One distillation between two cohorts.

    Attributes:
        student, teacher: names in the story.
        asked: answers that each student was given.
        bits: of these answers, of each student.
        before, after: agreement with the teacher, `[device]`.
        accuracy: in the exam after it, `[device]`; NaN where there was none.
    """

    student: str
    teacher: str
    asked: int
    bits: float
    before: npt.NDArray[np.float64]
    after: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]

    def __str__(self) -> str:
        known = self.accuracy[~np.isnan(self.accuracy)]
        examined = f", accuracy {known.mean():.3f}" if known.size else ""
        return (
            f"{self.student} asked {self.teacher} {self.asked:,} times, "
            f"{self.bits / 8192:,.1f} KiB of answers each: agreement with the teacher "
            f"{self.before.mean():.3f} before, {self.after.mean():.3f} after"
            f"{examined}"
        )


@dataclass(frozen=True)
class Standing:
    """How far a run has come.

    Attributes:
        done, total: work, in samples that devices learn.
        label: what is being done.
        detail: how far that is.
        devices: that are at it.
        lots_done, lots: parts of the run.
        accuracy: mean of the learners' last epoch or exam; NaN before the first.
        energy: J that they had spent by then.
    """

    done: float
    total: float
    label: str
    detail: str
    devices: int
    lots_done: int
    lots: int
    accuracy: float
    energy: float


class Narrator(Protocol):
    """Listens to a run.

    The story tells `turn`, `begin`, `advance`, `stand` and `end`, which are heard where it runs;
    what happened to a cohort is heard when all of it has told it, wherever it runs.
    """

    def turn(self, reached: int) -> None:
        """Say how many moments of the story have been told."""
        ...

    def begin(self, label: str, total: int) -> None:
        """Say that long work begins: what, and how many pieces."""
        ...

    def advance(self, detail: str = "") -> None:
        """Say that one piece is done."""
        ...

    def stand(self, accuracy: float, energy: float) -> None:
        """Say how learners stand after an epoch: mean accuracy, and J that all have spent."""
        ...

    def end(self) -> None:
        """Say that the long work is done."""
        ...

    def exam(self, row: ExamRow) -> None:
        """Tell an examination."""
        ...

    def lesson(self, row: LessonRow) -> None:
        """Tell a distillation."""
        ...

    def note(self, text: str) -> None:
        """Tell something in a sentence."""
        ...

    def progress(self, standing: Standing) -> None:
        """Say how far the run has come."""
        ...


class Quiet:
    """Listens and says nothing."""

    def turn(self, reached: int) -> None:
        """Say nothing."""

    def begin(self, label: str, total: int) -> None:
        """Say nothing."""

    def advance(self, detail: str = "") -> None:
        """Say nothing."""

    def stand(self, accuracy: float, energy: float) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""

    def exam(self, row: ExamRow) -> None:
        """Say nothing."""

    def lesson(self, row: LessonRow) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def progress(self, standing: Standing) -> None:
        """Say nothing."""

"""Who is told what happens while a story runs. The quiet one says nothing."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["ExamRow", "Narrator", "Quiet"]


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
        dead: devices that died at this exam.
    """

    step: str
    cohort: str
    generation: int
    age: float
    accuracy: npt.NDArray[np.float64]
    chance: float
    dead: int


class Narrator(Protocol):
    """Listens to a run."""

    def begin(self, label: str, total: int) -> None:
        """Say that long work begins: what, and how many pieces."""
        ...

    def advance(self, detail: str = "") -> None:
        """Say that one piece is done."""
        ...

    def end(self) -> None:
        """Say that the long work is done."""
        ...

    def exam(self, row: ExamRow) -> None:
        """Tell an examination."""
        ...

    def note(self, text: str) -> None:
        """Tell something in a sentence."""
        ...


class Quiet:
    """Listens and says nothing."""

    def begin(self, label: str, total: int) -> None:
        """Say nothing."""

    def advance(self, detail: str = "") -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""

    def exam(self, row: ExamRow) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

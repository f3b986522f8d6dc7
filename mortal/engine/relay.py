"""What a lot tells, as plain data: it passes from one process to another, and into a file."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mortal.narrator import ExamRow, LessonRow, Standing

__all__ = ["News", "Relay", "exam_of", "lesson_of"]

News = Mapping[str, Any]

_OF_LESSONS = ("before", "after", "accuracy")
"""Numbers of a lesson's devices, `[device]` each."""

_SECONDS = 0.5
"""Between two tellings of how far long work is: more would only be noise."""


class Relay:
    """A narrator of one lot that sends news: `{"lot": 3, "news": "exam", ...}`."""

    def __init__(self, lot: int, send: Callable[[News], None]) -> None:
        self._lot, self._send_on = lot, send
        self._reached = 0
        self._label, self._done, self._total = "", 0, 0
        self._spoke = 0.0

    def turn(self, reached: int) -> None:
        """Send how many moments have been told."""
        self._reached = reached
        self._send("turn")

    def begin(self, label: str, total: int) -> None:
        """Send what begins."""
        self._label, self._done, self._total = label, 0, total
        self._work("")

    def advance(self, detail: str = "") -> None:
        """Send how far it is, now and then."""
        self._done += 1
        if time.monotonic() - self._spoke >= _SECONDS:
            self._work(detail)

    def stand(self, accuracy: float, energy: float) -> None:
        """Send how learners stand."""
        self._send("stand", accuracy=accuracy, energy=energy)

    def end(self) -> None:
        """Send nothing: the moment's end does."""

    def exam(self, row: ExamRow) -> None:
        """Send an examination."""
        self._send("exam", row=vars(row) | {"accuracy": row.accuracy.tolist()})

    def lesson(self, row: LessonRow) -> None:
        """Send a distillation."""
        numbers = {key: getattr(row, key).tolist() for key in _OF_LESSONS}
        self._send("lesson", row=vars(row) | numbers)

    def note(self, text: str) -> None:
        """Send a sentence."""
        self._send("note", text=text)

    def progress(self, standing: Standing) -> None:
        """Send nothing: a lot does not know how far the run is."""

    def _work(self, detail: str) -> None:
        self._spoke = time.monotonic()
        self._send("work", label=self._label, done=self._done, total=self._total, detail=detail)

    def _send(self, news: str, **more: Any) -> None:
        self._send_on({"lot": self._lot, "news": news, "reached": self._reached, **more})


def exam_of(rows: list[News]) -> ExamRow:
    """Return one examination of what several lots told of theirs."""
    sizes = [len(row["accuracy"]) for row in rows]
    return ExamRow(
        step=rows[0]["step"],
        cohort=rows[0]["cohort"],
        generation=rows[0]["generation"],
        age=float(np.average([row["age"] for row in rows], weights=sizes)),
        accuracy=np.concatenate([row["accuracy"] for row in rows]),
        chance=rows[0]["chance"],
        majority=rows[0]["majority"],
        dead=sum(row["dead"] for row in rows),
    )


def lesson_of(rows: list[News]) -> LessonRow:
    """Return one distillation of what several lots told of theirs."""
    numbers = {
        key: np.concatenate([np.array(row[key], np.float64) for row in rows]) for key in _OF_LESSONS
    }
    return LessonRow(**{**rows[0], **numbers})

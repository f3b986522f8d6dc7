"""Answers that a log holds: what each device last said to the questions it was examined on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mortal.analysis.tables import cohorts_of
from mortal.errors import AnalysisError

if TYPE_CHECKING:
    import xarray

__all__ = ["LoggedAnswers", "logged_answers"]


@dataclass(frozen=True)
class LoggedAnswers:
    """Answers of devices, by serial number, to the same questions.

    Attributes:
        serial: `[device]`.
        cohort: `[device]`, names.
        sequence: `[device]`, position in the story of the exam they were given in.
        question: `[question]`, numbers of the samples in the split examined on.
        answers: log-probabilities `[device, question, class]`.
    """

    serial: npt.NDArray[np.int64]
    cohort: npt.NDArray[np.object_]
    sequence: npt.NDArray[np.int64]
    question: npt.NDArray[np.int64]
    answers: npt.NDArray[np.float32]


def logged_answers(
    tree: "xarray.DataTree",
    cohorts: Sequence[str] | str | None = None,
    *,
    data: str = "test",
) -> LoggedAnswers:
    """Return the answers that each device gave in its last exam of which answers were logged.

    A story logs them where it says `examine: {cohort: NAME, answers: 200}`. Devices of which none
    were logged are left out, and so are questions that were not put to all the others.

    Args:
        tree: an opened log.
        cohorts: names, default all.
        data: split that was examined on.

    Raises:
        AnalysisError: it is no log, has no cohort of that name, no answers of it on this split, or
            no question that all were asked.
    """
    given: dict[int, tuple[str, int, dict[int, npt.NDArray[np.float32]]]] = {}
    for name in cohorts_of(tree, cohorts):
        cohort = tree[name].to_dataset()
        if "answer" not in cohort.dims:
            continue
        split = dict(zip(cohort["exam_sequence"].values, cohort["exam_data"].values, strict=True))
        exams = cohort["answer_sequence"].values
        present = cohort["answer_present"].values == 1
        said = cohort["answer_log_probability"].values
        numbers = cohort["answer_question"].values
        for exam in np.unique(exams):  # rising, so that the last one stands
            if split[exam] != data:
                continue
            rows = np.flatnonzero(exams == exam)
            for device in np.flatnonzero(present[rows].any(axis=0)):
                answers = dict(zip(numbers[rows].tolist(), said[rows, device], strict=True))
                serial = int(cohort["serial"].values[device])
                given[serial] = (name, int(exam), answers)
    if not given:
        raise AnalysisError(
            f"the log holds no answers on {data!r} of these cohorts; a story logs them with "
            "`examine: {cohort: NAME, answers: 200}`"
        )
    questions = sorted(set.intersection(*(set(answers) for _, _, answers in given.values())))
    if not questions:
        raise AnalysisError("there is no question whose answers by all devices are logged")
    serials = sorted(given)
    return LoggedAnswers(
        np.array(serials, np.int64),
        np.array([given[serial][0] for serial in serials], object),
        np.array([given[serial][1] for serial in serials], np.int64),
        np.array(questions, np.int64),
        np.array([[given[serial][2][at] for at in questions] for serial in serials]),
    )

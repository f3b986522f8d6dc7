"""The examination: how a student stands beside its teacher, and where labels are given, the truth.

Its answers are no teaching and cost no bits. Nothing of it reaches the student.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from distill import fidelity, targets
from distill.answers import ask
from distill.calibration import calibration_error
from distill.errors import InputError
from distill.inputs import check_inputs, check_labels
from distill.pairing import check_pairing, of_each_student
from distill.protocols import Inputs, Student

__all__ = ["Exam", "Examination", "Marks", "check_exam", "check_probe"]

_Float64 = npt.NDArray[np.float64]


class Exam(NamedTuple):
    """Inputs `[sample, feature]` with their true labels `[sample]`."""

    inputs: Inputs
    labels: npt.NDArray[Any]


class Marks(NamedTuple):
    """How students stood, `[device]` each; the last two are None where there was no exam."""

    agreement: _Float64
    divergence: _Float64
    calibration: _Float64
    accuracy: _Float64 | None
    exam_calibration: _Float64 | None


@dataclass(frozen=True)
class Examination:
    """What is asked of students, before, between and after.

    Attributes:
        probe: the questions, `[sample, feature]`.
        key: what the teachers answer them, `[device, sample, class]`.
        softening: T at which divergences are read, no unit.
        pairing: who is compared with whom.
        exam: questions with true labels, if there are any.
    """

    probe: Inputs
    key: _Float64
    softening: float
    pairing: str
    exam: Exam | None

    def of(self, student: Student) -> Marks:
        """Ask the student, and mark what it says.

        Raises AnswerError for answers that are none, PairingError for students that do not fit
        their teachers.
        """
        answers = ask(student, self.probe, "student")
        check_pairing(self.key, answers, self.pairing)
        key = of_each_student(self.key, len(answers))
        accuracy = exam_calibration = None
        if self.exam is not None:
            given = ask(student, self.exam.inputs, "student")
            accuracy = fidelity.accuracy(given, self.exam.labels)
            exam_calibration = calibration_error(given, self.exam.labels)
        return Marks(
            fidelity.agreement(key, answers),
            self._divergence(key, answers),
            calibration_error(answers, key.argmax(axis=-1)),
            accuracy,
            exam_calibration,
        )

    def _divergence(self, key: _Float64, answers: _Float64) -> _Float64:
        # At one scale, as the student was taught: raw answers would show a difference of scale.
        return fidelity.divergence(
            targets.to_one_scale(key) / self.softening,
            targets.to_one_scale(answers) / self.softening,
        )


def check_probe(given: npt.ArrayLike | None, features: int) -> Inputs | None:
    """Return `given` as inputs `[sample, feature]`; raises InputError unless it is, or is None."""
    if given is None:
        return None
    checked = check_inputs(given, "probe")
    if checked.shape[1] != features:
        raise InputError(f"probe has {checked.shape[1]} features, the inputs have {features}")
    return checked


def check_exam(given: object, features: int | None = None) -> Exam | None:
    """Return `given`, a pair of inputs `[sample, feature]` and labels `[sample]`, checked.

    Without `features`, of any number of them. Raises InputError for anything but such a pair or
    None.
    """
    if given is None:
        return None
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise InputError(f"exam is {type(given).__name__}; wanted is a pair (inputs, labels)")
    inputs = check_inputs(given[0], "exam inputs")
    if features is not None and inputs.shape[1] != features:
        raise InputError(f"exam has {inputs.shape[1]} features, the inputs have {features}")
    return Exam(inputs, check_labels(given[1], len(inputs), "exam labels"))

"""Asking: what comes back is checked here, once, before anything is computed from it."""

import numpy as np
import numpy.typing as npt

from distill.errors import AnswerError
from distill.protocols import Inputs, Teacher

__all__ = ["ask", "check_answers"]


def ask(
    teacher: Teacher, inputs: Inputs, who: str = "teacher", reads: int = 1
) -> npt.NDArray[np.float64]:
    """Ask every input of `inputs` `[sample, feature]` once, in one call; or `reads` times.

    Of several reads the mean is returned, of the answers as they are given, so that the noise of
    a teacher's own reading falls as 1 / sqrt(reads).

    Returns log-probabilities `[device, sample, class]`; a single teacher that leaves out the
    device axis becomes a population of one. Raises AnswerError, beginning with `who`, for
    answers that `check_answers` refuses or that are not one a sample.
    """
    total = _ask_once(teacher, inputs, who)
    for _ in range(reads - 1):
        again = _ask_once(teacher, inputs, who)
        if again.shape != total.shape:
            raise AnswerError(f"the {who} answered {total.shape} and then {again.shape}")
        total = total + again
    return total if reads == 1 else total / reads


def _ask_once(teacher: Teacher, inputs: Inputs, who: str) -> npt.NDArray[np.float64]:
    answers = check_answers(teacher.answer(inputs), who)
    if answers.shape[1] != len(inputs):
        raise AnswerError(
            f"the {who} gave {answers.shape[1]} answers to {len(inputs)} inputs; "
            "answers are [device, sample, class]"
        )
    return answers


def check_answers(given: npt.ArrayLike, who: str = "teacher") -> npt.NDArray[np.float64]:
    """Return `given`, `[sample, class]` or `[device, sample, class]`, with its device axis.

    Raises AnswerError for another number of axes, no device or sample, fewer than two classes,
    NaN or infinity, and for probabilities where log-probabilities are wanted.
    """
    if np.iscomplexobj(given):
        raise AnswerError(f"the {who}'s answers are complex; wanted are real numbers")
    try:
        # In one order of memory: sums over samples follow it, to the last bit.
        answers = np.asarray(given, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise AnswerError(f"the {who}'s answers are not an array of numbers: {error}") from error
    if answers.ndim == 2:
        answers = answers[np.newaxis]
    if answers.ndim != 3 or answers.shape[2] < 2 or answers.size == 0:
        raise AnswerError(
            f"the {who}'s answers have shape {np.shape(given)}; wanted are [sample, class] or "
            "[device, sample, class] with at least two classes"
        )
    broken = int(np.count_nonzero(~np.isfinite(answers)))
    if broken:
        raise AnswerError(
            f"{broken} of the {who}'s {answers.size} numbers are NaN or infinite; "
            "floor probabilities above zero before taking their logarithm"
        )
    if answers.min() >= 0 and np.allclose(answers.sum(axis=-1), 1, atol=1e-3):
        raise AnswerError(f"the {who} answers probabilities; give their logarithms")
    return answers

"""Whether one who claims to be sure is as often right."""

import numpy as np
import numpy.typing as npt

from distill.answers import check_answers
from distill.errors import AnswerError

__all__ = ["BINS", "calibration_error"]

BINS = 15
"""Even bins of confidence, as in the source."""

_Float64 = npt.NDArray[np.float64]


def calibration_error(answers: npt.ArrayLike, truth: npt.ArrayLike) -> _Float64:
    """Return the expected calibration error of each device, `[device]`, 0 to 1.

        E = sum_m (n_m / n) |right_m - confidence_m|

    over BINS even bins m of confidence, the probability an answer gives the class it names; n_m
    of n samples fall in bin m, right_m is the share of them that name the true class (Guo, Pleiss,
    Sun, Weinberger 2017, arXiv:1706.04599, equation 3). `answers` are log-probabilities
    `[device, sample, class]`, taken at their word and not brought to one scale; `truth` are the
    classes `[sample]` or `[device, sample]`. Raises AnswerError if they do not fit.
    """
    given = check_answers(answers)
    classes = np.asarray(truth)
    if classes.shape not in (given.shape[:2], given.shape[1:2]):
        raise AnswerError(
            f"truth has shape {classes.shape}; the answers are of {given.shape[0]} devices to "
            f"{given.shape[1]} samples"
        )
    shifted = given - given.max(axis=-1, keepdims=True)
    confidence: _Float64 = 1 / np.exp(shifted).sum(axis=-1)
    is_right = given.argmax(axis=-1) == classes
    # Confidence above an edge up to the next, that of 0 and the rounding of 1 included.
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = [
        np.abs(np.sum((is_right - confidence) * (bins == place), axis=1)) for place in range(BINS)
    ]
    # Along the last axis, where the order of a sum does not depend on how many devices there are.
    error: _Float64 = np.stack(gaps, axis=1).sum(axis=1) / given.shape[1]
    return error

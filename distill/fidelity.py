"""How well one answers like another: agreement, accuracy, divergence, and how sure that is."""

import math
from statistics import NormalDist
from typing import NamedTuple, SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.answers import check_answers
from distill.errors import AnswerError, SettingError
from distill.settings import check_whole

__all__ = ["Interval", "accuracy", "agreement", "divergence", "wilson_interval"]

_Float64 = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """A confidence interval of a proportion, both ends within 0 to 1."""

    low: float
    high: float


def agreement(first: npt.ArrayLike, second: npt.ArrayLike) -> _Float64:
    """Return the share of samples on which device i of both names the same class, `[device]`.

    Both are log-probabilities `[device, sample, class]` of the same shape; of equally likely
    classes the lowest is named. Raises AnswerError otherwise.
    """
    ours, theirs = _same_shape(first, second)
    same = ours.argmax(axis=-1) == theirs.argmax(axis=-1)
    return _share(same)


def accuracy(answers: npt.ArrayLike, labels: npt.ArrayLike) -> _Float64:
    """Return the share of samples on which each device names the true class, `[device]`.

    `answers` are log-probabilities `[device, sample, class]`, `labels` whole numbers `[sample]`.
    For examiners: nothing in a transfer knows a label. Raises AnswerError if they do not fit.
    """
    given = check_answers(answers)
    truth = np.asarray(labels)
    if truth.shape != given.shape[1:2] or truth.dtype.kind not in "iu":
        raise AnswerError(
            f"labels are {truth.dtype} of shape {truth.shape}; "
            f"wanted are whole numbers, one for each of {given.shape[1]} samples"
        )
    if truth.min() < 0 or truth.max() >= given.shape[2]:
        raise AnswerError(
            f"labels run from {truth.min()} to {truth.max()}; "
            f"the answers have classes 0 to {given.shape[2] - 1}"
        )
    return _share(given.argmax(axis=-1) == truth)


def divergence(reference: npt.ArrayLike, given: npt.ArrayLike) -> _Float64:
    """Return the mean Kullback-Leibler divergence of `given` from `reference`, bits, `[device]`.

    D = sum_k p_k log2(p_k / q_k), averaged over the samples, with p the softmax of `reference`
    and q of `given`: what a student's answer lacks, in bits an answer. Both are log-probabilities
    `[device, sample, class]` of the same shape, normalised here. Raises AnswerError otherwise.
    """
    log_p, log_q = (_normalised(answers) for answers in _same_shape(reference, given))
    nats = np.sum(np.exp(log_p) * (log_p - log_q), axis=-1)
    mean: _Float64 = np.mean(nats, axis=1) / math.log(2)
    # Rounding can leave equal distributions a hair below zero, where no divergence can be.
    return np.maximum(mean, 0.0)


def wilson_interval(
    successes: SupportsIndex, trials: SupportsIndex, confidence: float = 0.95
) -> Interval:
    """Return the Wilson score interval of the proportion successes / trials.

        (p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)

    with p the observed proportion, n the `trials` and z the normal quantile of `confidence`,
    two-sided (Wilson 1927, doi:10.1080/01621459.1927.10502953). Raises SettingError for no
    trials, successes outside 0 to trials, or a confidence not strictly between 0 and 1.
    """
    n = check_whole("trials", trials, least=1)
    count = check_whole("successes", successes, least=0, most=n)
    if not 0 < confidence < 1:
        raise SettingError(f"confidence is {confidence!r}, allowed is between 0 and 1")
    p = count / n
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = p + z**2 / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = (centre - reach) / (1 + z**2 / n), (centre + reach) / (1 + z**2 / n)
    # At no successes, or nothing but, one end is exact; rounding must not move it outside.
    return Interval(0.0 if count == 0 else low, 1.0 if count == n else high)


def _same_shape(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[_Float64, _Float64]:
    ours, theirs = check_answers(first, "first"), check_answers(second, "second")
    if ours.shape != theirs.shape:
        raise AnswerError(
            f"answers of shape {ours.shape} cannot be compared with answers of {theirs.shape}; "
            "[device, sample, class] must be the same"
        )
    return ours, theirs


def _share(is_so: npt.NDArray[np.bool_]) -> _Float64:
    share: _Float64 = np.mean(is_so, axis=1, dtype=np.float64)
    return share


def _normalised(answers: _Float64) -> _Float64:
    shifted: _Float64 = answers - answers.max(axis=-1, keepdims=True)
    total: _Float64 = np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return shifted - total

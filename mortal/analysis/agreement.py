"""How alike devices answer: the same class, the same class beyond chance, the same probabilities.

Answers are log-probabilities `[device, sample, class]` of the same questions, as
`Population.answer` gives them.
"""

import numpy as np
import numpy.typing as npt

from mortal.errors import AnalysisError

__all__ = ["agreement_matrix", "answer_distances", "checked_answers", "kappa_matrix"]

Array = npt.NDArray[np.float64]

_TINY = np.float32(1e-30)
"""Stands for a probability of zero in p log p, which is zero."""


def agreement_matrix(answers: npt.ArrayLike, others: npt.ArrayLike | None = None) -> Array:
    """Return the fraction of questions on which two devices name the same class.

    `[device, device]`, or `[device, other]`.

    Args:
        answers: log-probabilities `[device, sample, class]`.
        others: `[other, sample, class]` to the same questions; default: the same devices.

    Raises:
        AnalysisError: shapes do not fit, or they are no log-probabilities.
    """
    one, two = _named_classes(answers, others)
    samples = one.shape[1]
    alike: Array = _flat(one) @ _flat(two).T / samples
    return alike


def kappa_matrix(answers: npt.ArrayLike, others: npt.ArrayLike | None = None) -> Array:
    """Return Cohen's kappa of what two devices name, `[device, device]` or `[device, other]`.

        kappa = (p_o - p_e) / (1 - p_e),  p_e = sum over classes of f_a f_b

    p_o is their agreement, p_e that of two who name classes as often (f) but blindly; NaN where
    both name one class only. J. Cohen, Educational and Psychological Measurement 20, 37 (1960),
    doi:10.1177/001316446002000104.

    Raises:
        AnalysisError: shapes do not fit, or they are no log-probabilities.
    """
    one, two = _named_classes(answers, others)
    samples = one.shape[1]
    observed = _flat(one) @ _flat(two).T / samples
    by_chance = one.mean(axis=1) @ two.mean(axis=1).T
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa: Array = np.where(
            by_chance < 1 - 1e-12, (observed - by_chance) / (1 - by_chance), np.nan
        )
    return kappa


def answer_distances(answers: npt.ArrayLike, others: npt.ArrayLike | None = None) -> Array:
    """Return how far apart two devices' answers are, `[device, device]` or `[device, other]`.

        d(a, b)^2 = mean over samples of H((p_a + p_b) / 2) - (H(p_a) + H(p_b)) / 2

    the root of the mean Jensen-Shannon divergence in bits, between 0, the same probabilities, and
    1, never the same class. It is a metric, and one that points in a Euclidean space can have
    (D. M. Endres and J. E. Schindelin, IEEE Trans. Inf. Theory 49, 1858, 2003,
    doi:10.1109/TIT.2003.813506; B. Fuglede and F. Topsoe, ISIT 2004). Probabilities are held in
    float32, so distances below about 1e-3 are rounding.

    Args:
        answers: log-probabilities `[device, sample, class]`.
        others: `[other, sample, class]` to the same questions; default: the same devices.

    Raises:
        AnalysisError: shapes do not fit, or they are no log-probabilities.
    """
    p, samples = _probabilities(answers)
    own = _entropies(p)
    if others is None:
        found = np.zeros((len(p), len(p)))
        for at in range(len(p) - 1):
            mean = (own[at] + own[at + 1 :]) / 2
            parted = _entropies((p[at] + p[at + 1 :]) / 2) - mean
            found[at, at + 1 :] = found[at + 1 :, at] = np.maximum(parted, 0)
        among: Array = np.sqrt(found / samples)
        return among
    q, asked = _probabilities(others)
    if q.shape[1] != p.shape[1] or asked != samples:
        raise AnalysisError(
            f"answers to the same questions are compared, found {samples} of "
            f"{p.shape[1] // samples} classes and {asked} of {q.shape[1] // asked}"
        )
    mixed = np.array([_entropies((one + q) / 2) for one in p])
    parted = mixed - (own[:, None] + _entropies(q)) / 2
    between: Array = np.sqrt(np.maximum(parted, 0) / samples)
    return between


def checked_answers(answers: npt.ArrayLike) -> npt.NDArray[np.floating]:
    """Return log-probabilities `[device, sample, class]`.

    Raises:
        AnalysisError: another shape, a NaN, or probabilities that do not add up to one.
    """
    logs = np.asarray(answers)
    logs = logs.astype(np.float32) if logs.dtype.kind not in "f" else logs
    if logs.ndim != 3 or 0 in logs.shape:
        raise AnalysisError(
            "answers are [device, sample, class] of one each or more, found shape "
            f"{np.shape(answers)}"
        )
    total = np.exp(logs).sum(axis=2)
    if not np.allclose(total, 1, atol=1e-3):
        at = np.unravel_index(np.argmax(~np.isclose(total, 1, atol=1e-3)), total.shape)
        raise AnalysisError(
            "answers are log-probabilities, so exp of them adds up to 1 over the classes; device "
            f"{at[0]} has {total[at]:.4g} at sample {at[1]}"
        )
    return logs


def _named_classes(answers: npt.ArrayLike, others: npt.ArrayLike | None) -> tuple[Array, Array]:
    """Return 1 at the class that each device names, `[device, sample, class]`, of both sides."""
    one = checked_answers(answers)
    two = one if others is None else checked_answers(others)
    if one.shape[1:] != two.shape[1:]:
        raise AnalysisError(
            f"answers to the same questions are compared, found {one.shape[1]} of {one.shape[2]} "
            f"classes and {two.shape[1]} of {two.shape[2]}"
        )
    classes = np.eye(one.shape[2])
    return classes[one.argmax(axis=2)], classes[two.argmax(axis=2)]


def _flat(named: Array) -> Array:
    return named.reshape(named.shape[0], -1)


def _probabilities(answers: npt.ArrayLike) -> tuple[npt.NDArray[np.float32], int]:
    """Return probabilities `[device, sample x class]`, and the number of samples."""
    logs = checked_answers(answers)
    p = np.exp(logs, dtype=np.float64)
    p /= p.sum(axis=2, keepdims=True)
    return p.astype(np.float32).reshape(p.shape[0], -1), p.shape[1]


def _entropies(p: npt.NDArray[np.float32]) -> Array:
    """Return -p log2 p, summed over everything but the devices."""
    terms = np.log2(np.maximum(p, _TINY))
    terms *= p
    return -np.asarray(terms.sum(axis=1), np.float64)

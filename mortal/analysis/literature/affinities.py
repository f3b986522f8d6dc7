"""Who is near whom, as probabilities: from distances, or from associations that are none."""

import numpy as np
import numpy.typing as npt

from mortal.analysis.euclidean import checked_distances
from mortal.errors import AnalysisError

__all__ = ["associated", "checked_joint", "conditional_affinities", "joint_affinities"]

Array = npt.NDArray[np.float64]


def conditional_affinities(distances: npt.ArrayLike, perplexity: float) -> Array:
    """Return the chance p(j | i) that i picks j as its neighbour, `[i, j]`, each row adding to one.

        p(j | i) = exp(-d_ij^2 / 2 s_i^2) / sum over k != i,  2^H(p(. | i)) = perplexity

    s_i is found for each i, so that all have as many neighbours in effect (G. Hinton and
    S. Roweis, Stochastic Neighbor Embedding, NIPS 15, 2002).

    Args:
        distances: `[point, point]`.
        perplexity: neighbours in effect, at least 1 and below the number of others.

    Raises:
        AnalysisError: it is no matrix of distances, or has too few points for the perplexity.
    """
    d = checked_distances(distances)
    others = len(d) - 1
    if not 1 <= perplexity < others:
        raise AnalysisError(
            f"a perplexity from 1 to below the number of others, {others}, is needed, found "
            f"{perplexity:g}"
        )
    squared = d**2
    np.fill_diagonal(squared, np.inf)
    squared -= squared.min(axis=1, keepdims=True)
    low, high = np.full(len(d), -150.0), np.full(len(d), 150.0)  # log of 1 / 2 s^2
    for _ in range(100):
        middle = (low + high) / 2
        p = _picked(squared, middle)
        entropy = -(p * np.log2(np.where(p > 0, p, 1))).sum(axis=1)
        is_wide = entropy > np.log2(perplexity)
        low, high = np.where(is_wide, middle, low), np.where(is_wide, high, middle)
    return _picked(squared, (low + high) / 2)


def joint_affinities(conditional: npt.ArrayLike) -> Array:
    """Return p_ij = (p(j | i) + p(i | j)) / 2n, which adds to one over all ordered pairs."""
    p = np.asarray(conditional, np.float64)
    joint: Array = (p + p.T) / (2 * len(p))
    return joint


def associated(strengths: npt.ArrayLike) -> Array:
    """Return p_ij of things by how often one brings the other to mind, `[i, j]`.

    Strengths need not be the same both ways, nor obey the triangle of distances: that is what
    several maps are for.

    Raises:
        AnalysisError: they are not square, negative, or nothing comes to some thing's mind.
    """
    s = np.array(strengths, np.float64)
    if s.ndim != 2 or s.shape[0] != s.shape[1] or not (np.isfinite(s).all() and (s >= 0).all()):
        raise AnalysisError(
            f"associations are [thing, thing], numbers of 0 or more, found shape {s.shape}"
        )
    np.fill_diagonal(s, 0)
    total = s.sum(axis=1, keepdims=True)
    if (total == 0).any():
        raise AnalysisError(f"thing {int(np.argmin(total))} is associated with nothing")
    return joint_affinities(s / total)


def checked_joint(affinities: npt.ArrayLike) -> Array:
    """Return p_ij.

    Raises:
        AnalysisError: it is not square and symmetric, or does not add to one off the diagonal.
    """
    p = np.asarray(affinities, np.float64)
    if p.ndim != 2 or p.shape[0] != p.shape[1] or len(p) < 3:
        raise AnalysisError(
            f"affinities are [point, point] of three points or more, found shape {p.shape}"
        )
    is_joint = np.isfinite(p).all() and (p >= 0).all() and abs(float(p.sum()) - 1) < 1e-6
    if not is_joint or np.diag(p).any() or np.abs(p - p.T).max() > 1e-9:
        raise AnalysisError(
            "joint affinities are 0 or more, the same both ways, 0 to oneself, and add up to 1; "
            "`joint_affinities` and `associated` make them"
        )
    return p


def _picked(squared: Array, log_precision: Array) -> Array:
    """Return p(j | i) at precisions 1 / 2 s_i^2."""
    with np.errstate(over="ignore", invalid="ignore"):
        # 0 times infinity: the nearest, at an unbounded precision.
        exponent = np.where(squared == 0, 0.0, squared * np.exp(log_precision)[:, None])
    weight = np.exp(-exponent)
    picked: Array = weight / weight.sum(axis=1, keepdims=True)
    return picked

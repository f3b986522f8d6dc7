"""Stochastic neighbour embedding, and its cure for crowding by a uniform background (UNI-SNE)."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from mortal.analysis.literature.affinities import checked_joint
from mortal.analysis.literature.descent import descend
from mortal.errors import AnalysisError

__all__ = ["PlainMap", "sne", "sne_cost", "uni_sne", "uni_sne_cost"]

Array = npt.NDArray[np.float64]

_WIDTH = 1e-2
"""Standard deviation of where points begin."""


@dataclass(frozen=True)
class PlainMap:
    """Points in a plane, `[point, 2]`, and the cost that is left, in nats."""

    positions: Array
    cost: float


def sne(conditional: npt.ArrayLike, *, steps: int = 1000, seed: int = 0) -> PlainMap:
    """Return a map in which points pick their neighbours as they do in truth.

        C = sum_i KL(p(. | i) || q(. | i)),  q(j | i) = exp(-|y_i - y_j|^2) / sum over k != i

    G. Hinton and S. Roweis, Stochastic Neighbor Embedding, NIPS 15 (2002). Differs from the source:
    descent without their noise that cools down.

    Args:
        conditional: p(j | i) `[point, point]`, as `conditional_affinities` gives it.
        steps: of descent.
        seed: of where points begin.

    Raises:
        AnalysisError: the rows do not add to one.
    """
    p = np.asarray(conditional, np.float64)
    is_square = p.ndim == 2 and p.shape[0] == p.shape[1] and len(p) >= 3
    if not is_square or not np.allclose(p.sum(axis=1), 1) or np.diag(p).any() or (p < 0).any():
        raise AnalysisError(
            "SNE needs p(j | i) of three points or more, rows that add up to 1 and 0 to oneself; "
            "`conditional_affinities` makes them"
        )
    return PlainMap(*descend(partial(sne_cost, p), _start(len(p), seed), steps=steps))


def uni_sne(
    affinities: npt.ArrayLike,
    *,
    background: float = 0.2,
    steps: int = 1000,
    seed: int = 0,
) -> PlainMap:
    """Return a map whose points may stand apart, since a background explains part of all pairs.

        C = KL(p || q),  q_ij = (1 - b) exp(-|y_i - y_j|^2) / sum over k != l + b / n (n - 1)

    J. Cook, I. Sutskever, A. Mnih and G. Hinton, Visualizing similarity data with a mixture of
    maps, AISTATS (2007). 0 is symmetric SNE. The background b is let in over the first half of the
    steps: with all of it from the start, near points that stand far apart hardly attract each
    other and do not meet.

    Args:
        affinities: p_ij `[point, point]`, as `joint_affinities` gives them.
        background: b, from 0 to below 1.
        steps: of descent.
        seed: of where points begin.

    Raises:
        AnalysisError: the affinities are no joint probabilities, or the background cannot be.
    """
    p = checked_joint(affinities)
    if not 0 <= background < 1:
        raise AnalysisError(f"the background is from 0 to below 1, found {background:g}")
    y, cost, stages = _start(len(p), seed), np.nan, 5 if background else 0
    for stage in range(stages + 1):
        part = background * (stage / stages if stages else 0.0)
        share = max(steps // (2 * stages), 1) if stage < stages else steps - steps // 2
        y, cost = descend(partial(uni_sne_cost, p, background=part), y, steps=share)
    return PlainMap(y, cost)


def sne_cost(p: Array, y: Array) -> tuple[float, Array]:
    """Return C of SNE and 2 sum_j (p(j|i) - q(j|i) + p(i|j) - q(i|j)) (y_i - y_j)."""
    near = _gaussian(y)
    q = near / near.sum(axis=1, keepdims=True)
    pull = p - q
    return _divergence(p, q), 2 * _moved(pull + pull.T, y)


def uni_sne_cost(p: Array, y: Array, background: float) -> tuple[float, Array]:
    """Return C of UNI-SNE and its gradient.

    With s the Gaussian part of q and a_ij = p_ij (1 - b) s_ij / q_ij, the part of a pair that it
    explains, the gradient is 4 sum_j (a_ij - s_ij sum a) (y_i - y_j).
    """
    near, n = _gaussian(y), len(y)
    s = near / near.sum()
    q = (1 - background) * s + background / (n * (n - 1))
    explained = p * (1 - background) * s / np.maximum(q, np.finfo(float).tiny)
    return _divergence(p, q), 4 * _moved(explained - s * explained.sum(), y)


def _start(points: int, seed: int) -> Array:
    return np.random.default_rng(seed).normal(scale=_WIDTH, size=(points, 2))


def _gaussian(y: Array) -> Array:
    """Return exp(-|y_i - y_j|^2), 0 to oneself, never quite 0 to others."""
    near: Array = np.exp(-np.minimum(((y[:, None] - y[None]) ** 2).sum(axis=2), 600.0))
    np.fill_diagonal(near, 0)
    return near


def _moved(pull: Array, y: Array) -> Array:
    """Return sum_j pull_ij (y_i - y_j), `[point, 2]`."""
    moved: Array = pull.sum(axis=1)[:, None] * y - pull @ y
    return moved


def _divergence(p: Array, q: Array) -> float:
    """Return sum p log(p / q), in nats, over pairs with p above 0."""
    is_there = p > 0
    return float((p[is_there] * np.log(p[is_there] / q[is_there])).sum())

"""Distances as points: classical scaling, and where a new point falls among the old."""

import numpy as np
import numpy.typing as npt

from mortal.errors import AnalysisError

__all__ = ["checked_distances", "interpolated", "points_of"]

Array = npt.NDArray[np.float64]

_NOISE = 1e-6
"""Axes that hold less than this part of the widest one's variance are rounding."""


def points_of(distances: Array) -> Array:
    """Return points `[device, axis]` whose distances are the given ones, the widest axis first.

        B = -1/2 J D^2 J = X X^T,  J = 1 - 1/n

    (W. S. Torgerson, Psychometrika 17, 401, 1952, doi:10.1007/BF02288916.) It is exact where such
    points exist, as for `answer_distances`, up to axes of rounding; what is not Euclidean is left
    out. Signs of axes, which are free, make the entry largest in size positive.
    """
    squared = distances**2
    centred = squared - squared.mean(axis=0)
    product = -(centred - centred.mean(axis=1, keepdims=True)) / 2
    values, vectors = np.linalg.eigh((product + product.T) / 2)
    keep = np.flatnonzero(values > _NOISE * max(float(values[-1]), 0.0))[::-1]
    axes = vectors[:, keep]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    points: Array = axes * np.sqrt(values[keep]) * np.sign(largest)
    return points


def interpolated(points: Array, distances: Array) -> Array:
    """Return where points at distances `[new, old]` from the old fall, `[new, axis]`.

        x = 1/2 L^-1 X^T (|x_i|^2 - d_i^2),  L: variance of the axes, times n

    (J. C. Gower, Biometrika 55, 582, 1968, doi:10.1093/biomet/55.3.582.) What of a new point lies
    outside the space of the old makes it equally farther from all of them, so it changes no order.
    """
    width = (points**2).sum(axis=0)
    found: Array = ((points**2).sum(axis=1) - distances**2) @ points / (2 * width)
    return found


def checked_distances(distances: npt.ArrayLike) -> Array:
    """Return distances `[device, device]`.

    Raises:
        AnalysisError: they are not square, symmetric, zero to oneself, and numbers of 0 or more.
    """
    d = np.asarray(distances, np.float64)
    if d.ndim != 2 or d.shape[0] != d.shape[1] or not d.size:
        raise AnalysisError(f"distances are [device, device], found shape {d.shape}")
    if not (np.isfinite(d).all() and (d >= 0).all()):
        raise AnalysisError("distances are numbers of 0 or more, found others")
    if np.abs(d - d.T).max() > 1e-9 * max(float(d.max()), 1.0) or np.diag(d).any():
        raise AnalysisError("a distance is the same both ways and 0 to oneself, found others")
    return d

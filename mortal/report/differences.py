"""Differences between two groups of devices, with confidence intervals by Student's t.

Two groups of devices of their own (B. L. Welch, Biometrika 34, 28, 1947,
doi:10.1093/biomet/34.1-2.28):

    mean a - mean b  +-  t(nu) s,   s^2 = s_a^2 / n_a + s_b^2 / n_b,
    nu = s^4 / ((s_a^2 / n_a)^2 / (n_a - 1) + (s_b^2 / n_b)^2 / (n_b - 1))

The same devices twice: the mean of their differences, with t of n - 1 degrees of freedom.
Devices count as independent witnesses, so the interval speaks of devices of these wafers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

__all__ = ["Difference", "paired", "welch"]


@dataclass(frozen=True)
class Difference:
    """A difference of means.

    Attributes:
        mean: first minus second; NaN if one of them is empty.
        low, high: its interval; NaN of fewer than two devices in a group.
        is_paired: whether each device was held against itself.
        devices: pairs, or the smaller group.
    """

    mean: float
    low: float
    high: float
    is_paired: bool
    devices: int


def welch(one: npt.ArrayLike, other: npt.ArrayLike, level: float = 0.95) -> Difference:
    """Return the difference of the means of two groups, `[device]` and `[other]`; NaN is absent."""
    a, b = _known(one), _known(other)
    fewest = min(a.size, b.size)
    if not fewest:
        return Difference(np.nan, np.nan, np.nan, False, 0)
    mean = float(a.mean() - b.mean())
    if fewest < 2:
        return Difference(mean, np.nan, np.nan, False, fewest)
    parts = [group.var(ddof=1) / group.size for group in (a, b)]
    error = sum(parts)
    if not error > 0:
        return Difference(mean, mean, mean, False, fewest)
    freedom = error**2 / sum(
        part**2 / (group.size - 1) for part, group in zip(parts, (a, b), strict=True)
    )
    half = float(stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(error))
    return Difference(mean, mean - half, mean + half, False, fewest)


def paired(one: npt.ArrayLike, other: npt.ArrayLike, level: float = 0.95) -> Difference:
    """Return the mean difference of devices from themselves, `[device]` both; NaN is absent."""
    apart = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    apart = apart[np.isfinite(apart)]
    if not apart.size:
        return Difference(np.nan, np.nan, np.nan, True, 0)
    mean = float(apart.mean())
    if apart.size < 2:
        return Difference(mean, np.nan, np.nan, True, 1)
    error = apart.std(ddof=1) / np.sqrt(apart.size)
    half = float(stats.t.ppf((1 + level) / 2, apart.size - 1) * error)
    return Difference(mean, mean - half, mean + half, True, apart.size)


def _known(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    known = np.asarray(values, np.float64)
    return known[np.isfinite(known)]

"""Means over devices, with intervals fit for claims."""

import numpy as np
import numpy.typing as npt
from scipy import stats

Accuracies = npt.NDArray[np.float64]


def half_width(values: Accuracies) -> float:
    """Return the half width of Student's 95 % interval of a mean over devices, two or more."""
    spread = values.std(ddof=1) / np.sqrt(values.size)
    return float(stats.t.ppf(0.975, values.size - 1) * spread)


def interval(accuracy: Accuracies) -> str:
    """Return mean and half width in percent."""
    percent = 100 * accuracy
    if percent.size < 2:
        return f"{percent.mean():.1f}" if percent.size else "not yet"
    return f"{percent.mean():.1f} ± {half_width(percent):.1f}"


def difference(one: Accuracies, other: Accuracies) -> str:
    """Return `interval` of one less the other, device by device: the same serials learnt both."""
    if not one.size or one.size != other.size:
        return "not yet"
    told = interval(one - other)
    return told if told.startswith("-") else f"+{told}"

"""How sure a mean over devices is."""

import math

import numpy as np
import numpy.typing as npt

from distill.errors import SettingError
from distill.fidelity import Interval
from distill.settings import check_whole

__all__ = ["mean_interval", "t_quantile"]


def mean_interval(values: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the interval of the mean of `values` `[device]`, by Student's t.

        mean ± t s / sqrt(n)

    with s the standard deviation of the n values (divided by n - 1) and t the two-sided quantile
    of `confidence` at n - 1 degrees of freedom (Student 1908, doi:10.2307/2331554). It speaks of
    further devices of the kind, examined by the same samples. Raises SettingError for fewer than
    two values, or a confidence not strictly between 0 and 1.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 1 or given.size < 2:
        raise SettingError(f"values are {given.size}; the spread of a mean takes two or more")
    reach = t_quantile((1 + _confidence(confidence)) / 2, given.size - 1)
    half = reach * given.std(ddof=1) / math.sqrt(given.size)
    return Interval(float(given.mean() - half), float(given.mean() + half))


def t_quantile(probability: float, freedom: int) -> float:
    """Return the value Student's t stays below with `probability`, 1/2 or more and below 1.

    Found by halving, from the closed form of the distribution at whole degrees of `freedom`
    (Abramowitz and Stegun 1964, equations 26.7.3 and 26.7.4). Raises SettingError outside.
    """
    count = check_whole("freedom", freedom, least=1)
    if not 0.5 <= probability < 1:
        raise SettingError(f"probability is {probability!r}, allowed is from 1/2 to below 1")
    low, high = 0.0, 1.0
    while _below(high, count) < probability:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, count) < probability else (low, middle)
    return (low + high) / 2


def _below(t: float, freedom: int) -> float:
    angle = math.atan2(t, math.sqrt(freedom))
    # Even powers of the cosine for even degrees of freedom, odd ones for odd.
    first = freedom % 2
    steps = np.arange(first + 1, freedom - 1, 2, dtype=np.float64)
    factors = steps / (steps + 1) * math.cos(angle) ** 2
    series = float(1 + np.cumprod(factors).sum())
    if first == 0:
        return 0.5 + math.sin(angle) * series / 2
    lead = math.sin(angle) * math.cos(angle) * series if freedom > 1 else 0.0
    return 0.5 + (angle + lead) / math.pi


def _confidence(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise SettingError(f"confidence is {confidence!r}, allowed is between 0 and 1")
    return confidence

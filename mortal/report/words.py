"""Numbers as a page says them: to a fixed number of digits, with a unit people read."""

import math

import numpy as np
import numpy.typing as npt
from scipy import stats

__all__ = ["age", "bits", "count", "energy", "fraction", "interval", "plain", "signed"]

_AGES = (
    (365.25 * 86400, "years"), (86400.0, "days"), (3600.0, "h"), (60.0, "min"), (1.0, "s"),
    (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"),
)  # fmt: skip
_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"))


def fraction(value: float) -> str:
    """Return a fraction to three digits, as accuracies and agreements are said."""
    return "–" if math.isnan(value) else f"{value:.3f}"


def signed(value: float) -> str:
    """Return a difference of fractions, with its sign."""
    return "–" if math.isnan(value) else f"{value:+.3f}".replace("-", "−")


def plain(value: float) -> str:
    """Return a number to three significant digits."""
    return "–" if math.isnan(value) else f"{value:.3g}".replace("-", "−")


def count(value: float) -> str:
    """Return a count with its thousands parted."""
    return "–" if math.isnan(value) else f"{value:,.0f}"


def age(seconds: float) -> str:
    """Return an age: `3 years`, `7.84 ms`."""
    if math.isnan(seconds):
        return "–"
    for size, unit in _AGES:
        if seconds >= 0.9995 * size:
            number = f"{seconds / size:.3g}"
            return f"{number} {unit.removesuffix('s') if number == '1' and len(unit) > 3 else unit}"
    return f"{seconds:.3g} s"


def energy(joules: float) -> str:
    """Return an energy: `12.3 uJ`."""
    if math.isnan(joules):
        return "–"
    if joules == 0:
        return "0 J"
    for size, prefix in _PREFIXES:
        if abs(joules) >= 0.9995 * size:
            return f"{joules / size:.3g} {prefix}J"
    return f"{joules:.3g} J"


def bits(value: float) -> str:
    """Return an amount of information: `46.9 KiB`."""
    if math.isnan(value):
        return "–"
    size = value / 8
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.4g} {unit}"


def interval(
    values: npt.ArrayLike,
    level: float = 0.95,
    *,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> tuple[float, float, float]:
    """Return the mean of devices and its confidence interval by Student's t; NaN of fewer than two.

    values: `[device]`; NaN: absent. within: what such a mean can be; the interval ends there.
    """
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return math.nan, math.nan, math.nan
    mean = float(known.mean())
    if known.size < 2:
        return mean, math.nan, math.nan
    half = float(
        stats.t.ppf((1 + level) / 2, known.size - 1) * known.std(ddof=1) / np.sqrt(known.size)
    )
    return mean, max(mean - half, within[0]), min(mean + half, within[1])

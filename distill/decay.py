"""How fast generations forget, and where they stop: an exponential towards a fixed point.

    acc_g = a_inf + (a_0 - a_inf) 2^(-g / h)

with acc the accuracy of generation g (from 0, the founder), a_0 where it starts (`start`), a_inf
the `fixed_point`, not below chance, and h the `half_life` in generations. For every h the rest is
least squares; h is where the squares S(h) are least, and its interval all h for which

    (S(h) - S_min) / (S_min / (n - 3)) <= t^2

with n the number of generations and t Student's quantile at n - 3 degrees of freedom (profile
likelihood; Bates and Watts 1988, Nonlinear Regression Analysis, doi:10.1002/9780470316757,
section 6.1). Where that interval has no end, the generations do not tell a half-life.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from distill.errors import SettingError
from distill.intervals import t_quantile
from distill.settings import as_numbers, check_share

__all__ = ["Decay", "fit_decay"]

FASTEST = 0.1
"""Shortest half-life looked at, in generations: 2^-10 is left after one, nothing that is seen."""

LONGEST = 3
"""Longest half-life looked at, in times the generations seen: a fifth is lost by then, and where
it would end is a guess. Beyond it a decay is a line."""

STEPS = 1001
"""Half-lives tried, evenly in their logarithm, and as many again around the best of them."""

EXACT = 1e-9
"""Root-mean-square misfit below which a fit is exact but for rounding."""

_Float64 = npt.NDArray[np.float64]


class Decay(NamedTuple):
    """What was fitted; None is what the generations do not tell."""

    half_life: float | None
    """Generations after which half of what is above the fixed point is left."""
    low: float | None
    """Lower end of the 95 % interval of the half-life."""
    high: float | None
    """Upper end."""
    fixed_point: float | None
    """Accuracy that is never lost; told even where all else goes at once."""
    start: float
    """Fitted accuracy of the founder."""


def fit_decay(accuracies: npt.ArrayLike, chance: float = 0.0, confidence: float = 0.95) -> Decay:
    """Fit the mean accuracies `[generation]`, the founder's first.

    Nothing is told by three generations or fewer, by generations that do not change, or by a
    loss that is still a line or over at once (then the fixed point is told). Raises SettingError
    for accuracies that are not numbers from 0 to 1, a chance that is not, or a confidence not
    strictly between 0 and 1.
    """
    seen = as_numbers(accuracies).astype(np.float64)
    if seen.ndim != 1 or seen.size == 0 or not ((seen >= 0) & (seen <= 1)).all():
        raise SettingError(
            f"accuracies have shape {seen.shape}, allowed are numbers from 0 to 1 [generation]"
        )
    least = check_share("chance", chance)
    if not 0 < confidence < 1:
        raise SettingError(f"confidence is {confidence!r}, allowed is between 0 and 1")
    if len(seen) < 4:
        return Decay(None, None, None, None, float(seen[0]))
    half_lives = np.geomspace(FASTEST, LONGEST * len(seen), STEPS)
    fixed, start, squares = _fits(seen, half_lives, least)
    best = int(squares.argmin())
    freedom = len(seen) - 3
    # Rounding is no misfit: without a floor an exact decay would have an interval of nothing.
    misfit = max(float(squares[best]), EXACT**2 * len(seen))
    reach = misfit * (1 + t_quantile((1 + confidence) / 2, freedom) ** 2 / freedom)
    within = np.flatnonzero(squares <= reach)
    if within[-1] == STEPS - 1:
        return Decay(None, None, None, None, float(start[best]))
    if within[0] == 0:
        return Decay(None, None, None, float(fixed[best]), float(start[best]))
    near = np.geomspace(half_lives[best - 1], half_lives[best + 1], STEPS)
    fixed, start, squares = _fits(seen, near, least)
    best = int(squares.argmin())
    half_life = float(near[best])
    return Decay(
        half_life,
        min(half_life, float(half_lives[within[0]])),
        max(half_life, float(half_lives[within[-1]])),
        float(fixed[best]),
        float(start[best]),
    )


def _fits(
    seen: _Float64, half_lives: _Float64, least: float
) -> tuple[_Float64, _Float64, _Float64]:
    """Return fixed points, starts and squares of misfit, `[half life]` each."""
    left = 2.0 ** (-np.arange(len(seen)) / half_lives[:, np.newaxis])
    gone = 1 - left
    # Normal equations of two unknowns: seen = fixed * gone + start * left.
    gg, gl, ll = (np.sum(a * b, axis=1) for a, b in ((gone, gone), (gone, left), (left, left)))
    gy, ly = gone @ seen, left @ seen
    fixed = np.clip((gy * ll - ly * gl) / (gg * ll - gl**2), least, 1)
    # At an end of what is allowed, the start that goes best with it.
    start = (ly - fixed * gl) / ll
    misfit = seen - fixed[:, np.newaxis] * gone - start[:, np.newaxis] * left
    return fixed, start, np.sum(misfit**2, axis=1)

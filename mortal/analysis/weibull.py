"""The Weibull law of lifetimes, by maximum likelihood with censoring.

    S(t) = exp(-(t / lambda)^k)      lambda: `scale`, s;  k: `shape`

k below 1: early deaths; 1: by chance at any age; above 1: wear. With d deaths (delta = 1), the
likelihood's maximum over lambda is lambda^k = sum t^k / d, and k is the one root of

    1 / k + sum delta log t / d - sum t^k log t / sum t^k = 0

(J. F. Lawless, Statistical Models and Methods for Lifetime Data, 2003, section 5.2). It is the law
of `devices.technology.Wear` for single cells.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from mortal.analysis.lifetimes import checked_lives
from mortal.errors import AnalysisError

__all__ = ["WeibullFit", "fit_weibull"]

Array = npt.NDArray[np.float64]

_SHAPES = 1e-3, 1e4


@dataclass(frozen=True)
class WeibullFit:
    """A fitted law of lifetimes.

    Attributes:
        shape, scale: k, and lambda in seconds.
        shape_interval, scale_interval: low and high, from the curvature of the likelihood in
            log k and log lambda.
        log_likelihood: at its maximum.
        level: coverage of the intervals.
        deaths, censored: how many lives went in.
    """

    shape: float
    scale: float
    shape_interval: tuple[float, float]
    scale_interval: tuple[float, float]
    log_likelihood: float
    level: float
    deaths: int
    censored: int

    def survival(self, seconds: npt.ArrayLike) -> Array:
        """Return the fraction that outlives some ages."""
        return np.exp(-((np.asarray(seconds, np.float64) / self.scale) ** self.shape))

    @property
    def median(self) -> float:
        """The age that half outlive, s."""
        return float(self.scale * np.log(2) ** (1 / self.shape))


def fit_weibull(
    seconds: npt.ArrayLike, is_death: npt.ArrayLike, *, level: float = 0.95
) -> WeibullFit:
    """Return the Weibull law under which these lifetimes are the likeliest.

    Args:
        seconds: `[device]`, age at death or when last seen; lives censored at 0 say nothing.
        is_death: `[device]`, False where it was alive then.
        level: coverage of the intervals.

    Raises:
        AnalysisError: fewer than two deaths, a death at age 0, or all deaths at the last age seen,
            where the likelihood has no maximum.
    """
    ages, died = checked_lives(seconds, is_death)
    deaths = int(died.sum())
    if deaths < 2:
        raise AnalysisError(f"a Weibull law needs two deaths or more, found {deaths}")
    if at_once := int((ages[died] == 0).sum()):
        raise AnalysisError(
            f"a Weibull law has no deaths at age 0, found {at_once}; leave out who never lived"
        )
    longest = float(ages.max())
    if (ages[died] == longest).all():
        raise AnalysisError(
            f"all {deaths} deaths are at the last age seen, {longest:g} s, and a Weibull law needs "
            "deaths at two ages, or a life that goes on after them"
        )
    t = ages[ages > 0] / longest
    lives, log_t = died[ages > 0], np.log(t)
    mean_log = log_t[lives].mean()

    def slope(k: float) -> float:
        power = t**k
        return float(1 / k + mean_log - (power * log_t).sum() / power.sum())

    if slope(_SHAPES[1]) > 0:
        raise AnalysisError(
            f"the deaths are so close together that the shape is beyond {_SHAPES[1]:g}"
        )
    k = float(optimize.brentq(slope, *_SHAPES, xtol=1e-13, rtol=1e-14))
    scale = float(((t**k).sum() / deaths) ** (1 / k))
    # Minus the second derivatives in log k and log lambda, at the maximum, with u = (t/lambda)^k:
    u, x = (t / scale) ** k, k * np.log(t / scale)
    information = np.array(
        [
            [float((u * x**2 + u * x).sum() - x[lives].sum()), -k * float((u * x).sum())],
            [-k * float((u * x).sum()), k**2 * float(u.sum())],
        ]
    )
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    z = float(stats.norm.ppf((1 + level) / 2))
    low, high = np.exp(-z * errors), np.exp(z * errors)
    log_likelihood = (
        deaths * (np.log(k) - np.log(scale * longest))
        + (k - 1) * float(np.log(t[lives] / scale).sum())
        - float(u.sum())
    )
    scale *= longest
    return WeibullFit(
        k,
        scale,
        (k * low[0], k * high[0]),
        (scale * low[1], scale * high[1]),
        float(log_likelihood),
        level,
        deaths,
        ages.size - deaths,
    )

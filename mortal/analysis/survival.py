"""Survival curves with censoring, cohorts compared, and the score of a life that was cut short.

At the ages t_i where somebody dies, n_i are alive just before and d_i die:

    S(t)      = prod over t_i <= t of (1 - d_i / n_i)                      Kaplan and Meier
    var S(t)  = S(t)^2 sum over t_i <= t of d_i / (n_i (n_i - d_i))        Greenwood
    H(t)      = sum over t_i <= t of d_i / n_i                             Nelson and Aalen

E. L. Kaplan and P. Meier, J. Am. Stat. Assoc. 53, 457 (1958), doi:10.1080/01621459.1958.10501452.
Intervals are those of log(-log S), which stay between 0 and 1. Both they and the log-rank test take
each device for a witness of its own, though lives of one wafer are alike.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mortal.analysis.lifetimes import checked_lives
from mortal.errors import AnalysisError

__all__ = ["LogRank", "SurvivalCurve", "life_scores", "log_rank", "survival_curve"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SurvivalCurve:
    """The fraction that outlives an age: a staircase that falls at each age where somebody dies.

    Attributes:
        seconds: `[step]`, ages at which somebody died, rising.
        survival: `[step]`, from that age on.
        standard_error: `[step]`, Greenwood's.
        low, high: `[step]`, interval of each; NaN once nobody is left.
        at_risk, deaths: `[step]`, alive just before, and dying.
        level: coverage of the intervals.
        last_seen: age until which anybody was seen; the curve says nothing beyond.
    """

    seconds: Array
    survival: Array
    standard_error: Array
    low: Array
    high: Array
    at_risk: npt.NDArray[np.int64]
    deaths: npt.NDArray[np.int64]
    level: float
    last_seen: float

    @property
    def median(self) -> float:
        """The age that half outlive; NaN where more than half were still alive when last seen."""
        below = np.flatnonzero(self.survival <= 0.5 + 1e-12)
        return float(self.seconds[below[0]]) if below.size else float("nan")

    def at(self, seconds: npt.ArrayLike) -> Array:
        """Return the fraction alive after some ages, NaN beyond what was seen."""
        ages = np.asarray(seconds, np.float64)
        stairs = np.concatenate([[1.0], self.survival])
        found = stairs[np.searchsorted(self.seconds, ages, side="right")]
        return np.where(ages > self.last_seen, np.nan, found)


@dataclass(frozen=True)
class LogRank:
    """Whether groups die alike.

    Attributes:
        statistic: chi-square.
        degrees: of freedom, groups - 1.
        p: chance of a statistic this large if they do.
        observed, expected: `[group]`, deaths, and those if all died alike.
    """

    statistic: float
    degrees: int
    p: float
    observed: Array
    expected: Array


def survival_curve(
    seconds: npt.ArrayLike, is_death: npt.ArrayLike, *, level: float = 0.95
) -> SurvivalCurve:
    """Return the Kaplan-Meier curve of lifetimes, some of them censored.

    Args:
        seconds: `[device]`, age at death or when last seen.
        is_death: `[device]`, False where it was alive then.
        level: coverage of the intervals.

    Raises:
        AnalysisError: shapes do not fit, or a lifetime is negative or not finite.
    """
    ages, died = checked_lives(seconds, is_death)
    if not 0 < level < 1:
        raise AnalysisError(f"level lies between 0 and 1, found {level}")
    at, risk, deaths = _table(ages, died)
    survival = np.asarray(np.cumprod(1 - deaths / risk), np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.cumsum(deaths / (risk * (risk - deaths).astype(np.float64)))
        error: Array = np.where(survival > 0, survival * np.sqrt(hazard), np.nan)
        # log(-log S) has the standard error sqrt(sum) / |log S|.
        width = stats.norm.ppf((1 + level) / 2) * np.sqrt(hazard) / -np.log(survival)
        low, high = survival ** np.exp(width), survival ** np.exp(-width)
    nobody = survival <= 0
    low[nobody], high[nobody] = np.nan, np.nan
    return SurvivalCurve(at, survival, error, low, high, risk, deaths, level, float(ages.max()))


def log_rank(seconds: npt.ArrayLike, is_death: npt.ArrayLike, groups: npt.ArrayLike) -> LogRank:
    """Return the log-rank test of two groups or more.

    With d_i deaths among n_i at risk, n_gi of them in group g, deaths fall on groups as draws
    without return: mean d_i n_gi / n_i, covariance
    d_i (n_i - d_i) / (n_i - 1) (n_gi / n_i) (delta_gh - n_hi / n_i). N. Mantel, Cancer
    Chemotherapy Reports 50, 163 (1966).

    Args:
        seconds: `[device]`, age at death or when last seen.
        is_death: `[device]`, False where it was alive then.
        groups: `[device]`, names or numbers.

    Raises:
        AnalysisError: shapes do not fit, there is one group only, or nobody died.
    """
    ages, died = checked_lives(seconds, is_death)
    labels = np.asarray(groups)
    if labels.shape != ages.shape:
        raise AnalysisError(f"groups are one a device, {ages.size}, found shape {labels.shape}")
    names, group = np.unique(labels.astype(str), return_inverse=True)
    if names.size < 2 or not died.any():
        raise AnalysisError(
            f"groups are compared where there are two or more and somebody died, found "
            f"{names.size} group{'s' * (names.size != 1)} and {int(died.sum())} deaths"
        )
    at, risk, deaths = _table(ages, died)
    member = group[None, :] == np.arange(names.size)[:, None]
    in_group = (member[:, None, :] & (ages >= at[:, None])).sum(axis=2)
    part = in_group / risk
    expected = (deaths * part).sum(axis=1)
    observed = np.array([float(died[group == g].sum()) for g in range(names.size)])
    scale = deaths * (risk - deaths) / np.maximum(risk - 1, 1)
    covariance = np.diag((scale * part).sum(axis=1)) - (scale * part) @ part.T
    difference = (observed - expected)[:-1]
    statistic = float(difference @ np.linalg.pinv(covariance[:-1, :-1]) @ difference)
    degrees = names.size - 1
    return LogRank(statistic, degrees, float(stats.chi2.sf(statistic, degrees)), observed, expected)


def life_scores(seconds: npt.ArrayLike, is_death: npt.ArrayLike) -> Array:
    """Return how long each device outlived what was to be expected, `[device]`, censoring counted.

    The score is H(t) - 1 of a death and H(t) of a life that goes on (log-rank scores; R. Peto and
    J. Peto, J. R. Stat. Soc. A 135, 185, 1972, doi:10.2307/2344317). It sums to zero, rises with
    the age, and takes the place of a lifetime where some are not known to their end.

    Raises:
        AnalysisError: shapes do not fit, or a lifetime is negative or not finite.
    """
    ages, died = checked_lives(seconds, is_death)
    at, risk, deaths = _table(ages, died)
    hazard = np.concatenate([[0.0], np.cumsum(deaths / risk)])
    scores: Array = hazard[np.searchsorted(at, ages, side="right")] - died
    return scores


def _table(
    ages: Array, died: npt.NDArray[np.bool_]
) -> tuple[Array, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the ages of death, who was alive just before, and how many died."""
    at, deaths = np.unique(ages[died], return_counts=True)
    risk = ages.size - np.searchsorted(np.sort(ages), at, side="left")
    return at, risk.astype(np.int64), deaths.astype(np.int64)

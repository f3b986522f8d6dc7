"""Which parameters of manufacture tell beforehand how a device will do.

Two questions of one table, a row a device: does a parameter alone go with the outcome (Spearman's
rank correlation, the false discoveries among all parameters controlled), and how much of it do all
parameters foretell together (`mortal.analysis.forest`). Neither names a cause.

Devices of one wafer are alike in all that the wafer shares, so they are no independent witnesses:
five hundred devices of thirty wafers tell little more than thirty about what differs by wafer. Both
questions take the wafers into account where they are given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import stats

from mortal.analysis.lifetimes import lifetimes
from mortal.analysis.survival import life_scores
from mortal.analysis.tables import device_table
from mortal.errors import AnalysisError

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["Associations", "Outcome", "Traits", "associations", "born_traits"]

Array = npt.NDArray[np.float64]

Outcome = Literal["accuracy", "lifetime", "teachability"]
"""At the first exam after birth; age at death; agreement of its students with it."""

_FEWEST = 5
_COLUMNS = {"accuracy": "first_accuracy", "teachability": "students_agreement"}


@dataclass(frozen=True)
class Traits:
    """Parameters of manufacture of devices, and one outcome of each.

    Attributes:
        serial: `[device]`.
        names: of the parameters, `step_mean[layer1]`.
        values: `[device, parameter]`.
        outcome: `[device]`.
        wafers: `[device]`, numbers of the wafers they were cut from, by technology.
        of: what the outcome is.
    """

    serial: npt.NDArray[np.int64]
    names: tuple[str, ...]
    values: Array
    outcome: Array
    wafers: npt.NDArray[np.int64]
    of: str


@dataclass(frozen=True)
class Associations:
    """Rank correlations of parameters with an outcome, the surest first.

    Attributes:
        names: of the parameters.
        rho: `[parameter]`, Spearman's rank correlation.
        p: `[parameter]`, chance of one as far from zero if there is none.
        q: `[parameter]`, p adjusted for all parameters: taking those with q <= r as found, a part
            of r of them is false in expectation.
        devices: how many there were.
        wafers: how many they were cut from; as many as devices, where that was not given.
    """

    names: tuple[str, ...]
    rho: Array
    p: Array
    q: Array
    devices: int
    wafers: int

    def found(self, rate: float = 0.05) -> tuple[str, ...]:
        """Return the parameters that go with the outcome, at a rate of false discoveries."""
        return tuple(name for name, q in zip(self.names, self.q, strict=True) if q <= rate)


def born_traits(
    tree: "xarray.DataTree", outcome: Outcome, cohorts: Sequence[str] | str | None = None
) -> Traits:
    """Return how the devices of a log were born, beside how they did.

    Devices without this outcome are left out, and parameters that do not vary or are not known of
    all. Cohorts that learn otherwise differ for other reasons: give those that lived alike. A
    lifetime enters as its log-rank score, for most lives are cut short (`life_scores`).

    Raises:
        AnalysisError: no such outcome, no such cohort, or fewer than five devices have it.
    """
    if outcome not in get_args(Outcome):
        raise AnalysisError(
            f"the outcome is one of {', '.join(get_args(Outcome))}, found {outcome!r}"
        )
    table = device_table(tree, cohorts)
    if outcome == "lifetime":
        lives = lifetimes(tree, cohorts)
        if not lives.is_death.any():
            raise AnalysisError("nobody has died in the log, so nothing tells lifetimes apart")
        score = life_scores(lives.seconds, lives.is_death)
        reached = table["serial"].map(dict(zip(lives.serial.tolist(), score, strict=True)))
    else:
        reached = table[_COLUMNS[outcome]]
    is_known = np.isfinite(reached.to_numpy(np.float64))
    if is_known.sum() < _FEWEST:
        raise AnalysisError(
            f"{_FEWEST} devices or more with a known {outcome} are needed, found {is_known.sum()}"
        )
    table = table[is_known]
    columns = _varying(table, [name for name in table if str(name).startswith("birth_")])
    return Traits(
        table["serial"].to_numpy(np.int64),
        tuple(name.removeprefix("birth_") for name in columns),
        table[columns].to_numpy(np.float64),
        reached.to_numpy(np.float64)[is_known],
        table.groupby(["technology", "birth_wafer"]).ngroup().to_numpy(np.int64),
        outcome,
    )


def associations(
    values: npt.ArrayLike,
    outcome: npt.ArrayLike,
    names: Sequence[str] | None = None,
    *,
    wafers: npt.ArrayLike | None = None,
) -> Associations:
    """Return the rank correlation of each parameter with an outcome, false discoveries controlled.

    With ranks about their mean, u_w the sum of their products over a wafer, and W wafers,

        t = sum u_w / sqrt(W / (W - 1) sum (u_w - mean u)^2),  of W - 1 degrees of freedom

    which holds however alike the devices of a wafer are (K.-Y. Liang and S. L. Zeger, Biometrika
    73, 13, 1986, doi:10.1093/biomet/73.1.13). Without wafers p is Spearman's own. q is that of
    Y. Benjamini and Y. Hochberg, J. R. Stat. Soc. B 57, 289 (1995),
    doi:10.1111/j.2517-6161.1995.tb02031.x, which holds for parameters that are independent or rise
    together.

    Args:
        values: `[device, parameter]`, as `Traits.values`.
        outcome: `[device]`.
        names: of the parameters; default their numbers.
        wafers: `[device]`, as `Traits.wafers`; default: each device is a witness of its own, and
            so it is where all are of one wafer.

    Raises:
        AnalysisError: shapes do not fit, fewer than five devices, a number is not finite, or there
            are two to four wafers, which are too few to judge by.
    """
    x, y = checked_traits(values, outcome)
    words, lot = named(names, x.shape[1]), witnesses(wafers, y.size)
    moves = [bool(np.ptp(column) > 0) for column in x.T]
    if not np.ptp(y) > 0 or not all(moves):
        still = ["the outcome", *words][0 if not np.ptp(y) > 0 else 1 + moves.index(False)]
        raise AnalysisError(f"{still} is the same of all devices, so nothing can go with it")
    ranks = stats.rankdata(np.column_stack([x, y]), axis=0) - (y.size + 1) / 2
    products = ranks[:, :-1] * ranks[:, -1:]
    lengths = np.sqrt((ranks**2).sum(axis=0))
    rho = np.clip(products.sum(axis=0) / (lengths[:-1] * lengths[-1]), -1, 1)
    if lot.max() + 1 < y.size:
        u = np.array([np.bincount(lot, column) for column in products.T])
        count = u.shape[1]
        surprise, spread = u.sum(axis=1), np.sqrt(count * u.var(axis=1, ddof=1))
    else:
        count = y.size - 1
        surprise, spread = rho * np.sqrt(count - 1), np.sqrt(1 - rho**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        # No product anywhere is no sign of anything.
        p = np.nan_to_num(2 * stats.t.sf(np.abs(surprise / spread), count - 1), nan=1.0)
    q = np.asarray(stats.false_discovery_control(p, method="bh"), np.float64)
    order = np.lexsort((-np.abs(rho), p))
    return Associations(
        tuple(words[at] for at in order), rho[order], p[order], q[order], y.size, int(lot.max()) + 1
    )


def checked_traits(values: npt.ArrayLike, outcome: npt.ArrayLike) -> tuple[Array, Array]:
    """Return `[device, parameter]` and `[device]` as floats.

    Raises:
        AnalysisError: shapes do not fit, fewer than five devices, or a number is not finite.
    """
    x, y = np.asarray(values, np.float64), np.asarray(outcome, np.float64)
    if x.ndim != 2 or not x.shape[1] or y.shape != x.shape[:1]:
        raise AnalysisError(
            "values are [device, parameter] and outcomes [device], found shapes "
            f"{x.shape} and {y.shape}"
        )
    if y.size < _FEWEST:
        raise AnalysisError(f"{_FEWEST} devices or more are needed, found {y.size}")
    if wrong := int((~np.isfinite(x)).sum() + (~np.isfinite(y)).sum()):
        raise AnalysisError(f"every value and outcome must be finite, found {wrong} that are not")
    return x, y


def named(names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """Return the names of parameters, their numbers where they have none.

    Raises:
        AnalysisError: there are more or fewer.
    """
    words = tuple(str(at) for at in range(count)) if names is None else tuple(names)
    if len(words) != count:
        raise AnalysisError(f"{count} parameters need as many names, found {len(words)}")
    return words


def witnesses(wafers: npt.ArrayLike | None, count: int) -> npt.NDArray[np.int64]:
    """Return which of the independent witnesses each device belongs to, `[device]`, from 0.

    Raises:
        AnalysisError: not one wafer a device, or two to four wafers in all.
    """
    if wafers is None:
        return np.arange(count)
    lot = np.asarray(wafers)
    if lot.shape != (count,):
        raise AnalysisError(f"wafers are one a device, {count} in all, found shape {lot.shape}")
    found = np.unique(lot, return_inverse=True)[1].ravel().astype(np.int64)
    if not found.max():
        return np.arange(count)
    if found.max() + 1 < _FEWEST:
        raise AnalysisError(
            f"devices of {_FEWEST} wafers or more are needed, or of one, found {found.max() + 1}; "
            "take the devices of one wafer"
        )
    return found


def _varying(table: "pandas.DataFrame", columns: Sequence[Any]) -> list[str]:
    """Return the columns that are known of all and not all alike."""
    numbers = table[list(columns)].to_numpy(np.float64)
    is_known = np.isfinite(numbers).all(axis=0)
    differs = (numbers != numbers[:1]).any(axis=0)
    return [
        str(name)
        for name, keep in zip(columns, is_known & differs, strict=True)
        if keep and name != "birth_wafer"
    ]

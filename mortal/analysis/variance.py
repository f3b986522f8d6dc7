"""Where differences come from: technology, wafer, device, row, column, gradient, cell or look.

A parameter of every cell, looked at one time or several, is a sum of independent parts,

    y_twdijk = mu + T_t + W_tw + D_twd + R_di + C_dj + a_d u_i + b_d v_j + E_dij + L_dijk

    T, W, D    what a technology, a wafer of it, a device of the wafer has in common
    R, C       what a row, a column of cells within a device has in common
    a, b       tilts of the device; u, v run evenly over rows and columns, mean 0, variance 1
    E          the cell's own part
    L          what differs between looks at one cell (cycle to cycle, or the microscope's error)

and the variance of each part is found from mean squares by the method of moments (Henderson's
method 1: C. R. Henderson, Biometrics 9, 226, 1953, doi:10.2307/3001853; S. R. Searle, G. Casella
and C. E. McCulloch, Variance Components, 1992). With I rows, J columns, K looks,

    E[MS_looks]        = L
    E[MS_cells]        = E + L/K                  =: e
    E[MS_rows]         = J R + e                  rows about their own tilt
    E[MS_row tilt]     = I J a + J R + e
    E[MS_devices]      = D + R/I + C/J + e/(I J)  of the devices' means, within wafers
    E[SS_wafers]       = (wafers - technologies) MS_devices + k W      counts in k may differ
    E[SS_technologies] = (technologies - 1) MS_devices + l W + m T

columns as rows. So the estimates are unbiased whatever the distributions are, and may turn out
below zero where a part is small. Spreads are those of `devices.technology.Spread`, there as shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.analysis.nested import drawn_anew, nested_components
from mortal.errors import AnalysisError

__all__ = ["COMPONENTS", "VarianceComponents", "variance_components"]

Array = npt.NDArray[np.float64]

COMPONENTS = (
    "technology", "wafer", "device", "gradient_row", "gradient_column", "row", "column", "cell",
    "cycle",
)  # fmt: skip
"""From what most cells share to what none do."""


@dataclass(frozen=True)
class VarianceComponents:
    """Variances of the parts of a parameter, in its unit squared, by the names of `COMPONENTS`.

    Attributes:
        variance: estimate of each part; NaN where the lot cannot tell: technology of one
            technology, wafer of one wafer or where no wafer holds two devices (it is in `device`
            then), device of one device, cycle of one look (it is in `cell` then).
        low, high: bootstrap interval of each.
        level: coverage of the intervals.
        mean: of the parameter.
        devices, wafers, technologies: how many there were.
    """

    variance: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    level: float
    mean: float
    devices: int
    wafers: int
    technologies: int

    @property
    def share(self) -> dict[str, float]:
        """Fraction of the whole variance in each part, parts below zero and unknown as zero."""
        parts = {name: max(np.nan_to_num(part), 0.0) for name, part in self.variance.items()}
        whole = sum(parts.values())
        return {name: part / whole if whole else np.nan for name, part in parts.items()}


@dataclass(frozen=True)
class _Squares:
    """Mean squares within each device, and its mean, `[device]` each."""

    mean: Array
    row_tilt: Array
    column_tilt: Array
    rows: Array
    columns: Array
    cells: Array
    looks: Array


def variance_components(
    values: npt.ArrayLike,
    wafers: npt.ArrayLike | None = None,
    technologies: Sequence[Any] | npt.ArrayLike | None = None,
    *,
    resamples: int = 1000,
    level: float = 0.9,
    seed: int = 0,
) -> VarianceComponents:
    """Return the variance components of a parameter that was measured on every cell.

    Intervals are percentiles over resampled lots: whole wafers drawn anew within each technology,
    their means spread by sqrt(n / (n - 1)) for the variance that drawing n with return takes, or
    devices, where there is one wafer only. The technologies are held fixed. Of few wafers they
    cover less than they say: of 20 wafers of 2 devices, 0.82 to 0.90 at the level of 0.9
    (`scripts/witnesses.py`).

    Args:
        values: `[device, row, column]`, or `[look, device, row, column]`; three rows and columns
            at least.
        wafers: `[device]`, number of the wafer; default: all of one.
        technologies: `[device]`, names or numbers; default: all of one.
        resamples: lots drawn for the intervals.
        level: coverage of the intervals.
        seed: of the draws.

    Raises:
        AnalysisError: shapes do not fit, or a value is not finite.
    """
    looks = _looks(values)
    count = looks.shape[1]
    kind = _labels(np.zeros(count) if technologies is None else technologies, count, "technologies")
    made = _labels(np.zeros(count) if wafers is None else wafers, count, "wafers")
    lot = np.unique(np.stack([kind, made], axis=1), axis=0, return_inverse=True)[1].ravel()
    if not (0 < level < 1 and resamples >= 1):
        raise AnalysisError(
            f"level lies between 0 and 1 and resamples is 1 or more, found {level} and {resamples}"
        )
    squares, shape = _squares(looks), looks.shape
    everyone = np.arange(count)
    found = _estimate(squares, shape, everyone, squares.mean, lot, kind)
    draws = np.random.default_rng(seed)
    drawn = np.array(
        [
            _estimate(squares, shape, *drawn_anew(draws, squares.mean, lot, kind))
            for _ in range(resamples)
        ]
    )
    edges = [50 * (1 - level), 50 * (1 + level)]
    low, high = (
        dict(zip(COMPONENTS, edge, strict=True)) for edge in np.percentile(drawn, edges, 0)
    )
    wafer_count, kinds = np.unique(lot).size, np.unique(kind).size
    return VarianceComponents(
        dict(zip(COMPONENTS, found, strict=True)), low, high, level, float(looks.mean()), count,
        wafer_count, kinds,
    )  # fmt: skip


def _looks(values: npt.ArrayLike) -> Array:
    """Return `[look, device, row, column]`, checked."""
    array = np.asarray(values, np.float64)
    looks = array[None] if array.ndim == 3 else array
    if looks.ndim != 4 or looks.shape[0] < 1 or looks.shape[1] < 1:
        raise AnalysisError(
            "values are [device, row, column] or [look, device, row, column] of one look and one "
            f"device or more, found shape {array.shape}"
        )
    if min(looks.shape[2:]) < 3:
        raise AnalysisError(
            "a gradient can be told from rows and columns where there are three of each or more, "
            f"found {looks.shape[2]} rows and {looks.shape[3]} columns"
        )
    if wrong := int((~np.isfinite(looks)).sum()):
        raise AnalysisError(f"every value must be finite, found {wrong} that are not")
    return looks


def _labels(given: npt.ArrayLike, count: int, what: str) -> npt.NDArray[np.int64]:
    labels = np.asarray(given)
    if labels.shape != (count,):
        raise AnalysisError(
            f"{what} must be one a device, {count} in all, found shape {labels.shape}"
        )
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _squares(looks: Array) -> _Squares:
    count, _, rows, columns = looks.shape
    y = looks.mean(axis=0)
    mean = y.mean(axis=(1, 2))
    row, column = y.mean(axis=2) - mean[:, None], y.mean(axis=1) - mean[:, None]
    rest = y - mean[:, None, None] - row[:, :, None] - column[:, None, :]
    row_tilt, row_rest = _tilted(row, columns)
    column_tilt, column_rest = _tilted(column, rows)
    between_looks = np.full(mean.shape, np.nan)
    if count > 1:
        between_looks = looks.var(axis=0, ddof=1).mean(axis=(1, 2))
    return _Squares(
        mean,
        row_tilt,
        column_tilt,
        row_rest,
        column_rest,
        (rest**2).sum(axis=(1, 2)) / ((rows - 1) * (columns - 1)),
        between_looks,
    )


def _tilted(line: Array, across: int) -> tuple[Array, Array]:
    """Return mean squares of the tilt of lines `[device, line]` and of lines about it."""
    lines = line.shape[1]
    slope = np.linspace(-1, 1, lines)
    slope /= slope.std()
    tilt = line @ slope / lines
    about = line - tilt[:, None] * slope
    return lines * across * tilt**2, across * (about**2).sum(axis=1) / (lines - 2)


def _estimate(
    squares: _Squares,
    shape: tuple[int, ...],
    devices: npt.NDArray[np.int64],
    means: Array,
    lot: npt.NDArray[np.int64],
    kind: npt.NDArray[np.int64],
) -> list[float]:
    """Return the components in the order of `COMPONENTS`, of devices by position.

    `means`, `lot` and `kind` are those of the devices in that order.
    """
    count, _, rows, columns = shape
    own = squares.cells[devices].mean()
    look = squares.looks[devices].mean()
    per_row, per_column = squares.rows[devices].mean(), squares.columns[devices].mean()
    row, column = (per_row - own) / columns, (per_column - own) / rows
    tilt = (
        squares.row_tilt[devices].mean() - per_row,
        squares.column_tilt[devices].mean() - per_column,
    )
    technology, wafer, device = nested_components(means, lot, kind)
    device -= row / rows + column / columns + own / (rows * columns)
    cell = own - (look / count if count > 1 else 0.0)
    gradients = (part / (rows * columns) for part in tilt)
    found = (technology, wafer, device, *gradients, row, column, cell, look)
    return [float(part) for part in found]

"""How devices differ by birth, as the log says it: variance components and shares of variance.

The log knows a device by means and spreads over its cells, not cell by cell. So rows, columns and
cells are told apart for the step only, whose shared parts are logged; of any other parameter what
varies within a device is one number, called `cell`. Cell by cell: `variance_components`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mortal.analysis.nested import drawn_anew, nested_components
from mortal.analysis.tables import cohorts_of, device_table
from mortal.analysis.variance import COMPONENTS, VarianceComponents
from mortal.errors import AnalysisError

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["born_components", "born_shares"]

Array = npt.NDArray[np.float64]


def born_components(
    tree: "xarray.DataTree",
    parameter: str = "step",
    *,
    array: str | None = None,
    cohorts: Sequence[str] | str | None = None,
    resamples: int = 1000,
    level: float = 0.9,
    seed: int = 0,
) -> VarianceComponents:
    """Return the variance of a parameter between technologies, wafers, devices, within devices.

    `device` holds the chance of a mean over finitely many cells too; `cell` is the variance over
    the cells of a device, rows and columns included, NaN where the log has no spread.

    Args:
        tree: an opened log.
        parameter: `step`, `gain`, or another whose mean is logged as `birth_NAME_mean`; or the
            whole name of a birth variable, such as `offset_std`.
        array: name of an array of the devices, default their first.
        cohorts: names, default all that have this array. Devices of other cohorts that are made
            alike (`identical_to`, control arms) count once.
        resamples: lots drawn for the intervals, as `variance_components` draws them.
        level: coverage of the intervals.
        seed: of the draws.

    Raises:
        AnalysisError: the log has no such parameter, array, cohort or device.
    """
    names = cohorts_of(tree, cohorts)
    array = _first_array(tree, names) if array is None else array
    table = device_table(tree, names)
    mean_of = f"birth_{parameter}_mean[{array}]"
    mean_of = mean_of if mean_of in table else f"birth_{parameter}[{array}]"
    if mean_of not in table:
        known = sorted(
            {c.partition("[")[0][6:] for c in table if c.startswith("birth_")} - {"wafer"}
        )
        raise AnalysisError(
            f"no {parameter} of the array {array!r} in the log; it has {', '.join(known)} of the "
            f"arrays {', '.join(_arrays(tree, names))}"
        )
    table = table[np.isfinite(table[mean_of]) & ~_are_made_again(table)]
    if table.empty:
        raise AnalysisError(f"{mean_of} is of no device a number, so nothing varies in it")
    means = table[mean_of].to_numpy(np.float64)
    spread_of = f"birth_{parameter}_std[{array}]"
    inner = np.full(means.size, np.nan)
    if spread_of in table:
        inner = table[spread_of].to_numpy(np.float64) ** 2
    kind = np.unique(table["technology"].astype(str), return_inverse=True)[1]
    pairs = np.stack([kind, table["birth_wafer"].to_numpy(np.int64)], axis=1)
    wafers = np.unique(pairs, axis=0, return_inverse=True)[1].ravel()
    draws = np.random.default_rng(seed)
    drawn = []
    for _ in range(resamples):
        at, shifted, lots, kinds = drawn_anew(draws, means, wafers, kind)
        drawn.append([*nested_components(shifted, lots, kinds), float(inner[at].mean())])
    found = [*nested_components(means, wafers, kind), float(inner.mean())]
    low, high = np.percentile(drawn, [50 * (1 - level), 50 * (1 + level)], axis=0)
    named = ("technology", "wafer", "device", "cell")

    def by_name(parts: Sequence[float] | Array) -> dict[str, float]:
        told = dict(zip(named, map(float, parts), strict=True))
        return {name: told.get(name, np.nan) for name in COMPONENTS}

    return VarianceComponents(
        by_name(found), by_name(low), by_name(high), level, float(means.mean()), means.size,
        np.unique(wafers).size, np.unique(kind).size,
    )  # fmt: skip


def _are_made_again(table: "pandas.DataFrame") -> npt.NDArray[np.bool_]:
    """Return which devices were made just as one of an earlier cohort: another life, no witness."""
    made = ["technology", *(name for name in table if str(name).startswith("birth_"))]
    is_again: npt.NDArray[np.bool_] = (
        table.duplicated(made) & ~table.duplicated([*made, "cohort"])
    ).to_numpy(np.bool_)
    return is_again


def born_shares(tree: "xarray.DataTree", cohort: str) -> dict[str, dict[str, float]]:
    """Return the shares of the step's variance by array: `wafer`, `row`, `column` and `cell`.

    They are those that a technology declares in `spread`, as this cohort happened to be drawn;
    rows and columns hold their gradients. Each wafer counts once, and its part has mean zero.

    Raises:
        AnalysisError: the log has no such cohort, or no birth of it.
    """
    cohorts_of(tree, cohort)
    born = tree[cohort].to_dataset()
    if "birth_wafer_component" not in born:
        raise AnalysisError(f"the log holds no birth of the cohort {cohort!r}")
    first = np.unique(born["birth_wafer"].values, return_index=True)[1]
    found = {}
    for at, array in enumerate(born["array"].values.astype(str)):
        wafer = float((born["birth_wafer_component"].values[first, at] ** 2).mean())
        row, column = (
            float((born[f"birth_{line}_component"].values[:, at] ** 2).mean())
            for line in ("row", "column")
        )
        rest = 1 - wafer - row - column
        found[str(array)] = {"wafer": wafer, "row": row, "column": column, "cell": rest}
    return found


def _arrays(tree: "xarray.DataTree", names: Sequence[str]) -> list[str]:
    arrays: dict[str, None] = {}
    for name in names:
        cohort = tree[name].to_dataset()
        if "array" in cohort.coords:
            arrays |= dict.fromkeys(cohort["array"].values.astype(str).tolist())
    return list(arrays)


def _first_array(tree: "xarray.DataTree", names: Sequence[str]) -> str:
    arrays = _arrays(tree, names)
    if not arrays:
        raise AnalysisError("the log holds no birth of these cohorts: nothing is known of arrays")
    return arrays[0]

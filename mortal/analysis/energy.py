"""Energy against accuracy: what a cohort has spent by each exam, and what one more point costs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mortal.analysis.tables import exam_table
from mortal.errors import AnalysisError

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["energy_table", "joules_per_point", "pareto_front"]

Array = npt.NDArray[np.float64]


def pareto_front(energy: npt.ArrayLike, accuracy: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the positions of points that no other beats, by rising energy.

    A point is beaten by one that is at least as accurate for no more energy and better in one of
    both. Of equal points the first is kept.

    Args:
        energy: `[point]`, J.
        accuracy: `[point]`.

    Raises:
        AnalysisError: shapes do not fit, or a number is not finite.
    """
    spent, reached = _points(energy, accuracy)
    order = np.lexsort((np.arange(spent.size), -reached, spent))
    best = np.maximum.accumulate(reached[order])
    rises = np.concatenate([[True], best[1:] > best[:-1]])
    return np.asarray(order[rises], np.int64)


def joules_per_point(energy: npt.ArrayLike, accuracy: npt.ArrayLike) -> Array:
    """Return what a further percentage point cost from each exam to the next, J, `[exam - 1]`.

    The mean of what devices spent in between, over the mean of what they gained; NaN where they did
    not gain. Only devices that sat both exams count, so that deaths between them look like no gain.

    Args:
        energy: `[exam, device]`, J since birth, or `[exam]`; NaN: absent.
        accuracy: as energy, between 0 and 1.

    Raises:
        AnalysisError: shapes do not fit.
    """
    spent, reached = np.asarray(energy, np.float64), np.asarray(accuracy, np.float64)
    if spent.shape != reached.shape or spent.ndim not in (1, 2) or not spent.size:
        raise AnalysisError(
            "energy and accuracy are [exam] or [exam, device] of one exam or more, found shapes "
            f"{spent.shape} and {reached.shape}"
        )
    spent, reached = spent.reshape(len(spent), -1), reached.reshape(len(reached), -1)
    more, gain = np.diff(spent, axis=0), 100 * np.diff(reached, axis=0)
    both = np.isfinite(more) & np.isfinite(gain)
    more, gain = (np.where(both, part, 0).sum(axis=1) for part in (more, gain))
    price: Array = np.where(gain > 0, more, np.nan) / np.where(gain > 0, gain, 1.0)
    return price


def energy_table(
    tree: "xarray.DataTree",
    cohorts: Sequence[str] | str | None = None,
    *,
    data: str = "test",
) -> "pandas.DataFrame":
    """Return a row an exam of a cohort: what it had spent, and how right it was.

    Columns: `cohort`, `sequence`, `devices`, `energy` and `accuracy` (means over devices),
    `energy_deviation` and `accuracy_deviation` (standard deviations over devices, NaN of one),
    `joules_per_point` since the exam before (NaN at the first, and where nothing was gained), and
    `is_on_front`, whether no exam of any of these cohorts was as right for less.

    Args:
        tree: an opened log.
        cohorts: names, default all.
        data: split that was examined on.

    Raises:
        AnalysisError: it is no log, has no cohort of that name, or no exam on this split.
    """
    import pandas

    table = exam_table(tree, cohorts)
    if "exam_data" in table:
        table = table[table["exam_data"] == data]
    if table.empty:
        raise AnalysisError(f"the log holds no exam on {data!r} of these cohorts")
    parts = []
    for cohort, exams in table.groupby("cohort", sort=False):
        energy, accuracy = (
            exams.pivot_table(
                index="exam_sequence", columns="serial", values=f"exam_{name}", dropna=False
            )
            for name in ("energy", "accuracy")
        )
        parts.append(
            pandas.DataFrame(
                {
                    "cohort": cohort,
                    "sequence": accuracy.index.to_numpy(np.int64),
                    "devices": accuracy.count(axis=1).to_numpy(np.int64),
                    "energy": energy.mean(axis=1).to_numpy(),
                    "accuracy": accuracy.mean(axis=1).to_numpy(),
                    "energy_deviation": energy.std(axis=1).to_numpy(),
                    "accuracy_deviation": accuracy.std(axis=1).to_numpy(),
                    "joules_per_point": np.concatenate(
                        [[np.nan], joules_per_point(energy.to_numpy(), accuracy.to_numpy())]
                    ),
                }
            )
        )
    found = pandas.concat(parts, ignore_index=True)
    front = pareto_front(found["energy"], found["accuracy"])
    found["is_on_front"] = np.isin(np.arange(len(found)), front)
    return found


def _points(energy: npt.ArrayLike, accuracy: npt.ArrayLike) -> tuple[Array, Array]:
    spent, reached = np.asarray(energy, np.float64), np.asarray(accuracy, np.float64)
    if spent.ndim != 1 or spent.shape != reached.shape or not spent.size:
        raise AnalysisError(
            "energy and accuracy are one a point, of one point or more, found shapes "
            f"{spent.shape} and {reached.shape}"
        )
    if wrong := int((~(np.isfinite(spent) & np.isfinite(reached))).sum()):
        raise AnalysisError(
            f"energy and accuracy must be finite, found {wrong} points that are not"
        )
    return spent, reached

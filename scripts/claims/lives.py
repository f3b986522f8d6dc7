"""What the claims share: run a story in a scratch folder, read its log, print a table."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray

from mortal.config import load
from mortal.engine import run
from mortal.logbook import open_log

__all__ = ["exam", "live", "mean_and_error", "table"]


def live(story: str | Path, overrides: Iterable[str] = (), seed: int = 0) -> xarray.DataTree:
    """Return the log of a story told in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        return open_log(run(load(story, overrides=overrides, seed=seed), Path(folder) / "run"))


def exam(log: xarray.DataTree, cohort: str, number: int) -> npt.NDArray[np.float64]:
    """Return the accuracy in percent of each device at a cohort's exam, by order."""
    return 100 * log[cohort]["exam_accuracy"].values[number]


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and its standard error over independent repetitions."""
    found = np.asarray(values, np.float64)
    if found.size == 1:
        return float(found[0]), float("nan")
    return float(found.mean()), float(found.std(ddof=1) / np.sqrt(found.size))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

"""Lifetimes in a log: who died at what age, and who had not died when last seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mortal.analysis.tables import device_table
from mortal.errors import AnalysisError

if TYPE_CHECKING:
    import xarray

__all__ = ["Lifetimes", "checked_lives", "lifetimes"]

Array = npt.NDArray[np.float64]

_DEATHS = ("accuracy", "stuck")


@dataclass(frozen=True)
class Lifetimes:
    """Ages at death, or when last seen, `[device]` each, by serial number.

    Attributes:
        serial: who.
        cohort: names.
        seconds: age at death, or when last seen alive.
        is_death: True where it died; False where the life is censored: buried, or alive.
        unseen: how many devices were left out, since nothing tells their age.
    """

    serial: npt.NDArray[np.int64]
    cohort: npt.NDArray[np.object_]
    seconds: Array
    is_death: npt.NDArray[np.bool_]
    unseen: int

    def of(self, cohort: str) -> "Lifetimes":
        """Return the lives of one cohort."""
        at = self.cohort == cohort
        return Lifetimes(
            self.serial[at], self.cohort[at], self.seconds[at], self.is_death[at], self.unseen
        )


def lifetimes(tree: "xarray.DataTree", cohorts: Sequence[str] | str | None = None) -> Lifetimes:
    """Return the lifetimes of the devices in a log.

    A death is noticed at an exam, so an age at death is that of the first exam failed, an upper
    bound. Who is alive is censored at the age of its last exam, who was buried at its burial.

    Raises:
        AnalysisError: it is no log, or has no cohort of that name.
    """
    table = device_table(tree, cohorts)
    cause = table["death_cause"].to_numpy().astype(str)
    seconds = np.where(
        cause == "",
        table["last_age"].to_numpy(np.float64),
        table["lifetime"].to_numpy(np.float64),
    )
    is_seen = np.isfinite(seconds)
    return Lifetimes(
        table["serial"].to_numpy(np.int64)[is_seen],
        table["cohort"].to_numpy().astype(object)[is_seen],
        seconds[is_seen],
        np.isin(cause, _DEATHS)[is_seen],
        int((~is_seen).sum()),
    )


def checked_lives(
    seconds: npt.ArrayLike, is_death: npt.ArrayLike
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return lifetimes and whether each ended in death, `[device]` each.

    Raises:
        AnalysisError: shapes do not fit, nobody lived, or a lifetime is negative or not finite.
    """
    ages, died = np.asarray(seconds, np.float64), np.asarray(is_death)
    if ages.ndim != 1 or ages.shape != died.shape or not ages.size:
        raise AnalysisError(
            "lifetimes and deaths are one a device, of one device or more, found shapes "
            f"{ages.shape} and {died.shape}"
        )
    if not np.isin(died, (0, 1)).all():
        raise AnalysisError("whether a life ended in death is True or False for each device")
    if wrong := int((~(np.isfinite(ages) & (ages >= 0))).sum()):
        raise AnalysisError(f"a lifetime is a number of 0 or more, found {wrong} that are not")
    return ages, died.astype(np.bool_)

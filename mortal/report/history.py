"""What a log tells, read once: the run's name and seed, its cohorts, tables of what happened."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from mortal.analysis import device_table, exam_table, transfer_table
from mortal.errors import LogError
from mortal.logbook import open_log

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["History", "history_of", "read_history"]

_NOT_COHORTS = ("devices", "provenance")


@dataclass(frozen=True)
class History:
    """A log, opened and made into tables.

    Attributes:
        tree: the log.
        cohorts: names, in the order they were declared.
        said: what `/provenance` says.
        configuration: the resolved configuration; empty if the log has none.
    """

    tree: "xarray.DataTree"
    cohorts: list[str]
    said: dict[str, str]
    configuration: dict[str, Any]

    @property
    def name(self) -> str:
        """The run's name."""
        return str(self.configuration.get("name", "run"))

    @property
    def seed(self) -> int | None:
        """The run's seed, if the log tells it."""
        seed = self.configuration.get("seed")
        return seed if isinstance(seed, int) else None

    @property
    def missing(self) -> list[str]:
        """What of the run is not in the log: lots that are not finished, damaged files."""
        return [
            line for key in ("missing", "damaged") for line in self.said.get(key, "").splitlines()
        ]

    @property
    def is_finished(self) -> bool:
        """Whether every lot that the log knows is complete."""
        try:
            lots = json.loads(self.said.get("lots", "{}"))
        except ValueError:
            return not self.missing
        return not self.missing and all(lot.get("is_complete", True) for lot in lots.values())

    @cached_property
    def devices(self) -> "pandas.DataFrame":
        """A row a device, by serial number (`mortal.analysis.device_table`)."""
        return device_table(self.tree)

    @cached_property
    def exams(self) -> "pandas.DataFrame":
        """A row an exam of a device (`mortal.analysis.exam_table`)."""
        return exam_table(self.tree)

    @cached_property
    def lessons(self) -> "pandas.DataFrame":
        """A row a lesson of a student (`mortal.analysis.transfer_table`)."""
        return transfer_table(self.tree)

    @cached_property
    def cohort_of(self) -> dict[int, str]:
        """The cohort of each serial number."""
        return dict(zip(self.devices["serial"].tolist(), self.devices["cohort"], strict=True))

    def cohort(self, name: str) -> "xarray.Dataset":
        """Return the group of a cohort."""
        return self.tree[name].to_dataset()

    def declared(self, cohort: str) -> dict[str, Any]:
        """Return what the configuration says of a cohort; empty if nothing."""
        cohorts = self.configuration.get("cohorts")
        found = cohorts.get(cohort) if isinstance(cohorts, dict) else None
        return found if isinstance(found, dict) else {}

    def events(self, axis: str) -> list[tuple[str, int, int, str]]:
        """Return events of a kind as (cohort, position on the axis, sequence, step), in order."""
        found = []
        for name in self.cohorts:
            group = self.cohort(name)
            if axis in group.dims:
                steps = group[f"{axis}_step"].values.astype(str)
                at = enumerate(zip(group[f"{axis}_sequence"].values.tolist(), steps, strict=True))
                found += [(name, index, sequence, str(step)) for index, (sequence, step) in at]
        return sorted(found, key=lambda event: (event[2], self.cohorts.index(event[0])))


def read_history(path: Path) -> History:
    """Open the log of a run, live, killed or finished.

    Raises:
        LogError: there is no log, it is damaged or of a newer version, nobody was born in it, or a
            cohort is missing from it.
    """
    return history_of(open_log(path), path)


def history_of(tree: "xarray.DataTree", path: Path | str = "the log") -> History:
    """Return an opened log as a history. path: how errors call it.

    Raises:
        LogError: nobody was born in it, or a cohort is missing from it.
    """
    if "devices" not in tree.children or not tree["devices"].to_dataset().sizes.get("serial"):
        raise LogError(f"{path}: no device was born yet, so there is nothing to report")
    register = tree["devices"].to_dataset()
    owners = register["cohort"].values.astype(str)
    names, first = np.unique(owners, return_index=True)
    cohorts = [str(name) for name in names[np.argsort(register["serial"].values[first])]]
    groups = [name for name in tree.children if name not in _NOT_COHORTS]
    if lost := [name for name in cohorts if name not in groups]:
        raise LogError(
            f"{path}: the cohort {lost[0]!r} has devices but no group in the log, which has "
            f"{', '.join(groups) or 'no cohort'}; take the log as it was written"
        )
    said = tree["provenance"].attrs if "provenance" in tree.children else {}
    told = {str(key): str(value) for key, value in said.items()}
    return History(tree, cohorts, told, _configuration(told))


def _configuration(said: dict[str, str]) -> dict[str, Any]:
    try:
        found = yaml.safe_load(said.get("configuration", ""))
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}

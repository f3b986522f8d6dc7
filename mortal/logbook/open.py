"""Opening a log: a merged file, or the parts of a live or killed run, in one shape."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mortal.errors import LogError
from mortal.logbook.files import VERSION, read_log_file
from mortal.logbook.gather import gather
from mortal.logbook.join import Log, join
from mortal.logbook.parts import LOG_NAME, list_parts
from mortal.logbook.shape import columns_by_group

if TYPE_CHECKING:
    import xarray

__all__ = ["open_log", "tree_of"]


def open_log(
    path: Path | str, *, damaged: Literal["refuse", "skip"] = "refuse"
) -> "xarray.DataTree":
    """The log of a run, read into memory; no file stays open.

    path: the folder of a run, or a merged `log.h5`. damaged: "skip" leaves out parts that are
    damaged, foreign or lost, and names them in the attribute `damaged` of `/provenance`; a merged
    file is whole or refused. A group a cohort with dimensions `device`
    (coordinate `serial`), `array`, and one for each kind of event; `/devices` by serial;
    `/provenance` as attributes. Docs: docs/log.md. A merged log of an earlier version comes in
    today's shape, absent values where a column was not kept then. LogError if there is no log or it
    is of a newer version, and DamageError, which is one, naming every file that is damaged.
    """
    if damaged not in ("refuse", "skip"):
        raise LogError(f'damaged is "refuse" or "skip", not {damaged!r}')
    path = Path(path)
    file = path if path.is_file() else path / LOG_NAME
    if not path.is_file() and (list_parts(path) or not file.is_file()):
        gathered = gather(path, damaged)
        return tree_of(gathered.log, gathered.provenance)
    provenance, blocks = read_log_file(file)
    return tree_of(join(blocks, is_whole=True), provenance)


def tree_of(log: Log, provenance: dict[str, str]) -> "xarray.DataTree":
    """A log in memory in the shape xarray reads from its merged file."""
    import xarray

    groups = {
        "/": xarray.Dataset(attrs={"mortal_log_version": VERSION}),
        "/provenance": xarray.Dataset(attrs=provenance),
    }
    for name, columns in columns_by_group(log).items():
        variables: dict[bool, dict[str, Any]] = {True: {}, False: {}}
        for column in columns:
            values = column.values.astype(str) if column.values.dtype == object else column.values
            variables[column.is_coordinate][column.name] = xarray.Variable(
                column.dimensions, np.ascontiguousarray(values), column.variable.attributes
            )
        groups[f"/{name}"] = xarray.Dataset(variables[False], coords=variables[True])
    return xarray.DataTree.from_dict(groups)

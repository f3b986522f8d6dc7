"""How a log lies in a file: which columns stand in which group, on which dimensions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mortal.errors import LogError
from mortal.logbook.block import Block, columns_of, empty
from mortal.logbook.join import Log
from mortal.logbook.layout import ARRAY, COHORT, EXTRAS, SERIAL, TABLES, Table, Variable

__all__ = ["Column", "blocks_in", "columns_by_group"]


@dataclass(frozen=True)
class Column:
    """One variable of one group: its name, its dimensions and its values."""

    name: str
    dimensions: tuple[str, ...]
    values: NDArray[Any]
    variable: Variable
    is_coordinate: bool = False


def columns_by_group(log: Log) -> dict[str, list[Column]]:
    """Every column of a log by group: one group a cohort, and `devices`."""
    groups: dict[str, list[Column]] = {}
    for name, cohort in log.items():
        columns = [Column("serial", ("device",), cohort.serials, SERIAL, is_coordinate=True)]
        if cohort.arrays:
            names = np.array(cohort.arrays, dtype=object)
            columns.append(Column("array", ("array",), names, ARRAY, is_coordinate=True))
        for block in cohort.tables.values():
            columns.extend(_columns_of_block(block))
        groups[name] = columns
    if log:
        groups["devices"] = _devices(log)
    return groups


def _columns_of_block(block: Block) -> list[Column]:
    table = block.table
    columns = []
    for variable in table.variables:
        if variable.in_devices:
            continue
        if variable.name == "present":
            values: NDArray[Any] = block.present.astype(np.int8)
        else:
            values = block.columns[variable.name][0 if table.is_once else slice(None)]
        columns.append(
            Column(table.log_name(variable), table.dimensions(variable), values, variable)
        )
    return columns


def _devices(log: Log) -> list[Column]:
    serials = np.concatenate([cohort.serials for cohort in log.values()])
    order = np.argsort(serials, kind="stable")
    owners = np.concatenate([np.full(len(c.serials), name, object) for name, c in log.items()])
    columns = [
        Column("serial", ("serial",), serials[order], SERIAL, is_coordinate=True),
        Column("cohort", ("serial",), owners[order], COHORT),
    ]
    for table in TABLES:
        for variable in table.variables:
            if variable.in_devices:
                values = np.concatenate(
                    [
                        cohort.tables[table.name].columns[variable.name][0]
                        if table.name in cohort.tables
                        else empty(variable, cohort.serials.shape)
                        for cohort in log.values()
                    ]
                )
                columns.append(Column(variable.in_devices, ("serial",), values[order], variable))
    return columns


def blocks_in(groups: Mapping[str, Mapping[str, NDArray[Any]]]) -> list[Block]:
    """The blocks that columns, by group and name, were made of: undoes `columns_by_group`.

    Text is given as arrays of objects. A column that is not there was not kept when the log was
    written, so its values are absent; KeyError where the rows cannot be told without it, LogError
    if a cohort has devices and no group.
    """
    for name in dict.fromkeys(groups.get("devices", {}).get("cohort", ())):
        if name not in groups:
            raise LogError(f"the cohort {name!r} has devices and no group in the log")
    blocks = []
    for name, group in groups.items():
        if name in EXTRAS:
            continue
        for table in TABLES:
            block = _block_in(name, group, groups.get("devices"), table)
            if block is not None:
                blocks.append(block.trimmed())
    return blocks


def _block_in(
    cohort: str,
    group: Mapping[str, NDArray[Any]],
    devices: Mapping[str, NDArray[Any]] | None,
    table: Table,
) -> Block | None:
    serials = group["serial"]
    columns = {}
    if table.is_once:
        if devices is None:
            return None
        rows = np.searchsorted(devices["serial"], serials)
        sequence = next(v.in_devices for v in table.variables if v.name == "sequence")
        present = (devices[sequence][rows] >= 0)[np.newaxis]
        if not present.any():
            return None
        for variable in columns_of(table):
            if not variable.in_devices:
                values = _kept(group, table, variable, 1)
            elif variable.in_devices in devices:
                values = devices[variable.in_devices][rows]
            else:
                values = empty(variable, serials.shape)
            columns[variable.name] = values[np.newaxis]
        keys: tuple[tuple[int, ...], ...] = ((),)
    else:
        if f"{table.name}_sequence" not in group:
            return None
        events = len(group[f"{table.name}_sequence"])
        columns = {v.name: _kept(group, table, v, events) for v in columns_of(table)}
        present = group[f"{table.name}_present"] == 1
        keys = tuple(zip(*(columns[name].tolist() for name in table.key), strict=True))
    arrays = tuple(group["array"].tolist()) if table.has_arrays else ()
    return Block(table, cohort, arrays, serials, keys, columns, present)


def _kept(
    group: Mapping[str, NDArray[Any]], table: Table, variable: Variable, events: int
) -> NDArray[Any]:
    """A column of a cohort; of absent values, or 0 in a key, if the log was written without it."""
    if (name := table.log_name(variable)) in group:
        return group[name]
    lengths = {"device": len(group["serial"])}
    if "array" in group:
        lengths["array"] = len(group["array"])
    shape = tuple(lengths[axis] for axis in variable.axes)
    column = empty(variable, shape if table.is_once else (events, *shape))
    # What tells events apart now, told nothing apart then.
    return np.zeros_like(column) if variable.name in table.key else column

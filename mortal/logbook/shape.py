"""How a log lies in a file: which columns stand in which group, on which dimensions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

    Text is given as arrays of objects. KeyError where a column is missing.
    """
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
            values = (
                devices[variable.in_devices][rows]
                if variable.in_devices
                else group[table.log_name(variable)]
            )
            columns[variable.name] = values[np.newaxis]
        keys: tuple[tuple[int, ...], ...] = ((),)
    else:
        if f"{table.name}_sequence" not in group:
            return None
        columns = {v.name: group[table.log_name(v)] for v in columns_of(table)}
        present = group[f"{table.name}_present"] == 1
        keys = tuple(zip(*(columns[name].tolist() for name in table.key), strict=True))
    arrays = tuple(group["array"].tolist()) if table.has_arrays else ()
    return Block(table, cohort, arrays, serials, keys, columns, present)

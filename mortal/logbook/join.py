"""Joining blocks: what lots, parts and repeated steps said of one table becomes one table."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mortal.errors import LogError
from mortal.logbook.block import Block, columns_of, empty, same
from mortal.logbook.layout import TABLES, Table

__all__ = ["Cohort", "Log", "join"]


@dataclass(frozen=True)
class Cohort:
    """All blocks of a cohort on one device axis: serials ascending, one block a table."""

    serials: NDArray[np.int64]
    arrays: tuple[str, ...]
    tables: dict[str, Block]


Log = dict[str, Cohort]


def join(blocks: Iterable[Block], *, is_whole: bool) -> Log:
    """Join blocks into one log. Blocks that overlap must agree to the last bit.

    is_whole: every device must have been born, and in one cohort only; the pieces of a log, such as
    one part, need not hold a birth. LogError tells the first contradiction.
    """
    by_cohort: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        by_cohort[block.cohort].append(block)
    log = {name: _join_cohort(by_cohort[name], is_whole) for name in sorted(by_cohort)}
    owners: dict[int, str] = {}
    for name, cohort in log.items() if is_whole else ():
        for serial in cohort.serials.tolist():
            if owners.setdefault(serial, name) != name:
                raise LogError(f"device {serial} was born in {owners[serial]!r} and in {name!r}")
    return log


def _join_cohort(blocks: list[Block], is_whole: bool) -> Cohort:
    name = blocks[0].cohort
    by_table: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        by_table[block.table.name].append(block)
    everyone = by_table["birth"] if is_whole else blocks
    nobody = np.empty(0, dtype=np.int64)
    serials = np.unique(np.concatenate([nobody, *(block.serials for block in everyone)]))
    arrays: tuple[str, ...] = ()
    for block in blocks:
        if unborn := np.setdiff1d(block.serials, serials).tolist():
            raise LogError(
                f"device {unborn[0]} of cohort {name!r} has a record of {block.table.name}"
                " and no birth"
            )
        if block.table.has_arrays:
            arrays = arrays or block.arrays
            if block.arrays != arrays:
                raise LogError(
                    f"the arrays of cohort {name!r} are {', '.join(arrays)} in one record and"
                    f" {', '.join(block.arrays)} in another"
                )
    tables = {
        table.name: _join_table(table, by_table[table.name], serials, arrays)
        for table in TABLES
        if by_table[table.name]
    }
    return Cohort(serials, arrays, tables)


def _join_table(
    table: Table, blocks: Sequence[Block], serials: NDArray[np.int64], arrays: tuple[str, ...]
) -> Block:
    keys = tuple(sorted({key for block in blocks for key in block.keys}))
    place = {key: row for row, key in enumerate(keys)}
    classes = {
        block.columns[variable.name].shape[-1]
        for block in blocks
        for variable in columns_of(table)
        if "class" in variable.axes
    }
    if len(classes) > 1:
        raise LogError(
            f"cohort {blocks[0].cohort!r} answers with {min(classes)} classes in one record and "
            f"{max(classes)} in another"
        )
    lengths = {"device": len(serials), "array": len(arrays), "class": sum(classes)}
    columns = {
        variable.name: empty(variable, (len(keys), *(lengths[axis] for axis in variable.axes)))
        for variable in columns_of(table)
    }
    joined = Block(
        table,
        blocks[0].cohort,
        arrays if table.has_arrays else (),
        serials,
        keys,
        columns,
        np.zeros((len(keys), len(serials)), dtype=bool),
    )
    known = np.zeros(len(keys), dtype=bool)
    for block in blocks:
        rows = np.array([place[key] for key in block.keys], dtype=np.intp)
        _settle(joined, block, rows, known)
        known[rows] = True
    return joined


def _settle(joined: Block, block: Block, rows: NDArray[Any], known: NDArray[np.bool_]) -> None:
    """Write a block into the joined one, in place, after comparing where they overlap."""
    grid = np.ix_(rows, np.searchsorted(joined.serials, block.serials))
    both = joined.present[grid] & block.present
    for variable in columns_of(block.table):
        column, new = joined.columns[variable.name], block.columns[variable.name]
        if not variable.axes:
            clash = known[rows] & ~same(column[rows], new)
            if clash.any():
                raise _contradiction(block, variable.name, int(np.argmax(clash)))
            column[rows] = new
            continue
        old = column[grid]
        if both.any():
            differs = both & ~same(old, new).reshape(*both.shape, -1).all(axis=2)
            if differs.any():
                event, device = np.argwhere(differs)[0].tolist()
                raise _contradiction(block, variable.name, event, int(block.serials[device]))
        mask = block.present.reshape(block.present.shape + (1,) * (new.ndim - 2))
        column[grid] = np.where(mask, new, old)
    joined.present[grid] |= block.present


def _contradiction(block: Block, name: str, event: int, serial: int | None = None) -> LogError:
    key = " ".join(str(number) for number in block.keys[event])
    device = "" if serial is None else f" for device {serial}"
    what = f"{block.table.name} {key}".strip()
    return LogError(
        f"{what} of cohort {block.cohort!r} was recorded twice with different {name}{device};"
        " a repeated step must repeat its records exactly"
    )

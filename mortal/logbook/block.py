"""A block: some events of one table and cohort, for some devices. The unit everything joins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mortal.logbook.layout import Table, Variable

__all__ = ["Block", "Identity", "columns_of", "empty", "same"]

Identity = tuple[str, str, tuple[int, ...]]


@dataclass(frozen=True)
class Block:
    """Columns of `table` for events `keys` and devices `serials` (ascending).

    A column is `[event]`, `[event, device]`, `[event, device, array]` or `[event, device, class]`,
    text as objects; `present[event, device]` tells which places were recorded. A table of what
    happens once to a device has one event, with the empty key.
    """

    table: Table
    cohort: str
    arrays: tuple[str, ...]
    serials: NDArray[np.int64]
    keys: tuple[tuple[int, ...], ...]
    columns: dict[str, NDArray[Any]]
    present: NDArray[np.bool_]

    def identities(self) -> Iterator[Identity]:
        """What each entry is known by: its event, or its device where it happens only once."""
        if self.table.is_once:
            for serial in self.serials[self.present[0]].tolist():
                yield self.table.name, self.cohort, (serial,)
        else:
            for key in self.keys:
                yield self.table.name, self.cohort, key

    def trimmed(self) -> "Block":
        """The same block without the devices it says nothing about."""
        return self.of(np.asarray(self.present.any(axis=0)))

    def of(self, kept: NDArray[np.bool_]) -> "Block":
        """The same block with some of its devices only: `kept`, `[device]`."""
        columns = {
            variable.name: self.columns[variable.name][:, kept]
            if variable.axes
            else self.columns[variable.name]
            for variable in columns_of(self.table)
        }
        return Block(
            self.table,
            self.cohort,
            self.arrays,
            self.serials[kept],
            self.keys,
            columns,
            self.present[:, kept],
        )


def columns_of(table: Table) -> tuple[Variable, ...]:
    """The variables a block keeps as columns: all but `present`, which it keeps as a mask."""
    return tuple(variable for variable in table.variables if variable.name != "present")


def empty(variable: Variable, shape: tuple[int, ...]) -> NDArray[Any]:
    """A column of absent values."""
    return np.full(shape, variable.fill, object if variable.dtype == "string" else variable.dtype)


def same(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.bool_]:
    """Element by element: equal to the last bit, NaN equal to NaN."""
    if left.dtype.kind != "f" or right.dtype.kind != "f" or left.dtype != right.dtype:
        return np.asarray(left == right, dtype=bool)
    bits = np.dtype(f"i{left.dtype.itemsize}")
    equal = np.ascontiguousarray(left).view(bits) == np.ascontiguousarray(right).view(bits)
    return np.asarray(equal | (np.isnan(left) & np.isnan(right)), dtype=bool)

"""What a caller hands to the logbook: one event, checked against the layout before it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mortal.errors import LogError
from mortal.logbook.block import Block, columns_of
from mortal.logbook.layout import RESERVED_NAMES, TABLES, Table, Variable, table_named

__all__ = ["Record", "block_of"]


_KINDS = {"string": "", "float64": "fiu", "float32": "f", "int64": "iub", "int8": "iub"}
"""What NumPy calls the kinds that a column of each type takes."""


@dataclass(frozen=True)
class Record:
    """One event of a cohort, for some or all of its devices.

    table: name of the kind of event: birth, death, exam, answer, epoch, ageing, transfer, mutual,
        copy.
    sequence: position in the story, given by the caller, never the clock; with table and cohort
        (and the number of an epoch or a question) it identifies the event.
    serials: the devices that took part, `[device]`, in any order.
    event: one value for each event column. devices: for each other column `[device]`, or one value
        for all of them, `[device, array]` or `[device, class]`. Names are those of the log without
        the table's prefix: `accuracy` in an exam is `exam_accuracy` in the log. A column with
        declared choices takes their words or, where it is a code, their positions.
    step: path of the story step, such as "3" or "repeat.2.1".
    arrays: names of the arrays, for tables with `[device, array]` columns.
    """

    table: str
    cohort: str
    sequence: int
    serials: ArrayLike
    event: Mapping[str, Any] = field(default_factory=dict)
    devices: Mapping[str, Any] = field(default_factory=dict)
    step: str = ""
    arrays: tuple[str, ...] = ()


def block_of(record: Record) -> Block:
    """Check a record and lay it out by serial. LogError says what does not fit, in one sentence."""
    table = table_named(record.table)
    if table is None:
        raise LogError(
            f"there is no table {record.table!r} in the log"
            + _suggestion(record.table, [known.name for known in TABLES])
        )
    where = f"{table.name} {record.sequence} of cohort {record.cohort!r}"
    _check_cohort(record.cohort)
    if isinstance(record.sequence, bool) or not isinstance(record.sequence, int | np.integer):
        raise LogError(f"{where}: the sequence is a whole number")
    if record.sequence < 0:
        raise LogError(f"{where}: the sequence is not negative")
    arrays = tuple(record.arrays) if table.has_arrays else ()
    if table.has_arrays and (not arrays or len(set(arrays)) < len(arrays) or "" in arrays):
        raise LogError(f"{where}: its arrays need names, each once; given {arrays!r}")
    serials = _serials(record.serials, where)
    _check_names(record, table, where)

    order = np.argsort(serials)
    lengths = {"device": len(serials), "array": len(arrays)}
    given = {**record.event, **record.devices, "sequence": record.sequence, "step": record.step}
    columns = {}
    for variable in columns_of(table):
        values = _cast(given[variable.name], variable, f"{where}: {variable.name}")
        if "class" in variable.axes:  # as many as are answered
            lengths["class"] = values.shape[-1] if values.ndim else 0
        shape = tuple(lengths[axis] for axis in variable.axes)
        if values.shape == () and variable.axes == ("device",):
            values = np.broadcast_to(values, shape)
        if values.shape != shape:
            raise LogError(
                f"{where}: {variable.name} has shape {list(values.shape)},"
                f" and [{', '.join(variable.axes)}] is {list(shape)}"
            )
        columns[variable.name] = (values[order] if variable.axes else values.copy())[np.newaxis]
    key = tuple(int(columns[name][0]) for name in table.key)
    present = np.ones((1, len(serials)), dtype=bool)
    return Block(table, record.cohort, arrays, serials[order], (key,), columns, present)


def _check_cohort(name: str) -> None:
    if not name or name in RESERVED_NAMES or "/" in name or name.startswith("."):
        raise LogError(
            f"a cohort cannot be called {name!r}: as the name of a group it is not empty, has no"
            f" '/', does not begin with '.' and is none of {', '.join(sorted(RESERVED_NAMES))}"
        )


def _check_names(record: Record, table: Table, where: str) -> None:
    columns = [v for v in columns_of(table) if v.name not in ("sequence", "step")]
    for given, wanted in (
        (record.event, [v.name for v in columns if not v.axes]),
        (record.devices, [v.name for v in columns if v.axes]),
    ):
        place = "event" if given is record.event else "devices"
        for name in given:
            if name not in wanted:
                raise LogError(
                    f"{where}: no column {name!r} in {place}" + _suggestion(name, wanted)
                )
        if missing := [name for name in wanted if name not in given]:
            raise LogError(f"{where}: {place} lacks {', '.join(missing)}")


def _suggestion(name: str, allowed: list[str]) -> str:
    close = get_close_matches(name, allowed, n=1)
    return (
        f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(allowed) or 'none'}"
    )


def _serials(given: ArrayLike, where: str) -> NDArray[np.int64]:
    serials = np.asarray(given)
    if serials.ndim != 1 or serials.dtype.kind not in "iu" or not serials.size:
        raise LogError(f"{where}: serials are whole numbers [device], at least one")
    if np.unique(serials).size < serials.size or int(serials.min()) < 0:
        raise LogError(f"{where}: serials are not negative and each stands once")
    return serials.astype(np.int64)


def _cast(value: Any, variable: Variable, where: str) -> NDArray[Any]:
    try:
        values = np.asarray(value)
    except (TypeError, ValueError):
        raise LogError(f"{where} is no array that NumPy can read") from None
    kind = values.dtype.kind
    is_text = kind in "UT" or (kind == "O" and all(isinstance(v, str) for v in values.flat))
    if is_text and (variable.dtype == "string" or variable.choices):
        words = values.astype(object)
        if variable.choices and (unknown := set(words.flat) - {*variable.choices, ""}):
            raise LogError(
                f"{where} says {min(unknown)!r}, and it is one of: {', '.join(variable.choices)}"
            )
        if variable.dtype == "string":
            return words
        codes = {"": -1} | {word: code for code, word in enumerate(variable.choices)}
        return np.array([codes[word] for word in words.flat], np.int8).reshape(words.shape)
    if kind not in _KINDS[variable.dtype]:
        raise LogError(f"{where} is {values.dtype}, and the log keeps {variable.dtype}")
    if not variable.dtype.startswith("float") and values.size:
        limits = np.iinfo(variable.dtype)
        highest = len(variable.choices) - 1 if variable.choices else int(limits.max)
        lowest = -1 if variable.choices else int(limits.min)
        if not lowest <= int(values.min()) <= int(values.max()) <= highest:
            raise LogError(f"{where} lies outside {lowest}..{highest}")
    return values.astype(variable.dtype)

"""Whether two logs say the same, to the last bit."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mortal.logbook.block import same
from mortal.logbook.open import open_log

if TYPE_CHECKING:
    import xarray

__all__ = ["differences"]


def differences(
    left: "xarray.DataTree | Path | str", right: "xarray.DataTree | Path | str"
) -> list[str]:
    """Where two logs differ outside `/provenance`, one line a difference; empty if equal.

    Compared are groups, variables, dimensions, types, attributes and every value bit for bit, NaN
    equal to NaN; neither the order of groups and variables nor the width of text counts. A log is
    an opened tree, or a path as for `open_log`. LogError if one cannot be opened.
    """
    trees = [open_log(log) if isinstance(log, Path | str) else log for log in (left, right)]
    first, second = ({node.path: node for node in tree.subtree} for tree in trees)
    found = []
    for path in sorted({*first, *second}):
        if path.split("/")[1] == "provenance":
            continue
        if path not in first or path not in second:
            found.append(f"{path}: only in the {'first' if path in first else 'second'} log")
            continue
        datasets = first[path].to_dataset(inherit=False), second[path].to_dataset(inherit=False)
        if not _same_attributes(datasets[0].attrs, datasets[1].attrs):
            found.append(f"{path}: attributes differ")
        names = [
            {str(name): dataset.variables[name] for name in dataset.variables}
            for dataset in datasets
        ]
        coordinates = [{str(name) for name in dataset.coords} for dataset in datasets]
        for name in sorted({*names[0], *names[1]}):
            place = f"{path.rstrip('/')}/{name}"
            if name not in names[0] or name not in names[1]:
                found.append(
                    f"{place}: only in the {'first' if name in names[0] else 'second'} log"
                )
            elif (name in coordinates[0]) != (name in coordinates[1]):
                found.append(f"{place}: a coordinate in one log only")
            elif difference := _difference(names[0][name], names[1][name]):
                found.append(f"{place}: {difference}")
    return found


def _difference(left: "xarray.Variable", right: "xarray.Variable") -> str:
    if left.dims != right.dims:
        return f"dimensions {left.dims} and {right.dims}"
    if left.shape != right.shape:
        return f"shapes {left.shape} and {right.shape}"
    values, others = (_plain(variable.values) for variable in (left, right))
    if values.dtype != others.dtype:
        return f"types {values.dtype} and {others.dtype}"
    equal = same(values, others)
    if not equal.all():
        place = tuple(np.argwhere(~equal)[0].tolist())
        return (
            f"{np.count_nonzero(~equal)} of {equal.size} values differ, first at {list(place)}:"
            f" {values[place]!r} and {others[place]!r}"
        )
    if not _same_attributes(left.attrs, right.attrs):
        return "attributes differ"
    return ""


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Text as objects, whatever width or kind of text the reader chose."""
    return values.astype(object) if values.dtype.kind in "UT" else values


def _same_attributes(left: dict[Any, Any], right: dict[Any, Any]) -> bool:
    return left.keys() == right.keys() and all(
        np.array_equal(np.asarray(left[key]), np.asarray(right[key])) for key in left
    )

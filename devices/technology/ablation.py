"""What can be switched off of a declaration, and what remains of it then.

A field declared with `off` is a non-ideality: at that value it does nothing. A path names one by
its place (`spread.cell_gain`, `read.noise.telegraph`, `wear`), or all that lie below it (`spread`,
`read`, `response`).
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from devices.errors import TechnologyError
from devices.technology.declaration import Declaration

__all__ = ["chosen", "non_idealities", "remainder", "switches"]

Values = Mapping[str, Any]
Part = TypeVar("Part", bound=Declaration)


def switches(values: Values, kind: type[Declaration]) -> Iterator[tuple[str, Any]]:
    """Yield the path of each non-ideality that may be declared, and the value at which it is off.

    Args:
        values: of a declaration's fields, by name.
        kind: its class; tells what may be declared where a value is null.
    """
    for name, field in kind.model_fields.items():
        extra, value = field.json_schema_extra, values.get(name)
        if isinstance(extra, dict) and "off" in extra and not _is_coding(name, values):
            yield name, extra["off"]
        kinds = [type(value)] if isinstance(value, Declaration) else get_args(field.annotation)
        for inner in kinds:
            if isinstance(inner, type) and issubclass(inner, Declaration):
                found = dict(value) if isinstance(value, Declaration) else {}
                yield from ((f"{name}.{path}", off) for path, off in switches(found, inner))


def non_idealities(values: Values, kind: type[Declaration]) -> tuple[str, ...]:
    """Return the paths of what is on and can be switched off, in the order of the declaration."""
    return tuple(
        path for path, off in switches(values, kind) if _at(values, path) not in (None, off)
    )


def chosen(values: Values, kind: type[Declaration], without: Iterable[str]) -> dict[str, Any]:
    """Return the paths that are to be switched off, and the value of each for off.

    What a technology does not have can be named: it is off already.

    Raises:
        TechnologyError: a path names no non-ideality; the message offers the nearest, and all
            that are on.
    """
    known, found = dict(switches(values, kind)), dict[str, Any]()
    for wanted in without:
        named = {path: off for path, off in known.items() if f"{path}.".startswith(f"{wanted}.")}
        if not named:
            raise TechnologyError(_refusal(wanted, values, kind, known))
        found |= named
    return found


def remainder(part: Part, off: Mapping[str, Any], above: str = "") -> Part:
    """Return a declaration with the values at some paths replaced, as `chosen` gives them."""
    changes: dict[str, Any] = {}
    for name, value in part:
        path = f"{above}{name}"
        if path in off:
            changes[name] = off[path]
        elif isinstance(value, Declaration):
            changes[name] = remainder(value, off, f"{path}.")
    return part.model_copy(update=changes)


def _refusal(wanted: str, values: Values, kind: type[Declaration], known: Iterable[str]) -> str:
    if _at(values, wanted) is not None:
        said = f"{wanted} is not a non-ideality"
    else:
        near = difflib.get_close_matches(wanted, [*known, *kind.model_fields], n=1)
        said = f"there is no {wanted!r} to switch off" + (
            f"; did you mean {near[0]}?" if near else ""
        )
    return f"{said} (can be switched off: {', '.join(non_idealities(values, kind))})"


def _is_coding(name: str, values: Values) -> bool:
    """Return whether a field is the coding itself: bits that are times, or reads of their own."""
    return name == "dac_bits" and values.get("coding", "amplitude") != "amplitude"


def _at(values: Values, path: str) -> Any:
    """Return the value at a path, None where there is none."""
    name, _, rest = path.partition(".")
    value = values.get(name)
    if not rest:
        return value
    return _at(dict(value), rest) if isinstance(value, Declaration) else None

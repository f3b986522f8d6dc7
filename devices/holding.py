"""How much memory the cells of a population take."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

__all__ = ["bytes_held"]


def bytes_held(holder: Any) -> int:
    """Return the bytes of all arrays that an object holds in its attributes, at any depth."""
    return sum({id(array): int(array.nbytes) for array in _arrays(holder)}.values())


def _arrays(holder: Any) -> Iterator[Any]:
    if hasattr(holder, "nbytes") and hasattr(holder, "dtype"):
        yield holder
    elif isinstance(holder, dict):
        for part in holder.values():
            yield from _arrays(part)
    elif isinstance(holder, list | tuple):
        for part in holder:
            yield from _arrays(part)
    elif is_dataclass(holder) and not isinstance(holder, type):
        for field in fields(holder):
            yield from _arrays(getattr(holder, field.name))
    elif type(holder).__module__.startswith("devices."):
        yield from _arrays(vars(holder)) if hasattr(holder, "__dict__") else ()

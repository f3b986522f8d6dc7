"""How much memory the cells of a population take."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

__all__ = ["bytes_held"]


def bytes_held(holder: Any) -> int:
    """Return the bytes of all arrays that an object holds in its attributes, at any depth."""
    return sum(int(array.nbytes) for array in _arrays(holder, set()))


def _arrays(holder: Any, seen: set[int]) -> Iterator[Any]:
    if id(holder) in seen:
        return
    seen.add(id(holder))
    if hasattr(holder, "nbytes") and hasattr(holder, "dtype"):
        yield holder
        return
    parts: Iterable[Any] = ()
    if isinstance(holder, dict):
        parts = holder.values()
    elif isinstance(holder, list | tuple):
        parts = holder
    elif is_dataclass(holder) and not isinstance(holder, type):
        parts = [getattr(holder, field.name) for field in fields(holder)]
    elif type(holder).__module__.startswith("devices.") and hasattr(holder, "__dict__"):
        parts = vars(holder).values()
    for part in parts:
        yield from _arrays(part, seen)

"""Names of data sets, and what to say when one is not known."""

import difflib
from collections.abc import Iterable

from mortal.errors import DataError

__all__ = ["known_or_refuse"]


def known_or_refuse(what: str, name: str, known: Iterable[str]) -> str:
    """Return `name` if it is among `known`; else raise `DataError` with the nearest name."""
    names = list(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise DataError(f"{name!r} is no known {what}; known are {', '.join(names)}.{hint}")

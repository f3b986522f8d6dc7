"""What devices weigh at least, held against the memory of this machine, before any is grown."""

import os
from collections.abc import Sequence
from itertools import pairwise

from devices import Technology
from devices.pairs import planes

__all__ = ["installed", "least", "spelled"]

_WEIGHT = 4
"""Bytes of a weight, float32."""
_PULSED_CELL = 20
"""Bytes of the weight of a pulsed cell, its two steps and its two bounds."""


def least(technology: Technology, layers: Sequence[int], count: int) -> int:
    """Return the bytes that the cells of a population hold at the very least.

    Args:
        technology: how the cells are built.
        layers: `[features, hidden, ...]`.
        count: number of devices.
    """
    cells = sum(rows * columns for rows, columns in pairwise(layers)) * planes(technology.cell)
    return count * cells * (_PULSED_CELL if technology.is_pulsed else _WEIGHT)


def installed() -> int | None:
    """Return the bytes of memory of this machine; None where the system does not tell."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    return size if size > 0 else None


def spelled(size: int) -> str:
    """Return a number of bytes for people: `23.4 GiB`."""
    return f"{size / 2**30:,.1f} GiB"

"""Two cells stand for one weight (`devices.technology.Cell`): W = w+ - w-.

The physical array has the rows of the plus plane above those of the minus plane, so cells are
`[device, 2 row, column]` where weights are `[device, row, column]`. Draws, wear, energy and faults
know only the taller array. With single cells all of this is the identity.
"""

import numpy as np
import numpy.typing as npt

from devices.technology import Cell, PulsedResponse, Technology

__all__ = ["add", "join", "mirror", "mirror_trains", "planes", "send", "split", "stride"]

Array = npt.NDArray[np.float32]


def planes(cell: Cell) -> int:
    """Return how many physical cells stand for a weight."""
    return 2 if cell.is_pair else 1


def stride(cell: Cell) -> int:
    """Return how many steps of a cell a coincidence moves the weight."""
    return 2 if cell.kind == "differential" else 1


def mirror(cell: Cell, rows: Array, axis: int) -> Array:
    """Return signals on the physical rows: those of the minus plane have the opposite sign."""
    return np.concatenate([rows, -rows], axis) if cell.is_pair else rows


def mirror_trains(cell: Cell, rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Return trains of the physical rows `[device, sample, row]`: the same slots, opposite sign."""
    if not cell.is_pair:
        return rows
    turned = np.where(rows, rows ^ np.uint32(0x80000000), rows)
    return np.concatenate([rows, turned], 2)


def join(cell: Cell, cells: Array, axis: int = 1) -> Array:
    """Return W = w+ - w- `[device, row, column]` of cells `[device, 2 row, column]`."""
    if not cell.is_pair:
        return cells
    plus, minus = np.split(cells, 2, axis)
    return plus - minus


def add(cell: Cell, cells: Array) -> Array:
    """Return a sum over the two cells of a pair, `[device, row, column]` as `join` does."""
    if not cell.is_pair:
        return cells
    plus, minus = np.split(cells, 2, 1)
    return plus + minus


def split(technology: Technology, weight: Array) -> Array:
    """Return the weights of nominal cells that together stand for W.

        differential  w+ = W/2,               w- = -W/2
        one-sided     w+ = w_min + max(W, 0), w- = w_min + max(-W, 0)

    Args:
        technology: kind of cell, and w_min.
        weight: W, `[device, row, column]`.

    Returns:
        `[device, 2 row, column]`, or W itself for single cells.
    """
    both = mirror(technology.cell, weight, 1)
    if technology.cell.kind == "differential":
        return both / np.float32(2)
    if technology.cell.kind == "one-sided":
        assert isinstance(technology.response, PulsedResponse)
        return np.float32(technology.response.w_min) + np.maximum(both, np.float32(0))
    return both


def send(cell: Cell, up: Array, down: Array) -> tuple[Array, Array]:
    """Return the pulses up and down of the cells, for pulses up and down of the weight."""
    if cell.kind == "single":
        return up, down
    upwards = np.concatenate([up, down], 1)
    if cell.kind == "one-sided":
        return upwards, np.zeros_like(upwards)
    return upwards, np.concatenate([down, up], 1)

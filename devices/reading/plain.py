"""The plain read in one call of a compiled kernel: one tile, one pass, cells that stand still."""

from typing import Any

import numpy as np
import numpy.typing as npt

from devices.identity import Stream
from devices.manufacture import CellParameters, LineErrors
from devices.pairs import mirror
from devices.reading.conductance import conductance_scale
from devices.reading.correction import Correction
from devices.reading.effort import Effort, Heated
from devices.technology import Technology
from devices.tiling import Grid

__all__ = ["is_plain", "read_plainly"]

Array = npt.NDArray[np.float32]


def is_plain(
    technology: Technology,
    cells: CellParameters,
    lines: LineErrors,
    grid: Grid,
    correction: Correction | None,
    *,
    is_reverse: bool,
) -> bool:
    """Return whether drive, product and sense are the whole of a read (`devices.reading.path`).

    Args:
        technology: declaration.
        cells: parameters.
        lines: errors of the sensed lines.
        grid: tiles.
        correction: of a calibration.
        is_reverse: whether rows are sensed; those of a pair are subtracted before.
    """
    read, wires = technology.read, technology.wires
    is_one_pass = read.coding == "amplitude" and read.signed == "one-read"
    is_one_tile = len(grid.rows) == len(grid.columns) == 1
    is_quiet = read.noise is None and lines.nonlinearity is None
    is_whole = cells.reference is None and cells.is_connected is None
    return (
        (is_one_pass and is_one_tile and is_quiet and is_whole and correction is None)
        and (wires is None or wires.is_perfect)
        and not (technology.cell.is_pair and is_reverse)
        and read.noise_management in ("abs-max", "none")
    )


def read_plainly(
    fused: Any,
    x: Array,
    weight: Array,
    cells: CellParameters,
    lines: LineErrors,
    technology: Technology,
    noise: Stream,
    reads: npt.NDArray[np.int64],
    *,
    is_reverse: bool,
) -> tuple[Array, Effort, Heated]:
    """Return the outputs `[device, sample, output]`, what they took, and what was heated.

    Bound management reads again as `devices.reading.vector` does, with the same draws.

    Args:
        fused: kernels with the verb `read`.
        x: `[device or 1, sample, input]`.
        weight: `[device, row, column]`, as the cells show themselves.
        cells: parameters.
        lines: errors of the sensed lines.
        technology: declaration.
        noise: draws of the sensed lines.
        reads: `[device]`, number of the first read.
        is_reverse: whether columns are driven and rows sensed.
    """
    scale, conductance = conductance_scale(technology)
    reference = 0.0 if technology.cell.shared_access else conductance / scale
    driven_by = mirror(technology.cell, x, 2)

    def reading(vectors: Array, again: int) -> tuple[Any, ...]:
        found: tuple[Any, ...] = fused.read(
            vectors, weight, cells.gain, cells.curvature, lines, technology.read, reference, noise,
            reads, is_reverse=is_reverse, again=again,
        )  # fmt: skip
        return found

    y, heat, weighted, clipped = reading(driven_by, 0)
    outputs = slice(0, y.shape[2])
    readings, clips = np.ones((1, x.shape[1]), np.int64), clipped > 0
    for again in range(1, technology.read.bound_management + 1):
        if not clips.any():
            break
        # Vectors that do not clip are silent now, and add neither heat nor outputs.
        other, more, more_weighted, still = reading(driven_by * clips[:, :, None], again)
        y = np.where(clips[:, :, None], other, y)
        heat, weighted, readings = heat + more, weighted + more_weighted, readings + clips
        clips &= still > 0
    effort = Effort(slice(0, x.shape[2]), outputs, heat[:, : x.shape[2]], readings)
    driven = weight.swapaxes(1, 2) if is_reverse else weight
    return y, effort, Heated(driven, 2, weighted)

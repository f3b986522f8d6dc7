"""What a cell conducts, in units of weight and in siemens."""

import numpy as np
import numpy.typing as npt

from devices.manufacture import CellParameters
from devices.technology import Technology

__all__ = ["conductance_scale", "conducting", "whole"]

Array = npt.NDArray[np.float32]


def conducting(
    weight: Array, cells: CellParameters, technology: Technology, *, is_reverse: bool
) -> tuple[Array, Array | None]:
    """Return the weights as the read path sees them, and their cubic part (None: ohmic cells).

    Gain g and curvature kappa belong to the physical cell, so they act on its whole conductance,
    of which the reference's w_ref = G_reference / (siemens per unit of weight) is subtracted:

        linear  g (w + w_ref) - w_ref        cubic  kappa g (w + w_ref) - mean(kappa) w_ref

    Where cell and reference share their access (`cell.shared_access`), w_ref drops out of both.
    A reference that is not quite G(0) (`spread.reference`) has a w_ref of its own, and w is what
    the cell has beyond it. In a pair w_ref drops out: it is the same for both cells.

    Args:
        weight: `[device, row, column]`.
        cells: gain, curvature and reference.
        technology: reference, mean curvature, access.
        is_reverse: whether columns are driven and rows sensed; the result is then transposed.
    """
    scale, conductance = conductance_scale(technology)
    w_ref: Array | np.float32 = np.float32(conductance / scale)
    seen = weight
    if cells.reference is not None:
        w_ref, seen = w_ref + cells.reference, weight - cells.reference
    if technology.cell.shared_access:
        w_ref = np.float32(0)
    if cells.gain is not None:
        seen = (seen + w_ref) * cells.gain - w_ref
    curved = None
    if cells.curvature is not None:
        mean = np.float32(technology.read.curvature)
        curved = (seen + w_ref) * cells.curvature - mean * w_ref
    if is_reverse:
        return seen.swapaxes(1, 2), None if curved is None else curved.swapaxes(1, 2)
    return seen, curved


def whole(weight: Array, cells: CellParameters, technology: Technology) -> Array:
    """Return each cell's whole conductance g (w + w_ref), `[device, row, column]`."""
    scale, conductance = conductance_scale(technology)
    own: Array = weight + np.float32(conductance / scale)
    return own if cells.gain is None else own * cells.gain


def conductance_scale(technology: Technology) -> tuple[float, float]:
    """Return siemens per unit of weight, and the reference conductance G(0) in siemens."""
    cell, response = technology.cell, technology.response
    w_max, w_min = getattr(response, "w_max", 1.0), getattr(response, "w_min", -1.0)
    scale = (cell.g_max - cell.g_min) / (w_max - w_min)
    return scale, cell.g_min - w_min * scale

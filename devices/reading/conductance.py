"""What the cells conduct, as the sum of a line sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.manufacture import CellParameters
from devices.pairs import add, join
from devices.technology import Technology

__all__ = ["Conducting", "as_read", "conductance_scale", "conducting", "whole"]

Array = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Conducting:
    """Cells as driven, each `[device, input, output]`, in units of weight.

    Attributes:
        linear: current at full scale of an ohmic cell, less its reference.
        cubic: what adds v^3 to it; None: ohmic cells.
        squares: u^2 of the white noise of cells (`ReadNoise`); None: quiet cells.
        vectors: `[device, sample]`, which vectors are read through these; None: all.
    """

    linear: Array
    cubic: Array | None = None
    squares: Array | None = None
    vectors: Vectors | None = None

    def part(self, inputs: slice, outputs: slice) -> Self:
        """Return what one tile conducts."""
        return self._seen(lambda cells: cells[:, inputs, outputs])

    @property
    def transposed(self) -> Self:
        """What the cells conduct with inputs and outputs exchanged."""
        return self._seen(lambda cells: cells.swapaxes(1, 2))

    def _seen(self, how: Callable[[Array], Array]) -> Self:
        return replace(
            self,
            linear=how(self.linear),
            cubic=None if self.cubic is None else how(self.cubic),
            squares=None if self.squares is None else how(self.squares),
        )


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


def as_read(
    weight: Array,
    cells: CellParameters,
    technology: Technology,
    factors: Sequence[tuple[Array, Vectors]],
    *,
    is_reverse: bool,
) -> tuple[Conducting, ...]:
    """Return what the cells conduct while a batch is read, one after another as they fluctuate.

    A fluctuation by the factor f takes g (w + w_ref) to f g (w + w_ref), so it adds
    g (w + w_ref) (f - 1) to the linear part, and kappa times that to the cubic part. At a
    two-level voltage v^3 = v, and both parts are one. Broken lines conduct nothing. The currents
    of a pair are subtracted where they meet, and the squares of its noises are added.

    Args:
        weight: `[device, row, column]` of physical cells, as they show themselves.
        cells: gain, curvature, connections.
        technology: reference, mean curvature, access, noise, coding.
        factors: f `[device, row, column]`, with the vectors read meanwhile `[device, sample]`;
            empty: nothing fluctuates.
        is_reverse: whether columns are driven and rows sensed; the results are then transposed.
    """
    steady = conducting(weight, cells, technology, is_reverse=False)
    if not factors:
        return (_one(steady, weight, None, None, cells, technology, is_reverse),)
    return tuple(
        _one(steady, weight, factor, vectors, cells, technology, is_reverse)
        for factor, vectors in factors
    )


def _one(
    steady: tuple[Array, Array | None],
    weight: Array,
    factor: Array | None,
    vectors: Vectors | None,
    cells: CellParameters,
    technology: Technology,
    is_reverse: bool,
) -> Conducting:
    (linear, cubic), noise = steady, technology.read.noise
    if factor is not None:
        more = whole(weight, cells, technology) * (factor - 1)
        linear = linear + more
        if cubic is not None and cells.curvature is not None:
            cubic = cubic + cells.curvature * more
    if cells.is_connected is not None and technology.cell.is_pair:
        # What drops out of the difference of two cells does not where one of them is cut off.
        scale, conductance = conductance_scale(technology)
        reference = np.float32(conductance / scale)
        linear = linear + reference
        cubic = None if cubic is None else cubic + np.float32(technology.read.curvature) * reference
    if technology.read.coding != "amplitude" and cubic is not None:
        linear, cubic = linear + cubic, None

    def connected(part: Array) -> Array:
        return part if cells.is_connected is None else part * cells.is_connected

    cell = technology.cell
    linear = join(cell, connected(linear))
    cubic = None if cubic is None else join(cell, connected(cubic))
    squares = None
    if noise is not None and noise.cells:
        squares = np.square(linear)
        if noise.relative_to == "conductance":
            u = connected(whole(weight, cells, technology))
            squares = add(cell, np.square(u if factor is None else u * factor))
    conducts = Conducting(linear, cubic, squares, vectors)
    return conducts.transposed if is_reverse else conducts


def conductance_scale(technology: Technology) -> tuple[float, float]:
    """Return siemens per unit of weight, and the reference conductance G(0) in siemens."""
    cell, response = technology.cell, technology.response
    w_max, w_min = getattr(response, "w_max", 1.0), getattr(response, "w_min", -1.0)
    scale = (cell.g_max - cell.g_min) / (w_max - w_min)
    return scale, cell.g_min - w_min * scale

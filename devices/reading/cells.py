"""What the cells of an array conduct while a batch is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.manufacture import CellParameters
from devices.pairs import add, join
from devices.reading.conductance import conductance_scale, conducting, whole
from devices.reading.network import Network, network
from devices.technology import Technology

__all__ = ["Conducting", "as_read"]

Array = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Conducting:
    """Cells as driven, each `[device, input, output]`, in units of weight.

    Attributes:
        linear: current at full scale of an ohmic cell, less its reference.
        cubic: what adds v^3 to it; None: ohmic cells.
        squares: u^2 of the white noise of cells (`ReadNoise`); None: quiet cells.
        network: what takes the place of the linear part where wires resist; None: they do not.
        vectors: `[device, sample]`, which vectors are read through these; None: all.
    """

    linear: Array
    cubic: Array | None = None
    squares: Array | None = None
    network: Network | None = None
    vectors: Vectors | None = None

    def part(self, inputs: slice, outputs: slice) -> Self:
        """Return what one tile conducts."""
        tile = self._seen(lambda cells: cells[:, inputs, outputs])
        if tile.network is None:
            return tile
        return replace(tile, network=tile.network.part(inputs, outputs))

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
    of a pair are subtracted where they meet, and the squares of its noises are added. Wires that
    resist act on the ohmic currents, and leave noise and cubic part as they are.

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
    conducts = Conducting(linear, cubic, squares, None, vectors)
    conducts = conducts.transposed if is_reverse else conducts
    wires = technology.wires
    if wires is None or wires.is_perfect:
        return conducts
    circuit = network(technology, wires, weight, cells, factor, is_reverse=is_reverse)
    return replace(conducts, network=circuit)

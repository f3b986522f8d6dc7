"""Cells between wires that resist: currents by Kirchhoff's laws (`devices.wires`)."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.arrays import beside, to_host
from devices.manufacture import CellParameters
from devices.pairs import mirror, planes
from devices.reading.conductance import conductance_scale, whole
from devices.technology import Cell, Technology, Wires
from devices.wires import currents

__all__ = ["Network", "network"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """Conductances of cells and of their references, in units of weight, and the wires.

    The references stand in an array of their own, with the same wires. The two planes of a pair
    share their columns; the rows of the minus plane lie below those of the plus plane.

    Attributes:
        cells: `[device, plane, row, column]`.
        references: `[device or 1, 1, row, column]`; None: pairs have none.
        wires: resistances and the method.
        siemens: S in a unit of weight.
        cell: what stands for a weight.
        is_reverse: whether columns are driven and rows sensed.
    """

    cells: Array
    references: Array | None
    wires: Wires
    siemens: float
    cell: Cell
    is_reverse: bool

    def part(self, inputs: slice, outputs: slice) -> Self:
        """Return the network of one tile."""
        rows, columns = (outputs, inputs) if self.is_reverse else (inputs, outputs)
        references = None if self.references is None else self.references[:, :, rows, columns]
        return replace(self, cells=self.cells[:, :, rows, columns], references=references)

    def currents(self, voltage: Array) -> Array:
        """Return the summed currents `[device, sample, output]`, in units of weight.

        Args:
            voltage: `[device or 1, sample, input]` at full scale 1.
        """
        if not self.is_reverse:
            found = self._through(self.cells, mirror(self.cell, voltage, 2))
        else:
            found = self._through(self.cells, voltage)
            if self.cell.is_pair:
                plus, minus = np.split(found, 2, 2)
                found = plus - minus
        if self.references is not None:
            found = found - self._through(self.references, voltage)
        return found.astype(np.float32)

    def _through(self, cells: Array, voltage: Array) -> npt.NDArray[np.float64]:
        devices, _, _, columns = cells.shape
        conductance = self.siemens * cells.reshape(devices, -1, columns).astype(np.float64)
        of_all = voltage
        if devices == 1:
            # One circuit, whoever drives it: all vectors are samples of it.
            of_all = voltage.reshape(1, -1, voltage.shape[2])
        # Kirchhoff's equations are solved on the processor, wherever the cells are.
        solved = currents(
            to_host(conductance), to_host(of_all), self.wires, is_reverse=self.is_reverse
        )
        found: npt.NDArray[np.float64] = beside(voltage, solved / self.siemens)
        if devices == 1:
            found = found.reshape(*voltage.shape[:2], -1)
        return found


def network(
    technology: Technology,
    wires: Wires,
    weight: Array,
    cells: CellParameters,
    factor: Array | None,
    *,
    is_reverse: bool,
) -> Network:
    """Return the circuit of an array; conductances below zero count as zero.

    At a two-level voltage cells conduct as at full scale, 1 + kappa times their ohmic part. At
    an analog voltage the network is ohmic: the cubic part of the currents is that of a perfect
    array.

    Args:
        technology: reference, access, coding.
        wires: the lines.
        weight: `[device, row, column]` of physical cells.
        cells: gain, curvature, reference, connections.
        factor: `[device, row, column]`, fluctuation of the cells' conductances; None: none.
        is_reverse: whether columns are driven and rows sensed.
    """
    scale, conductance = conductance_scale(technology)
    own = whole(weight, cells, technology)
    own = own if factor is None else own * factor
    reference: Array = beside(weight, np.full((1, 1, 1), conductance / scale, np.float32))
    if cells.reference is not None:
        reference = reference + cells.reference
    shared = technology.cell.shared_access
    if shared and cells.gain is not None:
        reference = reference * cells.gain
    if technology.read.coding != "amplitude" and cells.curvature is not None:
        own = own * (1 + cells.curvature)
        mean = np.float32(technology.read.curvature)
        reference = reference * (1 + (cells.curvature if shared else mean))
    if cells.is_connected is not None:
        own, reference = own * cells.is_connected, reference * cells.is_connected
    reference = np.broadcast_to(reference, (reference.shape[0], *weight.shape[1:]))
    by_plane = (weight.shape[0], planes(technology.cell), -1, weight.shape[2])
    return Network(
        np.maximum(own, 0).reshape(by_plane),
        None if technology.cell.is_pair else np.maximum(reference, 0)[:, None],
        wires,
        scale,
        technology.cell,
        is_reverse,
    )

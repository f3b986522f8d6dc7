"""What reading takes: heat in the cells, conversions, time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.manufacture import CellParameters
from devices.pairs import add
from devices.reading.conductance import conductance_scale
from devices.technology import Technology

__all__ = ["Effort", "Heated", "heat_of_lines", "heated", "joules_of", "read_energy"]

Array = npt.NDArray[np.float32]
Totals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Effort:
    """What a batch took of one tile.

    Attributes:
        inputs, outputs: lines of the tile.
        heat: `[device or 1, input]`, sum of v^2 t over the batch, v at full scale 1, t in read
            durations.
        readings: `[device or 1, sample]`, how often each vector was read.
    """

    inputs: slice
    outputs: slice
    heat: Totals
    readings: npt.NDArray[np.int64]


def heat_of_lines(efforts: Sequence[Effort]) -> Totals:
    """Return the heat of each driven line of an array, `[device or 1, input]`.

    A line is driven once in each strip of tiles that it crosses; bound management may drive it
    more often in one than in another: the mean of all counts.
    """
    strips: dict[int, list[Totals]] = {}
    for effort in efforts:
        strips.setdefault(effort.inputs.start, []).append(effort.heat)
    means = [sum(heats[1:], start=heats[0]) / len(heats) for _, heats in sorted(strips.items())]
    devices = max(mean.shape[0] for mean in means)
    wide = [np.broadcast_to(mean, (devices, mean.shape[1])) for mean in means]
    return np.concatenate(wide, axis=1)


@dataclass(frozen=True)
class Heated:
    """The conductances between the lines, as driven.

    Attributes:
        weight: `[device, input, output]`, sum of the weights of the cells of each place.
        zeros: of the same shape, how many conductances G(0) stand there besides: that of each
            cell and that of its reference; or one number for all.
        weighted: `[device]`, the sum of heat times weight, where it is known already.
    """

    weight: Array
    zeros: Array | int
    weighted: Totals | None = None

    def part(self, inputs: slice, outputs: slice) -> Self:
        """Return the conductances of one tile."""
        if self.weighted is not None:  # of a whole array
            return self
        here = (slice(None), inputs, outputs)
        zeros = self.zeros if isinstance(self.zeros, int) else self.zeros[here]
        return type(self)(self.weight[here], zeros)


def heated(
    technology: Technology, weight: Array, cells: CellParameters, *, is_reverse: bool
) -> Heated:
    """Return what heats when lines are driven; cells of open lines stay cold.

    A single cell has a reference of conductance G(0) beside it, the cells of a pair have none:
    in both, two conductances of G(0) and the weights add up to what a place conducts.

    Args:
        technology: circuit of the cell.
        weight: `[device, row, column]` of physical cells.
        cells: connections.
        is_reverse: whether columns are driven and rows sensed; the result is then transposed.
    """
    cell = technology.cell
    zeros: Array | int = 2
    if cells.is_connected is not None:
        weight = weight * cells.is_connected
        ones = cells.is_connected.astype(np.float32)
        zeros = add(cell, ones) if cell.is_pair else 2 * ones
    weight = add(cell, weight)
    if is_reverse:
        weight = weight.swapaxes(1, 2)
        zeros = zeros if isinstance(zeros, int) else zeros.swapaxes(1, 2)
    return Heated(weight, zeros)


def read_energy(technology: Technology, voltage: Array, weight: Array) -> Totals:
    """Return the joules of reading once, `[device]`: sum of V^2 G t over cells and references.

    At full scale V is the read voltage. References count at G(0), as if they did not drift,
    cells at their ohmic conductance, and drops along the wires are left out.

    Args:
        technology: conductances, read voltage and duration.
        voltage: `[device or 1, sample, input]` at full scale 1.
        weight: `[device, input, output]`, of the physical cells.
    """
    squares = np.square(voltage, dtype=np.float64).sum(axis=1)
    return joules_of(technology, squares, Heated(weight, 1 if technology.cell.is_pair else 2))


def joules_of(technology: Technology, heat: Totals, heated: Heated) -> Totals:
    """Return the joules of some heat, `[device]`; see `read_energy`.

    Args:
        technology: conductances, read voltage and duration.
        heat: `[device or 1, input]`, as in `Effort`.
        heated: conductances, as driven.
    """
    scale, reference = conductance_scale(technology)
    weight, zeros = heated.weight, heated.zeros
    count = (
        zeros * weight.shape[2] if isinstance(zeros, int) else zeros.sum(axis=2, dtype=np.float64)
    )
    weighted = heated.weighted
    if weighted is None:
        weighted = (heat * weight.sum(axis=2, dtype=np.float64)).sum(axis=1)
    conductance = reference * (heat * count).sum(axis=1) + scale * weighted
    joules: Totals = technology.read.voltage**2 * technology.read.duration * conductance
    return joules

"""What reading takes: heat in the cells, conversions, time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices.reading.conductance import conductance_scale
from devices.technology import Technology

__all__ = ["Effort", "joules_of", "read_energy"]

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


def read_energy(technology: Technology, voltage: Array, weight: Array) -> Totals:
    """Return the joules of reading once, `[device]`: sum of V^2 G t over cells and references.

    At full scale V is the read voltage. References count at G(0), as if they did not drift, and
    cells at their ohmic conductance.

    Args:
        technology: conductances, read voltage and duration.
        voltage: `[device or 1, sample, input]` at full scale 1.
        weight: `[device, input, output]`, of the cells.
    """
    return joules_of(technology, np.square(voltage, dtype=np.float64).sum(axis=1), weight)


def joules_of(
    technology: Technology,
    heat: Totals,
    weight: Array,
    is_connected: npt.NDArray[np.bool_] | None = None,
) -> Totals:
    """Return the joules of some heat, `[device]`; see `read_energy`.

    Args:
        technology: conductances, read voltage and duration.
        heat: `[device or 1, input]`, as in `Effort`.
        weight: `[device, input, output]`, of the cells.
        is_connected: of the same shape; cells of open lines stay cold. None: all are connected.
    """
    scale, reference = conductance_scale(technology)
    if is_connected is None:
        sums, count = weight.sum(axis=2, dtype=np.float64), np.float64(weight.shape[2])
    else:
        sums = (weight * is_connected).sum(axis=2, dtype=np.float64)
        count = is_connected.sum(axis=2, dtype=np.float64)
    row_conductance = 2 * reference * count + scale * sums
    read = technology.read
    joules: Totals = read.voltage**2 * read.duration * (heat * row_conductance).sum(axis=1)
    return joules

"""An array is read: voltages times conductances, summed as charge (`devices.technology.Read`)."""

import numpy as np
import numpy.typing as npt

from devices.identity import NORMALS_PER_BLOCK, Stream, normals_of
from devices.manufacture import LineErrors
from devices.periphery import input_scale, quantise
from devices.technology import Read, Technology

__all__ = ["conductance_scale", "read", "read_energy"]

Array = npt.NDArray[np.float32]


def read(
    x: Array,
    weight: Array,
    curved: Array | None,
    lines: LineErrors,
    declared: Read,
    noise: Stream,
    reads: npt.NDArray[np.int64],
) -> tuple[Array, Array]:
    """Return the outputs `[device, sample, output]` and the read voltages at full scale 1.

    Args:
        x: `[device or 1, sample, input]`.
        weight: `[device, input, output]`, as the cells conduct (gain included).
        curved: kappa times weight, of the same shape; None: ohmic cells.
        lines: gain and offset errors of the sensed lines.
        declared: the read path.
        noise: draws of the sensed lines.
        reads: `[device]`, number of the first read.
    """
    scale = input_scale(x, declared.noise_management)
    voltage = quantise(x / scale, declared.dac_bits, 1.0)
    current = voltage @ weight
    if curved is not None:
        current += voltage**3 @ curved
    current *= 1 + lines.gain[:, None, :]
    current += lines.offset[:, None, :]
    if declared.output_noise:
        current += np.float32(declared.output_noise) * _noise(noise, reads, *current.shape[1:])
    return scale * quantise(current, declared.adc_bits, declared.output_bound), voltage


def _noise(noise: Stream, reads: npt.NDArray[np.int64], batch: int, lines: int) -> Array:
    blocks = -(-lines // NORMALS_PER_BLOCK)
    events = reads[:, None, None] + np.arange(batch)[:, None]
    words = noise.blocks(np.arange(blocks)[None, None], events)
    return normals_of(words.reshape(reads.size, batch, -1))[:, :, :lines]


def conductance_scale(technology: Technology) -> tuple[float, float]:
    """Return siemens per unit of weight, and the reference conductance G(0) in siemens."""
    cell, response = technology.cell, technology.response
    w_max, w_min = getattr(response, "w_max", 1.0), getattr(response, "w_min", -1.0)
    scale = (cell.g_max - cell.g_min) / (w_max - w_min)
    return scale, cell.g_min - w_min * scale


def read_energy(technology: Technology, voltage: Array, weight: Array) -> npt.NDArray[np.float64]:
    """Return the joules of reading, `[device]`: sum of V^2 G t over cells and references.

    Args:
        technology: conductances, read voltage and duration.
        voltage: `[device or 1, sample, input]` at full scale 1.
        weight: `[device, input, output]`, of the cells.
    """
    scale, reference = conductance_scale(technology)
    row_conductance = 2 * reference * weight.shape[2] + scale * weight.sum(axis=2, dtype=np.float64)
    row_squares = np.square(voltage, dtype=np.float64).sum(axis=1)
    read = technology.read
    joules: npt.NDArray[np.float64] = (
        read.voltage**2 * read.duration * (row_squares * row_conductance).sum(axis=1)
    )
    return joules

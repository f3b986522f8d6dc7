"""An array is read: voltages times conductances, summed as charge (`devices.technology.Read`)."""

import numpy as np
import numpy.typing as npt

from devices.identity import NORMALS_PER_BLOCK, WORDS_PER_BLOCK, Stream, normals_of
from devices.manufacture import CellParameters, LineErrors
from devices.periphery import input_scale, quantise
from devices.technology import Read, Technology

__all__ = ["conductance_scale", "conducting", "read", "read_energy"]

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
    of_lines = words.reshape(reads.size, batch, blocks * WORDS_PER_BLOCK)
    return normals_of(of_lines)[:, :, :lines]


def conductance_scale(technology: Technology) -> tuple[float, float]:
    """Return siemens per unit of weight, and the reference conductance G(0) in siemens."""
    cell, response = technology.cell, technology.response
    w_max, w_min = getattr(response, "w_max", 1.0), getattr(response, "w_min", -1.0)
    scale = (cell.g_max - cell.g_min) / (w_max - w_min)
    return scale, cell.g_min - w_min * scale


def read_energy(technology: Technology, voltage: Array, weight: Array) -> npt.NDArray[np.float64]:
    """Return the joules of reading, `[device]`: sum of V^2 G t over cells and references.

    At full scale V is the read voltage. References count at G(0), as if they did not drift, and
    cells at their ohmic conductance.

    Args:
        technology: conductances, read voltage and duration.
        voltage: `[device or 1, sample, input]` at full scale 1.
        weight: `[device, input, output]`, of the cells.
    """
    scale, reference = conductance_scale(technology)
    whole = (1 if technology.cell.is_pair else 2) * reference * weight.shape[2]
    row_conductance = whole + scale * weight.sum(axis=2, dtype=np.float64)
    row_squares = np.square(voltage, dtype=np.float64).sum(axis=1)
    read = technology.read
    joules: npt.NDArray[np.float64] = (
        read.voltage**2 * read.duration * (row_squares * row_conductance).sum(axis=1)
    )
    return joules

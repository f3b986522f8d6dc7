"""The way of a vector: drive the lines, let currents add up, sense their sums.

With one pass, one tile, and cells that do not fluctuate, these three are the whole read.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from devices.manufacture import LineErrors
from devices.periphery import compress, quantise
from devices.reading.cells import Conducting
from devices.reading.draws import Draws
from devices.technology import Read

__all__ = ["drive", "product", "sense"]

Array = npt.NDArray[np.float32]


def drive(x: Array, scale: Array, declared: Read) -> Array:
    """Return the converted inputs at full scale 1, `[device or 1, sample, input]`: DAC(x / s).

    Args:
        x: `[device or 1, sample, input]`.
        scale: s `[device or 1, sample, 1]` (`devices.periphery.input_scale`).
        declared: the read path.
    """
    return quantise(x / scale, declared.dac_bits, 1.0)


def product(voltage: Array, cells: Sequence[Conducting], declared: Read, draws: Draws) -> Array:
    """Return the summed currents `[device, sample, output]`, in units of weight at full scale.

        I_i = sum_j linear_ij v_j + cubic_ij v_j^3 + sigma_c sqrt(sum_j u_ij^2 v_j^2) xi

    Args:
        voltage: v `[device or 1, sample, input]`.
        cells: what conducts; each after the first for its own vectors only.
        declared: sigma_c, `noise.cells`.
        draws: xi.
    """
    current = _through(voltage, cells[0])
    for later in cells[1:]:
        assert later.vectors is not None
        current = np.where(later.vectors[:, :, None], _through(voltage, later), current)
    if declared.noise is not None and declared.noise.cells:
        variance = _variance(voltage, cells)
        current += np.float32(declared.noise.cells) * np.sqrt(variance) * draws.cells()
    return current


def sense(
    current: Array, lines: LineErrors, declared: Read, draws: Draws
) -> tuple[Array, npt.NDArray[np.bool_] | None]:
    """Return the converted outputs, and which vectors clip (None: nobody asks).

        a = (1 + e) I + o,  y = ADC(a / (1 + n |a|) + sigma xi)

    Args:
        current: I `[device, sample, output]`; used up.
        lines: e, o and n.
        declared: the read path; noises of output and converter add as variances.
        draws: xi.

    Returns:
        `[device, sample, output]` at full scale, and `[device, sample]`.
    """
    current *= 1 + lines.gain[:, None, :]
    current += lines.offset[:, None, :]
    if lines.nonlinearity is not None:
        current = compress(current, lines.nonlinearity[:, None, :])
    noise = declared.output_noise
    if declared.noise is not None and declared.noise.converter:
        noise = float(np.hypot(noise, declared.noise.converter * declared.output_bound))
    if noise:
        current += np.float32(noise) * draws.output()
    clips: npt.NDArray[np.bool_] | None = None
    if declared.bound_management and declared.adc_bits is not None:
        clips = np.any(np.abs(current) > declared.output_bound, axis=2)
    return quantise(current, declared.adc_bits, declared.output_bound), clips


def _through(voltage: Array, cells: Conducting) -> Array:
    wired = cells.network
    current: Array = voltage @ cells.linear if wired is None else wired.currents(voltage)
    if cells.cubic is not None:
        current += voltage**3 @ cells.cubic
    return current


def _variance(voltage: Array, cells: Sequence[Conducting]) -> Array:
    squares = np.square(voltage)
    assert cells[0].squares is not None
    variance: Array = squares @ cells[0].squares
    for later in cells[1:]:
        assert later.squares is not None
        assert later.vectors is not None
        variance = np.where(later.vectors[:, :, None], squares @ later.squares, variance)
    return variance

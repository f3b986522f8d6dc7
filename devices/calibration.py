"""Digital calibration of a read path, by what it answers to known inputs: a baseline.

Nothing here sees a weight. Offsets are what silent inputs read; how far gains have drifted is
told by reading the same vectors as right after programming. So calibration undoes offsets and
whatever scales a whole column or array alike, and leaves what differs from cell to cell. What it
spends is charged as the reads that it takes, and each corrected output as a digital operation.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices.arrays import to_host
from devices.crossbar import CrossbarArray
from devices.errors import UnsupportedVerb
from devices.periphery import input_scale
from devices.reading import Correction
from devices.signals import on_lines
from devices.tiling import grid_of

__all__ = ["Calibration", "calibrate", "compensate"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """What a calibration keeps digitally.

    Attributes:
        vectors: `[device or 1, sample, row]`, the reference inputs.
        response: `[device, line]`, sum |y| over them when it was made; lines of a second tile
            after those of the first.
    """

    vectors: Array
    response: npt.NDArray[np.float64]


def calibrate(array: CrossbarArray, vectors: npt.ArrayLike) -> Calibration:
    """Measure offsets and reference responses, right after programming.

        o_i = mean over silent inputs of y_i    (as many as reference vectors)
        y_i <- y_i - o_i                        where `read.calibration` is "per-column"

    with y_i each converted output of each tile, at full scale. Gains start from one.

    Args:
        array: read as it always is.
        vectors: `[sample, row]` or `[device, sample, row]`, at least one.

    Raises:
        UnsupportedVerb: the technology has no calibration.
        WrongShape: the vectors do not fit.
        WrongValue: the vectors hold NaN or infinity.
    """
    how, read = array.technology.read.calibration, array.technology.read
    if how == "none":
        raise UnsupportedVerb(f"{array.technology.name} has no calibration (read.calibration)")
    x = on_lines(vectors, array.rows, "row", array.serials.size, array._kernels.place)
    strips = len(grid_of(array.technology.tile, array.rows, array.columns).rows)
    offset = np.zeros((array.serials.size, strips * array.columns), np.float32)
    array._correction = None
    if how == "per-column":
        silent = np.zeros_like(x[:1])
        scale = float(input_scale(silent, read.noise_management, read.input_range)[0, 0, 0])
        offset = (_lines(array, silent).mean(axis=1) / scale).astype(np.float32)
    array._correction = _correction(array, np.ones_like(offset), offset)
    return Calibration(x, np.abs(_lines(array, x)).sum(axis=1))


def compensate(array: CrossbarArray, calibration: Calibration) -> None:
    """Bring the responses back to what they were: drift compensation (Joshi et al. 2020).

        global      a   = sum_i sum_s |y_i(t0)| / sum_i sum_s |y_i(t)|,   y_i <- a y_i
        per-column  a_i = sum_s |y_i(t0)| / sum_s |y_i(t)|,               y_i <- a_i y_i

    over the lines i and reference vectors s (doi:10.1038/s41467-020-16108-9, Methods, for the
    global factor). A line that answers nothing keeps its gain of one.

    Args:
        array: the calibrated array.
        calibration: what `calibrate` returned for it.

    Raises:
        UnsupportedVerb: the array has not been calibrated.
    """
    if array._correction is None:
        raise UnsupportedVerb("an array is calibrated before its drift is compensated")
    offset = to_host(array._correction.offset)
    array._correction = _correction(array, np.ones_like(offset), offset)
    before, now = calibration.response, np.abs(_lines(array, calibration.vectors)).sum(axis=1)
    if array.technology.read.calibration == "global":
        before = np.broadcast_to(before.sum(axis=1, keepdims=True), before.shape)
        now = np.broadcast_to(now.sum(axis=1, keepdims=True), now.shape)
    gain = np.divide(before, now, out=np.ones_like(before), where=(now > 0) & (before > 0))
    array._correction = _correction(array, gain.astype(np.float32), offset)


def _lines(array: CrossbarArray, x: Array) -> npt.NDArray[np.float64]:
    """Return what each line of each tile reads, `[device, sample, line]`."""
    strips = array._sense_columns(x)
    tiles = [np.concatenate(tile, axis=2) for tile in zip(*strips, strict=True)]
    read: npt.NDArray[np.float64] = to_host(np.concatenate(tiles, axis=2)).astype(np.float64)
    return read


def _correction(array: CrossbarArray, gain: Array, offset: Array) -> Correction:
    return Correction(array._kernels.place(gain), array._kernels.place(offset))

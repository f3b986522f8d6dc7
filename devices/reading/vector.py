"""One vector through one tile: its passes, and reading it again where an output clips."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from devices.arrays import to_host
from devices.manufacture import LineErrors
from devices.periphery import input_scale
from devices.reading.cells import Conducting
from devices.reading.coding import passes, slots_of
from devices.reading.correction import Correction
from devices.reading.draws import Draws
from devices.reading.effort import Effort
from devices.reading.path import drive, product, sense
from devices.technology import Read

__all__ = ["read_tile"]

Array = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.bool_]
Totals = npt.NDArray[np.float64]


def read_tile(
    x: Array,
    cells: Sequence[Conducting],
    lines: LineErrors,
    declared: Read,
    draws: Draws,
    correction: Correction | None = None,
) -> tuple[Array, Effort]:
    """Return the outputs of one tile, `[device, sample, output]`, and what they took.

    Bound management doubles the scale s of each vector of which an output clips, and reads it
    again, with draws of its own, until none clips or the limit is reached.

    Args:
        x: `[device or 1, sample, input]`.
        cells: what conducts.
        lines: errors of the sensed lines.
        declared: the read path.
        draws: of this tile.
        correction: of this tile; None: nothing is corrected.
    """
    scale = input_scale(x, declared.noise_management, declared.input_range)
    y, clips, heat = _read_once(x, scale, cells, lines, declared, draws, correction)
    y = scale * y
    readings = np.ones((1, x.shape[1]), np.int64)
    for again in range(1, declared.bound_management + 1):
        if clips is None or not clips.any():
            break
        scale = 2 * scale
        other, still, more = _read_once(
            x, scale, cells, lines, declared, draws.at(0, again), correction, clips
        )
        y = np.where(clips[:, :, None], scale * other, y)
        readings, heat = readings + to_host(clips), heat + more
        clips = clips & still if still is not None else None
    return y, Effort(draws.inputs, draws.outputs, heat, readings)


def _read_once(
    x: Array,
    scale: Array,
    cells: Sequence[Conducting],
    lines: LineErrors,
    declared: Read,
    draws: Draws,
    correction: Correction | None,
    only: Vectors | None = None,
) -> tuple[Array, Vectors | None, Totals]:
    """Return outputs at full scale, which vectors clip, and the heat of all or `only` some."""
    code = drive(x, scale, declared)
    total: Array | None = None
    clips: Vectors | None = None
    heat: Totals | float = 0.0
    for part, (voltage, worth) in enumerate(passes(code, declared)):
        here = draws.at(part, draws.again)
        if declared.noise is not None and declared.noise.input:
            voltage = voltage + np.float32(declared.noise.input) * here.input()
        y, is_clipped = sense(product(voltage, cells, declared, here), lines, declared, here)
        y = y if correction is None else correction.apply(y)
        y = y if worth == 1 else np.float32(worth) * y
        total = y if total is None else total + y
        clips = is_clipped if clips is None or is_clipped is None else clips | is_clipped
        heat = heat + _heat(voltage, declared, only)
    assert total is not None
    assert not isinstance(heat, float)
    return total, clips, heat


def _heat(voltage: Array, declared: Read, only: Vectors | None) -> Totals:
    if declared.coding == "pulse-width":
        each = slots_of(declared) * np.abs(voltage, dtype=np.float64)
    else:
        each = np.square(voltage, dtype=np.float64)
    if only is not None:
        each = each * only[:, :, None]
    heat: Totals = each.sum(axis=1)
    return heat

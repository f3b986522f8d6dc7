"""Net pulses reach the cells, in NumPy: the oracle of the kernels' `increment`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from devices import pairs
from devices.identity import WORDS_PER_BLOCK, Purpose, Stream
from devices.kernels.signature import Kernels
from devices.manufacture import CellParameters
from devices.state import CellState
from devices.technology import Technology
from devices.write_noise import Way, redraw
from devices.writing import BURST_SLOT, SLOTS_PER_SAMPLE, burst

__all__ = ["MOST_PULSES", "Sent", "physical_rows", "send"]

Array = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

MOST_PULSES = (1 << 24) - 1
"""Net pulses of a cell that kernels count at once: float32 has every whole number up to here."""

_ROUNDING_SLOT = 30
"""Slot number of the draw that rounds; the pulses' cycle-to-cycle noise takes the burst slot."""


@dataclass(frozen=True)
class Sent:
    """What net pulses took.

    Attributes:
        slots: `[device, len(at)]`, the most pulses of a weight of each row that is written.
        total: `[device]`, pulses of all weights; a differential pair receives each twice.
        counts: `[device, len(at), column]`, pulses of each weight; None where nothing asks.
    """

    slots: npt.NDArray[np.float64]
    total: npt.NDArray[np.float64]
    counts: Array | None


def send(
    kernels: Kernels,
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    delta: Array,
    at: Positions,
    step: float,
    stream: Callable[[Purpose], Stream],
    samples: npt.NDArray[np.int64],
    *,
    is_random: bool,
    is_asked: bool,
) -> Sent:
    """Write net pulses to some rows of weights; equations: `devices.increment`.

    Args:
        kernels: backend.
        technology: declaration.
        cells: parameters.
        state: changed in place.
        delta: `[device, len(at), column]`, differences of weight.
        at: `[row]`, rows of weights.
        step: what one pulse moves a weight by.
        stream: the draws of a purpose.
        samples: `[device]`, number of this write among the samples.
        is_random: whether pulses are rounded up at random; else to the nearest number.
        is_asked: whether the pulses of each weight are returned.
    """
    ratio = np.abs(delta, dtype=np.float64) / step
    noise = stream(Purpose.INCREMENT)
    part: Any = _uniforms(noise, samples, at, delta.shape[2]) if is_random else 0.5
    counts: Array = np.floor(ratio + part).astype(np.float32)
    up = np.where(delta > 0, counts, np.float32(0))
    up, down = pairs.send(technology.cell, up, counts - up)
    places = physical_rows(technology, state, at)
    everyone = np.arange(delta.shape[0])
    events = samples * SLOTS_PER_SAMPLE + BURST_SLOT
    burst(kernels, technology, cells, state, up, down, noise, events, everyone, places)
    redraw(
        technology, cells, state, up + down > 0, stream(Purpose.WRITE_NOISE), samples,
        Way.UPDATE, places,
    )  # fmt: skip
    slots = counts.max(axis=2) if at.size else counts.sum(axis=2)
    total = counts.sum(axis=(1, 2), dtype=np.float64)
    return Sent(slots.astype(np.float64), total, counts if is_asked else None)


def physical_rows(technology: Technology, state: CellState, at: Positions) -> Positions:
    """Return the rows of cells that stand for rows of weights: those of the plus plane first."""
    planes = pairs.planes(technology.cell)
    rows = state.weight.shape[1] // planes
    return np.concatenate([at + plane * rows for plane in range(planes)])


def _uniforms(noise: Stream, samples: Positions, at: Positions, columns: int) -> Any:
    """Return one uniform a weight, `[device, len(at), column]`, numbered by the weight."""
    blocks = -(-columns // WORDS_PER_BLOCK)
    places = (at[:, None] * blocks + np.arange(blocks))[None]
    events = (samples * SLOTS_PER_SAMPLE + _ROUNDING_SLOT)[:, None, None]
    words = noise.blocks(places, events)
    words = words.reshape(samples.size, at.size, blocks * WORDS_PER_BLOCK)
    return (words[:, :, :columns] + 0.5) / 2**32

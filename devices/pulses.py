"""Signals become pulse trains, and trains that meet become pulses (`devices.technology.Write`).

Gokmen and Vlasov 2016, doi:10.3389/fnins.2016.00333. A line's chance to fire in a slot is rounded
to 16 bits (below 8e-6 it never fires); slot s of sample n on line i is 16-bit half s % 8 of the
words drawn at place 4 i + s // 8, event n, so trains do not depend on how samples are batched.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices.identity import Stream
from devices.technology import Write

__all__ = ["Trains", "coincidences", "drive", "fire"]

Array = npt.NDArray[np.float32]

_SLOTS_PER_BLOCK = 8
_LEVELS = 65536


@dataclass(frozen=True)
class Trains:
    """How hard each line is driven.

    Attributes:
        rows: `[device, sample, row]`, chance to fire in a slot, signed like the signal.
        columns: `[device, sample, column]`, likewise.
        lengths: `[device, sample]`, slots of each sample.
    """

    rows: Array
    columns: Array
    lengths: npt.NDArray[np.int64]


def drive(x: Array, d: Array, rate: float, step: float, write: Write) -> Trains:
    """Return the trains whose coincidences change the weight by rate * x (x) d on average.

        BL = min(BL_max, ceil(rate max|x| max|d| / D))      (dynamic length; else BL_max)
        A = B = sqrt(rate / (D BL)), balanced by sqrt(max|d| / max|x|) on rows and its inverse
                                     on columns, under management or a dynamic length

    Args:
        x: `[device, sample, row]`.
        d: `[device, sample, column]`.
        rate: learning rate.
        step: D, mean weight change of one pulse.
        write: train length and managements.
    """
    x_max = np.abs(x).max(axis=2, initial=0.0).astype(np.float64)
    d_max = np.abs(d).max(axis=2, initial=0.0).astype(np.float64)
    wanted = rate * x_max * d_max / step
    lengths = np.full(wanted.shape, write.train_length, np.int64)
    if write.dynamic_length:
        lengths = np.minimum(np.ceil(wanted), write.train_length).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.sqrt(rate / (step * np.maximum(lengths, 1)))
        # A dynamic length makes the loudest cell fire in nearly every slot: unbalanced, the
        # louder of its two lines would always saturate.
        is_balanced = write.update_management or write.dynamic_length
        balance = np.sqrt(d_max / x_max) if is_balanced else np.ones_like(gain)
        silent = wanted <= 0
        row_gain = np.where(silent, 0.0, gain * balance)
        column_gain = np.where(silent, 0.0, gain / balance)
    rows = np.clip(x * row_gain[..., None], -1, 1).astype(np.float32)
    columns = np.clip(d * column_gain[..., None], -1, 1).astype(np.float32)
    return Trains(rows, columns, lengths)


def fire(
    chances: Array, lengths: npt.NDArray[np.int64], stream: Stream, samples: npt.NDArray[np.int64]
) -> Array:
    """Return which slots fire, signed, `[device, line, sample, slot]` of -1, 0 and 1.

    Args:
        chances: `[device, sample, line]`, signed.
        lengths: `[device, sample]`, slots in use.
        stream: draws of the lines.
        samples: `[device]`, number of the first sample.
    """
    devices, batch, lines = chances.shape
    slots = max(int(lengths.max(initial=0)), 1)
    fired = np.zeros((devices, lines, batch, slots), np.float32)
    device, sample, line = np.nonzero(chances)
    chance = chances[device, sample, line]
    threshold = np.rint(np.abs(chance.astype(np.float64)) * _LEVELS).astype(np.uint32)
    events = (samples[device] + sample).astype(np.uint64)
    for first in range(0, slots, _SLOTS_PER_BLOCK):
        here = slice(first, min(first + _SLOTS_PER_BLOCK, slots))
        place = (4 * line + first // _SLOTS_PER_BLOCK).astype(np.uint64)
        halves = _halves(stream.at(place, events, device))[:, : here.stop - first]
        is_on = (halves < threshold[:, None]) & (
            np.arange(here.start, here.stop) < lengths[device, sample][:, None]
        )
        fired[device, line, sample, here] = np.where(is_on, np.sign(chance)[:, None], 0)
    return fired


def coincidences(rows: Array, columns: Array) -> tuple[Array, Array]:
    """Return the numbers of up and of down pulses of every cell, `[device, row, column]` each.

    A slot in which row and column fire is one pulse of the sign of their product. Sums of
    whole numbers below 2^24 are exact in float32, in any order.

    Args:
        rows: `[device, row, sample, slot]` of -1, 0 and 1.
        columns: `[device, column, sample, slot]` likewise.
    """
    devices = rows.shape[0]
    flat_rows = rows.reshape(devices, rows.shape[1], -1)
    flat_columns = columns.reshape(devices, columns.shape[1], -1).swapaxes(1, 2)
    net = flat_rows @ flat_columns
    if (flat_rows < 0).any() or (flat_columns < 0).any():
        gross = np.abs(flat_rows) @ np.abs(flat_columns)
        return (gross + net) / 2, (gross - net) / 2
    return net, np.zeros_like(net)


def _halves(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Return the 16-bit halves of words, low half first, `[draw, 8]`."""
    pairs = np.stack([words & np.uint32(0xFFFF), words >> np.uint32(16)], axis=-1)
    return pairs.reshape(words.shape[0], _SLOTS_PER_BLOCK)

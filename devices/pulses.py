"""Signals become pulse trains, and trains that meet become pulses (`devices.technology.Write`).

Gokmen and Vlasov 2016, doi:10.3389/fnins.2016.00333. A line's chance to fire in a slot is rounded
to 16 bits (below 8e-6 it never fires); slot s of sample n on line i is 16-bit half s % 8 of the
words drawn at place 4 i + s // 8, event n, so trains do not depend on how samples are batched.

A train is one word: slots in bits 0 to 30, the sign of its signal in bit 31.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices.identity import Stream
from devices.technology import Write

__all__ = ["FIRED", "Drive", "coincidences", "drive", "fire", "fired_slots", "slots"]

Array = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]

FIRED = np.uint32(0x7FFFFFFF)
"""The slots of a train."""

_SIGN = np.uint32(0x80000000)
_SLOTS_PER_BLOCK = 8
_LEVELS = np.float32(65536)


@dataclass(frozen=True)
class Drive:
    """How hard lines are driven.

    Attributes:
        rows: `[device, sample]`, chance to fire in a slot, in 65536 parts, per unit of signal.
        columns: `[device, sample]`, likewise.
        lengths: `[device, sample]`, slots of each sample.
    """

    rows: Array
    columns: Array
    lengths: npt.NDArray[np.int64]


def drive(x: Array, d: Array, rate: float, step: float, write: Write) -> Drive:
    """Return the gains whose coincidences change the weight by rate * x (x) d on average.

        BL = min(BL_max, ceil(rate max|x| max|d| / D))      (dynamic length; else BL_max)
        A = B = sqrt(rate / (D BL)), balanced by sqrt(max|d| / max|x|) on rows and its inverse
                                     on columns, under management or a dynamic length

    Args:
        x: `[device or 1, sample, row]`.
        d: `[device or 1, sample, column]`.
        rate: learning rate.
        step: D, mean weight change of one pulse.
        write: train length and managements.
    """
    x_max, d_max = (_largest(signals).astype(np.float64) for signals in (x, d))
    wanted = rate * x_max * d_max / step
    lengths = np.full_like(wanted, write.train_length, np.int64)
    if write.dynamic_length:
        lengths = np.minimum(np.ceil(wanted), write.train_length).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = float(_LEVELS) * np.sqrt(rate / (step * np.maximum(lengths, 1)))
        # A dynamic length makes the loudest cell fire in nearly every slot: unbalanced, the
        # louder of its two lines would always saturate.
        is_balanced = write.update_management or write.dynamic_length
        balance = np.sqrt(d_max / x_max) if is_balanced else np.ones_like(gain)
        silent = wanted <= 0
        rows = np.where(silent, 0.0, gain * balance)
        columns = np.where(silent, 0.0, gain / balance)
    return Drive(rows.astype(np.float32), columns.astype(np.float32), lengths)


def fire(
    values: Array,
    gains: Array,
    lengths: npt.NDArray[np.int64],
    stream: Stream,
    samples: npt.NDArray[np.int64],
) -> Words:
    """Return the trains of lines, `[device, sample, line]`.

    Args:
        values: `[device or 1, sample, line]`, signals.
        gains: `[device, sample]`, as `Drive` has them.
        lengths: `[device, sample]`, slots in use.
        stream: draws of the lines.
        samples: `[device]`, number of the first sample.
    """
    chances = np.minimum(np.abs(values) * gains[:, :, None], _LEVELS)
    threshold = np.rint(chances).astype(np.uint32)
    device, sample, line = np.nonzero(threshold)
    level, length = threshold[device, sample, line], lengths[device, sample]
    events = (samples[device] + sample).astype(np.uint64)
    found = np.zeros(device.size, np.uint32)
    for first in range(0, int(lengths.max(initial=0)), _SLOTS_PER_BLOCK):
        place = (4 * line + first // _SLOTS_PER_BLOCK).astype(np.uint64)
        halves = _halves(stream.at(place, events, device))
        for slot in range(first, min(first + _SLOTS_PER_BLOCK, 31)):
            is_on = (halves[:, slot - first] < level) & (slot < length)
            found |= is_on.astype(np.uint32) << np.uint32(slot)
    words = np.zeros(threshold.shape, np.uint32)
    signs = np.broadcast_to(np.signbit(values), threshold.shape)[device, sample, line]
    words[device, sample, line] = np.where(signs & (found != 0), found | _SIGN, found)
    return words


def slots(words: Words) -> Array:
    """Return trains slot by slot, `[device, line, sample, slot]` of -1, 0 and 1."""
    bits = (words[..., None] >> np.arange(31, dtype=np.uint32)) & np.uint32(1)
    signed = np.where(words[..., None] & _SIGN, -bits.astype(np.float32), bits)
    return np.ascontiguousarray(signed.swapaxes(1, 2), np.float32)


def fired_slots(words: Words) -> npt.NDArray[np.float64]:
    """Return how many slots each line fired in over a batch, `[device, line]`."""
    # Small numbers are summed several times faster than float64.
    enough = np.uint16 if 31 * words.shape[1] <= np.iinfo(np.uint16).max else np.uint32
    counts: npt.NDArray[np.float64] = (
        np.bitwise_count(words & FIRED).sum(axis=1, dtype=enough).astype(np.float64)
    )
    return counts


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


def _largest(signals: Array) -> Array:
    """Return max |x| over lines, `[device, sample]`; without signs, bits are in numbers' order."""
    largest: Array = (signals.view(np.uint32) & FIRED).max(axis=2).view(np.float32)
    return largest


def _halves(words: Words) -> Words:
    """Return the 16-bit halves of words, low half first, `[draw, 8]`."""
    pairs = np.stack([words & np.uint32(0xFFFF), words >> np.uint32(16)], axis=-1)
    return pairs.reshape(words.shape[0], _SLOTS_PER_BLOCK)

"""False data for Forward-Forward without labels: two inputs mixed by a mask with large blobs."""

import math

import numpy as np
import numpy.typing as npt

from devices.arrays import beside
from devices.identity import Stream

__all__ = ["blur_operations", "masks", "mixed", "picture_shape"]

Array = npt.NDArray[np.float32]

_MULTIPLICATIONS = 3
"""Of the filter [1/4, 1/2, 1/4], a number."""


def picture_shape(features: int) -> tuple[int, int]:
    """Return rows and columns of a square picture, or one row if the number is no square."""
    side = math.isqrt(features)
    return (side, side) if side * side == features else (1, features)


def blur_operations(features: int, times: int) -> int:
    """Return the multiply-accumulates of one mask."""
    directions = sum(length > 1 for length in picture_shape(features))
    return _MULTIPLICATIONS * features * directions * times


def masks(stream: Stream, events: npt.NDArray[np.int64], features: int, times: int) -> Array:
    """Return masks of zeros and ones, `[device, sample, feature]`.

    Random bits (place: block of 128 features) blurred `times` times with [1/4, 1/2, 1/4] along
    the rows and the columns of the picture, each edge beside a copy of itself, and cut at 1/2.

    Args:
        stream: of draws.
        events: `[device, sample]`, whose masks these are.
        features: length of an input.
        times: that a mask is blurred.
    """
    words = stream.blocks(np.arange(-(-features // 128))[None, None], events[..., None])
    words = words.reshape(*events.shape, -1, 1)
    bits = words >> beside(words, np.arange(32, dtype=np.uint32)) & np.uint32(1)
    shade = bits.reshape(*events.shape, -1)[..., :features].astype(np.float32)
    shade = shade.reshape(*events.shape, *picture_shape(features))
    for _ in range(times):
        for axis in (-2, -1):
            if shade.shape[axis] > 1:
                shade = _blurred(shade, axis)
    mask: Array = (shade > np.float32(0.5)).reshape(*events.shape, features).astype(np.float32)
    return mask


def mixed(inputs: Array, shift: npt.NDArray[np.integer], mask: Array) -> Array:
    """Return each input where its mask is 1, and where it is 0 its partner's, as many on.

    Args:
        inputs: `[device, sample, feature]`.
        shift: `[device]`, places from a sample to its partner, round the batch.
        mask: `[device, sample, feature]`.
    """
    devices, batch, _ = inputs.shape
    partner = (beside(shift, np.arange(batch)) + shift[:, None]) % batch
    other = inputs[beside(shift, np.arange(devices))[:, None], partner]
    return np.where(mask > 0, inputs, other)


def _blurred(shade: Array, axis: int) -> Array:
    """Return shade filtered by [1/4, 1/2, 1/4] along an axis."""
    lines = np.moveaxis(shade, axis, -1)
    before = np.concatenate([lines[..., :1], lines[..., :-1]], axis=-1)
    after = np.concatenate([lines[..., 1:], lines[..., -1:]], axis=-1)
    soft = np.float32(0.25) * (before + after) + np.float32(0.5) * lines
    return np.moveaxis(soft, -1, axis)

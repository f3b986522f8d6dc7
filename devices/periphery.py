"""The circuits around an array: converters and their managements (`devices.technology.Read`)."""

import numpy as np
import numpy.typing as npt

__all__ = ["compress", "input_scale", "quantise"]

Array = npt.NDArray[np.float32]


def quantise(values: Array, bits: int | None, bound: float) -> Array:
    """Return values as a converter of `bits` bits and full scale `bound` passes them.

        q(v) = step round(clip(v, -b, b) / step),  step = 2 b / (2^n - 2)

    No bits: an exact converter, no rounding and no clipping.
    """
    if bits is None:
        return values
    step = np.float32(2 * bound / (2**bits - 2))
    clipped: Array = np.rint(np.clip(values, -bound, bound) / step) * step
    return clipped


def input_scale(x: Array, management: str, input_range: float = 1.0) -> Array:
    """Return the factor s of each input vector, `[..., 1]`.

    It is max|x| under management "abs-max", `input_range` under "constant", else 1.
    """
    if management != "abs-max":
        scale = input_range if management == "constant" else 1.0
        return np.full_like(x[..., :1], scale, np.float32)
    largest = np.abs(x).max(axis=-1, keepdims=True)
    return np.where(largest > 0, largest, np.float32(1))


def compress(values: Array, n: Array) -> Array:
    """Return what a saturating amplifier makes of values: a / (1 + n |a|), n not negative."""
    compressed: Array = values / (1 + n * np.abs(values))
    return compressed

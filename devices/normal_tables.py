"""The normals in NumPy, bit for bit as the compiled kernels compute them (kernels/source/random.h).

A word makes a pair by the transform of Box and Muller (1958, doi:10.1214/aoms/1177706645) on its
two 16-bit halves, by polynomials in float32 with fused multiply-add. Each half takes only 65536
values, so tables say all there is; a test holds every entry against the kernels.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["normals_of"]

Array = npt.NDArray[np.float32]

_LOG2 = (
    0.015125329, -0.18393932, 0.9780934, -2.9850175, 5.781434, -7.4941258, 7.133968, -3.2455375,
)  # fmt: skip
_COSINE = (2.3153932e-05, -0.0013853704, 0.041663583, -0.499999046, 0.99999994)
_SINE = (2.6052248e-06, -0.00019809075, 0.0083330506, -0.16666658, 1.0)
_TWICE_LN_2 = np.float32(1.3863019)
"""2 ln 2 and a few parts in a million more: the variance of the finite table is then one."""
_QUARTER_TURN = np.float32(9.58738e-5)
"""pi / 2 / 16384."""


def normals_of(words: npt.NDArray[np.uint32]) -> Array:
    """Return two standard normals a word, the last axis twice as long.

    Tails end at 4.86 standard deviations (probability 1.2e-6).
    """
    radius = _RADII[words >> np.uint32(16)]
    angle = words & np.uint32(0xFFFF)
    pairs = np.empty((*words.shape, 2), np.float32)
    np.multiply(radius, _COSINES[angle], out=pairs[..., 0])
    np.multiply(radius, _SINES[angle], out=pairs[..., 1])
    return pairs.reshape(*words.shape[:-1], 2 * words.shape[-1])


def _radii() -> Array:
    """Return sqrt(-2 ln((h + 1/2) / 65536)) of every upper half h."""
    h = np.arange(65536, dtype=np.float32) + np.float32(0.5)
    bits = h.view(np.uint32)
    exponent = (bits >> np.uint32(23)).astype(np.float32)
    mantissa = ((bits & np.uint32(0x007FFFFF)) | np.uint32(0x3F800000)).view(np.float32)
    bits_left = (np.float32(143) - exponent) - _polynomial(_LOG2, mantissa)
    radii: Array = np.sqrt(np.maximum(bits_left * _TWICE_LN_2, np.float32(0)))
    return radii


def _cosines_and_sines() -> tuple[Array, Array]:
    """Return cosine and sine of every lower half: two sign bits, fourteen of a quarter turn."""
    half = np.arange(65536, dtype=np.uint32)
    quarter = (half & np.uint32(0x3FFF)).astype(np.float32)
    angle = (quarter + np.float32(0.5)) * _QUARTER_TURN
    x = angle * angle
    cosine, sine = _polynomial(_COSINE, x), _polynomial(_SINE, x) * angle
    one = np.float32(1)
    return np.where(half & 0x8000, -one, one) * cosine, np.where(half & 0x4000, -one, one) * sine


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value = _fused(value, x, np.float32(coefficient))
    return value


def _fused(a: Array, b: Array, c: np.float32) -> Array:
    """Return a b + c rounded once to float32.

    The product is exact in float64; the sum is rounded to odd there, which makes the second
    rounding harmless (Boldo and Melquiond 2008, doi:10.1109/TC.2007.70819).
    """
    product, wide = a.astype(np.float64) * b.astype(np.float64), np.float64(c)
    total = product + wide
    carried = total - product
    error = (product - (total - carried)) + (wide - carried)
    bits = total.view(np.int64)
    is_away = (error > 0) == (total > 0)
    odd = np.where(is_away, bits + 1, bits - 1)
    return np.where((error != 0) & (bits % 2 == 0), odd, bits).view(np.float64).astype(np.float32)


_RADII = _radii()
_COSINES, _SINES = _cosines_and_sines()

"""The circuits between arrays that several rules share: activation, normalisation, labels.

All of it is digital or simple analog periphery: no weight is seen here.
"""

import numpy as np
import numpy.typing as npt

from devices.arrays import beside

__all__ = [
    "append_bias",
    "log_softmax",
    "one_hot",
    "rectify",
    "rms_normalise",
    "saturate",
    "sigmoid",
    "softmax",
    "winners",
]

Array = npt.NDArray[np.float32]

_SMALLEST_RMS = 1e-6


def rectify(a: Array) -> Array:
    """Return max(a, 0), the activation h of a line."""
    return np.maximum(a, np.float32(0))


def saturate(a: Array) -> Array:
    """Return tanh(a), the activation h of a line whose amplifier saturates."""
    return np.tanh(a)


def winners(h: Array, count: int) -> Array:
    """Return h where it is among the `count` largest of the last axis, else 0: winner-take-all.

    Lines level with the last winner win too.
    """
    last = np.sort(h, axis=-1)[..., -count, None]
    return np.where(h >= last, h, np.float32(0))


def rms_normalise(h: Array) -> Array:
    """Return h / rms(h) over the last axis, without subtracting the mean (Hinton 2022, 2.1).

    It removes the length of the activity vector, which the goodness of a layer has used up.
    """
    rms = np.sqrt(np.square(h).mean(axis=-1, keepdims=True))
    normalised: Array = h / np.maximum(rms, np.float32(_SMALLEST_RMS))
    return normalised


def append_bias(x: Array) -> Array:
    """Return x with one more line that is always at full scale, `[..., line + 1]`.

    Full scale is the largest signal of each vector, so the line survives input scaling.
    """
    largest = np.abs(x).max(axis=-1, keepdims=True)
    return np.concatenate([x, np.where(largest > 0, largest, np.float32(1))], axis=-1)


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)), without overflow."""
    half = np.float32(0.5)
    p: Array = half + half * np.tanh(half * z)
    return p


def softmax(z: Array) -> Array:
    """Return probabilities over the last axis."""
    return np.exp(log_softmax(z))


def log_softmax(z: Array) -> Array:
    """Return log-probabilities over the last axis."""
    shifted = z - z.max(axis=-1, keepdims=True)
    normalised: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised


def one_hot(labels: npt.NDArray[np.integer], classes: int) -> Array:
    """Return `[..., class]`, 1 at the label."""
    hot: Array = (labels[..., None] == beside(labels, np.arange(classes))).astype(np.float32)
    return hot

"""What to copy: a teacher's answers as the probabilities its student learns.

Soft targets (Hinton, Vinyals, Dean 2015, arXiv:1503.02531, equation 1):

    p_k = exp(z_k / T) / sum_j exp(z_j / T)

with T the softening (`softening`, no unit) and z the teacher's scores (`scaled`, no unit).

Differs from the source: z is not the raw logit but the log-probability centred over the classes
and brought to one scale per device. Raw answers of unlike devices differ in scale, and a student
taught at T answers T times flatter than its teacher; a fixed T applied to raw answers, generation
after generation, therefore flattens to chance. At one scale a perfect student teaches exactly
what it was taught.
"""

import numpy as np
import numpy.typing as npt

from distill.settings import check_positive

__all__ = [
    "REFERENCE_SCALE",
    "SMALLEST_SPREAD",
    "best_kept",
    "hard",
    "ranked",
    "soft",
    "soften",
    "to_one_scale",
]

REFERENCE_SCALE = 8.0
"""Root-mean-square of every device's scaled answers, no unit. Assumed: chosen so that a
softening of 4 gives z / T a root-mean-square of 2, soft enough to show the wrong classes."""

SMALLEST_SPREAD = 1e-6
"""Spread of a device's answers, as a share of the largest of them, below which they are constant.
Some ten times the rounding of float32; enlarging less would teach rounding errors."""

_Floats = npt.NDArray[np.floating]
_Float64 = npt.NDArray[np.float64]
_Float32 = npt.NDArray[np.float32]


def to_one_scale(log_probabilities: _Floats, like: _Floats | None = None) -> _Float64:
    """Bring answers `[device, sample, class]` to one scale per device, same shape.

    z = REFERENCE_SCALE * c / rms(c), with c the log-probabilities centred over the classes of
    each sample and the root-mean-square taken over that device's samples and classes, or over
    those of `like`, earlier answers of the same devices. A device whose answers are constant over
    the classes has no scale and gives zeros, never NaN.
    """
    # In one order of memory: means over samples follow it, to the last bit.
    answers = np.asarray(log_probabilities, dtype=np.float64, order="C")
    reference = answers if like is None else np.asarray(like, dtype=np.float64, order="C")
    # The largest answer is taken out first, so that squares of tiny or huge ones stay in range.
    largest = np.max(np.abs(reference), axis=(1, 2), keepdims=True)
    spread = np.sqrt(np.mean(_centred(reference, largest) ** 2, axis=(1, 2), keepdims=True))
    centred = _centred(answers, largest)
    scaled: _Float64 = np.divide(
        REFERENCE_SCALE * centred,
        spread,
        out=np.zeros_like(centred),
        where=spread > SMALLEST_SPREAD,
    )
    return scaled


def _centred(answers: _Float64, largest: _Float64) -> _Float64:
    unit = np.divide(answers, largest, out=np.zeros_like(answers), where=largest > 0)
    centred: _Float64 = unit - unit.mean(axis=2, keepdims=True)
    return centred


def best_kept(scaled: _Floats, keep: int) -> _Float64:
    """Return `scaled` answers `[device, sample, class]` of which the `keep` largest are kept.

    The other classes share evenly what is left: scaled answers sum to zero over the classes, so
    the mean of those not sent follows from those sent and need not be sent itself. It is held at
    the least of the kept ones, where the channel has cut these off. Of equals the lowest class
    is kept.
    """
    given = np.asarray(scaled, dtype=np.float64)
    classes = given.shape[-1]
    if keep >= classes:
        return given.copy()
    best = np.argsort(-given, axis=-1, kind="stable")[..., :keep]
    kept = np.take_along_axis(given, best, axis=-1)
    left = -kept.sum(axis=-1, keepdims=True) / (classes - keep)
    whole = np.broadcast_to(np.minimum(left, kept.min(axis=-1, keepdims=True)), given.shape).copy()
    np.put_along_axis(whole, best, kept, axis=-1)
    return whole


def ranked(log_probabilities: _Floats, keep: int) -> _Float64:
    """Return scaled answers `[device, sample, class]` that tell the order of the best, no more.

    The `keep` best classes get the even steps keep, keep - 1, ... 1 and all others 0, brought to
    one scale: what a soft answer would be if nothing but the order were known. Of equals the
    lowest class is the better.
    """
    answers = np.asarray(log_probabilities)
    classes = answers.shape[-1]
    steps = np.maximum(keep - np.arange(classes), 0.0)
    even = to_one_scale(steps[np.newaxis, np.newaxis])[0, 0]
    order = np.argsort(-answers, axis=-1, kind="stable")
    scaled = np.empty(answers.shape)
    np.put_along_axis(scaled, order, np.broadcast_to(even, answers.shape), axis=-1)
    return scaled


def soften(scaled: _Floats, softening: float) -> _Float32:
    """Return softmax(scaled / softening) over the classes, `[device, sample, class]`.

    `scaled` is what `to_one_scale` gives, as it came through the channel. Raises SettingError
    unless `softening` is finite and above 0.
    """
    cooled = np.asarray(scaled, dtype=np.float64) / check_positive("softening", softening)
    weights = np.exp(cooled - cooled.max(axis=-1, keepdims=True))
    targets: _Float32 = (weights / weights.sum(axis=-1, keepdims=True)).astype(np.float32)
    return targets


def soft(log_probabilities: _Floats, softening: float = 4.0) -> _Float32:
    """Return soft targets `[device, sample, class]` of answers of that shape, channel apart.

    A device of constant answers gives uniform targets. Raises SettingError as `soften` does.
    """
    return soften(to_one_scale(log_probabilities), softening)


def hard(log_probabilities: _Floats) -> _Float32:
    """Return one-hot targets `[device, sample, class]` at the most likely class.

    The lowest of equally likely classes wins, so a constant answer is class 0.
    """
    answers = np.asarray(log_probabilities)
    classes = np.arange(answers.shape[-1])
    targets: _Float32 = (answers.argmax(axis=-1)[..., np.newaxis] == classes).astype(np.float32)
    return targets

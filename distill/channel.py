"""What passes from teacher to student, and what it costs in bits.

The quantiser sits between scaling and softening. The teacher's side brings its answers to one
scale, which makes one fixed range right for every device; numbers on that scale cross the
channel; the student's side softens them. Quantising the probabilities instead would spend the
levels on the top class and round the small ones, which are the lesson, to zero.
"""

import math
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.errors import SettingError
from distill.settings import check_whole, check_word
from distill.targets import REFERENCE_SCALE

__all__ = [
    "ANSWER_KINDS",
    "CHANNEL_RANGE",
    "KEPT_KINDS",
    "bits_per_answer",
    "bits_per_input",
    "check_bits",
    "check_keep",
    "half_step",
    "quantise",
]

ANSWER_KINDS = ("soft", "hard", "top-k", "ranking", "features")
"""What an answer may be: a number for every class, the name of one class, the numbers of the k
best classes, the order of the k best without numbers, or a number for every unit of a layer."""

KEPT_KINDS = ("top-k", "ranking")
"""Answers that keep the best k classes."""

CHANNEL_RANGE = 4 * REFERENCE_SCALE
"""Largest magnitude a scaled answer has in the channel, no unit; what lies beyond saturates.
Assumed: four times the root-mean-square. A confident answer among C classes reaches
sqrt(C - 1) times it, so up to 17 classes of even confidence pass whole."""


def check_bits(bits: SupportsIndex) -> int:
    """Return `bits` as an int; raises SettingError outside 1 to 16."""
    return check_whole("bits", bits, least=1, most=16)


def half_step(bits: SupportsIndex) -> float:
    """Return the largest error of `quantise` within the range: half the distance of two levels.

    half_step = CHANNEL_RANGE / (2^bits - 1), on the scale of `to_one_scale`. Raises SettingError
    for bits outside 1 to 16.
    """
    levels = 1 << check_bits(bits)
    return CHANNEL_RANGE / (levels - 1)


def quantise(scaled: npt.NDArray[np.floating], bits: SupportsIndex = 8) -> npt.NDArray[np.float64]:
    """Return `scaled` answers, of any shape, at the nearest of 2^bits even levels.

    The outermost levels are -CHANNEL_RANGE and +CHANNEL_RANGE; what lies beyond becomes them.
    Equal numbers stay equal, so an answer without preference stays without. Raises SettingError
    for bits outside 1 to 16.
    """
    step = 2 * half_step(bits)
    within = np.clip(np.asarray(scaled, dtype=np.float64), -CHANNEL_RANGE, CHANNEL_RANGE)
    levels: npt.NDArray[np.float64] = np.rint((within + CHANNEL_RANGE) / step)
    return levels * step - CHANNEL_RANGE


def bits_per_answer(
    answers: str,
    classes: SupportsIndex,
    bits: SupportsIndex = 8,
    keep: SupportsIndex | None = None,
) -> int:
    """Return what one answer of one teacher costs, in bits; its question is counted apart.

    With C classes (units, for features), b bits a number and k classes kept (`keep`):

        soft, features   C b                          a number for every class or unit
        hard             ceil(log2 C)                 the name of a class, whatever b is
        top-k            k (b + ceil(log2 C))         k numbers, each with its class's name
        ranking          ceil(log2(C! / (C - k)!))    one of all orders of k classes out of C

    Raises SettingError for an unknown kind of answers, fewer than two classes, bits outside 1 to
    16, or a keep outside 1 to C; a ranking keeps all classes unless told otherwise.
    """
    kind = check_word("answers", answers, ANSWER_KINDS)
    count = check_whole("classes", classes, least=2)
    width = check_bits(bits)
    if kind in KEPT_KINDS:
        kept = check_keep(kind, keep, count)
        if kind == "ranking":
            return _bits_to_name(math.perm(count, kept))
        return kept * (width + _bits_to_name(count))
    return _bits_to_name(count) if kind == "hard" else count * width


def check_keep(answers: str, keep: SupportsIndex | None, classes: int) -> int:
    """Return how many classes an answer of top-k or ranking keeps, out of `classes`.

    Raises SettingError for a keep outside 1 to the classes, and for top-k without one.
    """
    if keep is None:
        if answers == "ranking":
            return classes
        raise SettingError("answers 'top-k' keep the k best classes; give keep")
    kept = check_whole("keep", keep, least=1)
    if kept > classes:
        raise SettingError(f"keep is {kept}, the answers have {classes} classes")
    return kept


def _bits_to_name(things: int) -> int:
    # ceil(log2(things)) without rounding.
    return (things - 1).bit_length()


def bits_per_input(features: SupportsIndex, bits_per_feature: SupportsIndex = 8) -> int:
    """Return what one question costs, in bits: features * bits_per_feature.

    The number is declared, not enforced: inputs reach the teacher as they are. Raises
    SettingError for no features, or for bits_per_feature outside 1 to 64.
    """
    width = check_whole("bits_per_feature", bits_per_feature, least=1, most=64)
    return check_whole("features", features, least=1) * width

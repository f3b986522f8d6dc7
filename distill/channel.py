"""What passes from teacher to student, and what it costs in bits.

The quantiser sits between scaling and softening. The teacher's side brings its answers to one
scale, which makes one fixed range right for every device; numbers on that scale cross the
channel; the student's side softens them. Quantising the probabilities instead would spend the
levels on the top class and round the small ones, which are the lesson, to zero.
"""

from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.settings import check_whole, check_word
from distill.targets import REFERENCE_SCALE

__all__ = [
    "ANSWER_KINDS",
    "CHANNEL_RANGE",
    "bits_per_answer",
    "bits_per_input",
    "check_bits",
    "half_step",
    "quantise",
]

ANSWER_KINDS = ("soft", "hard")
"""What an answer may be: a number for every class, or the name of one class."""

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


def bits_per_answer(answers: str, classes: SupportsIndex, bits: SupportsIndex = 8) -> int:
    """Return what one answer of one teacher costs, in bits; its question is counted apart.

    A soft answer is a number of `bits` bits for every class: classes * bits. A hard answer is
    the name of a class, ceil(log2(classes)) bits, whatever `bits` says. Raises SettingError for
    an unknown kind of answers, fewer than two classes, or bits outside 1 to 16.
    """
    kind = check_word("answers", answers, ANSWER_KINDS)
    count = check_whole("classes", classes, least=2)
    width = check_bits(bits)
    # (count - 1).bit_length() is ceil(log2(count)) without rounding.
    return count * width if kind == "soft" else (count - 1).bit_length()


def bits_per_input(features: SupportsIndex, bits_per_feature: SupportsIndex = 8) -> int:
    """Return what one question costs, in bits: features * bits_per_feature.

    The number is declared, not enforced: inputs reach the teacher as they are. Raises
    SettingError for no features, or for bits_per_feature outside 1 to 64.
    """
    width = check_whole("bits_per_feature", bits_per_feature, least=1, most=64)
    return check_whole("features", features, least=1) * width

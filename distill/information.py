"""How much a label or an answer can tell, in bits."""

import math
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.errors import SettingError
from distill.settings import check_whole

__all__ = ["corrupted_label_bits", "entropy", "label_bits"]


def label_bits(classes: SupportsIndex) -> float:
    """Return log2(classes): the most bits a label can tell when all classes are equally likely.

    Raises SettingError for fewer than two classes.
    """
    return math.log2(check_whole("classes", classes, least=2))


def corrupted_label_bits(right: float, classes: SupportsIndex = 10) -> float:
    """Return the mutual information, in bits, between a corrupted label and the truth.

        I = log2 C - H,    H = -q log2 q - (1 - q) log2((1 - q) / (C - 1))

    with q the probability that a label is `right` and C the number of `classes`, equally likely;
    a wrong label is any of the other C - 1, equally likely (Guan, Gulshan, Dai, Hinton 2017,
    arXiv:1703.08774). Zero at q = 1/C; below it the information returns, since a label that is
    never right rules its class out. Drawing wrong labels from all C classes is another
    corruption, with more information at the same share of corrupted labels.

    Raises SettingError for q outside 0 to 1 or fewer than two classes.
    """
    count = check_whole("classes", classes, least=2)
    if not 0 <= right <= 1:
        raise SettingError(f"right is {right!r}, allowed is a probability from 0 to 1")
    wrong = np.full(count - 1, (1 - right) / (count - 1))
    left_open = float(entropy(np.append(wrong, right)))
    # Rounding can leave a label that tells nothing a hair below zero.
    return max(math.log2(count) - left_open, 0.0)


def entropy(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return -sum p log2 p over the last axis, in bits; a class of probability 0 adds nothing.

    Raises SettingError unless the last axis holds probabilities that sum to one.
    """
    given = np.asarray(probabilities, dtype=np.float64)
    if given.ndim == 0 or not (np.all(given >= 0) and np.allclose(given.sum(axis=-1), 1)):
        raise SettingError("probabilities must be at least 0 and sum to 1 over the last axis")
    logarithms = np.log2(given, out=np.zeros_like(given), where=given > 0)
    # 0.0 - x, since -x would call the entropy of a certain class -0.0.
    return np.asarray(0.0 - np.sum(given * logarithms, axis=-1))

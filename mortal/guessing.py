"""What is right without looking: guessing, and naming the largest class whatever is asked."""

import numpy as np
import numpy.typing as npt

__all__ = ["majority_of", "without_looking"]

_APART = 0.1
"""How far the largest class may lie above chance before it is told beside it."""


def majority_of(labels: npt.NDArray[np.int64]) -> float:
    """Return the share of the largest class in labels `[sample]`, at least one of them."""
    return float(np.bincount(labels).max() / labels.size)


def without_looking(chance: float, majority: float) -> str:
    """Return chance in words, with the share of the largest class where the classes are uneven.

    Args:
        chance: accuracy of guessing.
        majority: accuracy of naming the largest class; NaN where a log does not say.
    """
    largest = f" (largest class {majority:.3f})" if majority > chance + _APART else ""
    return f"chance {chance:.3f}{largest}"

"""Where numbers live: in the processor's memory, or on the GPU as CuPy arrays.

NumPy's functions follow their arguments (`np.where` of CuPy arrays is CuPy's), and CuPy never
mixes the two by itself: it raises TypeError. So only what crosses the border is said, with these.
CuPy is never imported here: where there are CuPy arrays, somebody else has.
"""

import sys
from typing import Any

import numpy as np

__all__ = ["beside", "to_host"]


def beside(array: Any, values: Any) -> Any:
    """Return values where `array` lives: unchanged, or copied to the GPU.

    Args:
        array: NumPy or CuPy.
        values: numbers in the processor's memory, or already there.
    """
    return sys.modules["cupy"].asarray(values) if _is_on_gpu(array) else values


def to_host(values: Any) -> Any:
    """Return numbers as NumPy has them; those on the GPU are waited for and copied."""
    return values.get() if _is_on_gpu(values) else np.asarray(values)


def _is_on_gpu(values: Any) -> bool:
    cupy = sys.modules.get("cupy")
    return cupy is not None and isinstance(values, cupy.ndarray)

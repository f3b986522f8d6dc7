"""Gradient descent that never climbs: momentum, and a step that grows until the cost would rise."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["descend"]

Array = npt.NDArray[np.float64]


def descend(
    cost_and_slope: Callable[[Array], tuple[float, Array]],
    start: Array,
    *,
    steps: int = 1000,
    momentum: float = 0.8,
) -> tuple[Array, float]:
    """Return the place that descent reaches, and its cost, never above that of the start.

    A step that would climb is taken back, its length halved and the momentum dropped; one that does
    not lengthens the next by a twentieth (R. Battiti's bold driver). It stops early where the step
    has become nothing.

    Args:
        cost_and_slope: of a place, its cost and the gradient, of the place's shape.
        start: where it begins.
        steps: at most.
        momentum: part of a step that goes on into the next.
    """
    place, speed, length = start.copy(), np.zeros_like(start), 1.0
    cost, slope = cost_and_slope(place)
    for _ in range(steps):
        speed = momentum * speed - length * slope
        ahead = place + speed
        found, next_slope = cost_and_slope(ahead)
        if found > cost or not np.isfinite(found):
            speed, length = np.zeros_like(start), length / 2
            if length < 1e-12:
                break
            continue
        place, cost, slope, length = ahead, found, next_slope, length * 1.05
    return place, cost

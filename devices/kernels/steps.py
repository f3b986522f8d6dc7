"""What one pulse of a response that is not affine does: f_up and f_down at a weight.

Formulas and symbols: `devices.technology.response`. All arrays are flat over cells, `[...]`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from devices.arrays import beside
from devices.technology import (
    ExponentialResponse,
    PiecewiseResponse,
    PowerResponse,
    StepwiseResponse,
)

__all__ = ["relative_steps"]

Wide = npt.NDArray[np.float64]


def relative_steps(
    w: Wide,
    w_max: Wide,
    w_min: Wide,
    response: StepwiseResponse,
    gamma_up: Wide | None = None,
    gamma_down: Wide | None = None,
) -> tuple[Wide, Wide]:
    """Return f_up and f_down, the steps of one pulse in units of each cell's own D_d.

    Args:
        w: weight, within the bounds.
        w_max: upper bound.
        w_min: lower bound.
        response: which formula, and its numbers.
        gamma_up: a cell's own exponents of an exponential or a power step; None: those of the
            response.
        gamma_down: likewise.
    """
    if isinstance(response, ExponentialResponse | PowerResponse):
        up = response.gamma_up if gamma_up is None else gamma_up
        down = response.gamma_down if gamma_down is None else gamma_down
    if isinstance(response, ExponentialResponse):
        return _exponential(w, w_max - w_min, response, up, down)
    if isinstance(response, PowerResponse):
        way = w_max - w_min
        steps: tuple[Wide, Wide] = ((w_max - w) / way) ** up, ((w - w_min) / way) ** down
        return steps
    assert isinstance(response, PiecewiseResponse)
    part = (w - w_min) / (w_max - w_min)
    return _between(part, response.table_up), _between(part, response.table_down)


def _exponential(
    w: Wide,
    window: Wide,
    response: ExponentialResponse,
    gamma_up: float | Wide,
    gamma_down: float | Wide,
) -> tuple[Wide, Wide]:
    z = 2 * response.a / window * w + response.b
    f_up = 1 - response.A_up * np.exp(gamma_up * z)
    f_down = 1 - response.A_down * np.exp(-gamma_down * z)
    return np.maximum(f_up, 0.0), np.maximum(f_down, 0.0)


def _between(part: Wide, table: Sequence[float]) -> Wide:
    """Return a table's value at `part` of its length, on the straight line between two nodes."""
    nodes, last = beside(part, np.array(table)), len(table) - 1
    left = np.minimum((part * last).astype(np.int64), last - 1)
    t = part * last - left
    value: Wide = (1 - t) * nodes[left] + t * nodes[left + 1]
    return value

"""How many pulses a nominal cell needs: what a circuit that writes without looking counts on."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from devices.arrays import beside
from devices.kernels import reference
from devices.kernels.signature import PulsedCells
from devices.manufacture import SMALLEST_BOUND
from devices.technology import (
    LinearResponse,
    PulsedResponse,
    SoftBoundsResponse,
    StepwiseResponse,
)

__all__ = ["pulses_up", "reset_pulses"]

Array = npt.NDArray[np.float32]

_RESET_WINDOWS = 6
"""An open-loop reset sends the pulses of this many windows: e^-6 of a soft window remains."""


def reset_pulses(response: PulsedResponse) -> int:
    """Return the pulses down that bring a nominal cell to its lower bound from anywhere."""
    return int(np.ceil(_RESET_WINDOWS * (response.w_max - response.w_min) / response.step))


def pulses_up(response: PulsedResponse, target: Array) -> Array:
    """Return the pulses up that bring a nominal cell from its lower bound to each target.

    Targets beyond the end take the first count that arrives there.

    Args:
        response: of the nominal cell; noise is left out.
        target: `[...]`, weights.
    """
    path = beside(target, _path_up(response))
    # Path and target are float32.
    count: Array = np.searchsorted(path, np.minimum(target, path[-1])).astype(np.float32)
    return count


@lru_cache(maxsize=64)
def _path_up(response: PulsedResponse) -> Array:
    """Return the weights of a nominal cell after 0, 1, 2, ... pulses up from its lower bound.

    A curve from a data sheet: it does not depend on the backend that moves the cells.
    """
    count = np.arange(reset_pulses(response) + 1, dtype=np.float32)

    def all_cells(value: float) -> Array:
        return np.full(count.shape, value, np.float32)

    slopes: tuple[Array | None, Array | None] = (None, None)
    lowest = max(-response.w_min, SMALLEST_BOUND)
    if isinstance(response, SoftBoundsResponse):
        slopes = all_cells(1 / response.w_max), all_cells(1 / lowest)
    elif isinstance(response, LinearResponse):
        up, down = response.gamma_up / response.w_max, response.gamma_down / lowest
        slopes = all_cells(up), all_cells(down)
    cells = PulsedCells(
        all_cells(response.step * (1 + response.asymmetry)),
        all_cells(response.step * (1 - response.asymmetry)),
        all_cells(response.w_max),
        all_cells(response.w_min),
        *slopes,
    )
    nothing, start = all_cells(0.0), all_cells(response.w_min)
    if isinstance(response, StepwiseResponse):
        path = reference.stepwise_burst(start, count, nothing, cells, nothing, response)
    else:
        path = reference.affine_burst(start, count, nothing, cells, nothing, 0.0, False)
    rising: Array = np.maximum.accumulate(path)
    return rising

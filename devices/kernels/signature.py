"""What every backend offers. Arrays are flat over cells; randomness comes in as an argument."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from devices.identity import Stream
from devices.technology import StepwiseResponse

__all__ = ["Kernels", "PulsedCells"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PulsedCells:
    """What a pulse needs to know of its cells, all of one shape; wear already applied.

    Attributes:
        step_up, step_down: |dw| of one pulse at w = 0.
        w_max, w_min: bounds.
        slope_up, slope_down: of affine steps f_up = 1 - slope_up w, f_down = 1 + slope_down w;
            None: constant. Of exponential and power steps the exponents; None: those of the
            response.
        noise: factor on the cycle-to-cycle noise of each cell; None: 1.
    """

    step_up: Array
    step_down: Array
    w_max: Array
    w_min: Array
    slope_up: Array | None
    slope_down: Array | None
    noise: Array | None = None


class Kernels(Protocol):
    """The physics of pulses.

    Attributes:
        fused: kernels that do the whole of a verb in one call, where the backend has them.
        cells_at_once: cells that NumPy's functions work on together.
    """

    fused: Any
    cells_at_once: int

    @property
    def place(self) -> Callable[..., Any]:
        """Return numbers where the backend computes: `place(values, dtype)`, as `np.asarray`."""
        ...

    @property
    def stream(self) -> Callable[..., Stream]:
        """Return draws made where the backend computes: `devices.identity.Stream`, or alike."""
        ...

    def affine_burst(
        self,
        weight: Array,
        up: Array,
        down: Array,
        cells: PulsedCells,
        noise: Array,
        cycle_noise: float,
        is_additive: bool,
    ) -> Array:
        """Return the weight after `up` and `down` pulses, in closed form."""
        ...

    def affine_carry(
        self,
        mean: npt.NDArray[np.float64],
        variance: npt.NDArray[np.float64],
        up: Array,
        down: Array,
        cells: PulsedCells,
        is_additive: bool,
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return mean and variance of the weight after one more sample, in closed form."""
        ...

    def stepwise_burst(
        self,
        weight: Array,
        up: Array,
        down: Array,
        cells: PulsedCells,
        noise: Array,
        response: StepwiseResponse,
    ) -> Array:
        """Return the weight after `up` and `down` pulses of a step that is not affine."""
        ...

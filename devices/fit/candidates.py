"""The responses that are held against a measurement, each with the numbers it leaves open.

A cell's weight is told on the scale of its own window: v = -1 at its lower, +1 at its upper bound.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from devices.kernels.steps import relative_steps
from devices.technology import (
    ConstantResponse,
    ExponentialResponse,
    LinearResponse,
    PiecewiseResponse,
    PowerResponse,
    PulsedResponse,
    SoftBoundsResponse,
    StepwiseResponse,
)

__all__ = ["KINDS", "SHAPES", "Data", "Shape", "Trial", "predict"]

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_MOST_STRIDES = 64
"""Pulses between two looks are taken in so many strides at most."""


@dataclass(frozen=True)
class Shape:
    """A response and the numbers it leaves open, beside the two steps.

    Attributes:
        response: its declaration.
        names: its open numbers.
        starts: where the search for them begins, one place or several.
        low, high: their limits.
        fixed: numbers that are chosen, because others make up for them.
        has_bounds: whether the bounds are open too (the step vanishes there); else they are where
            the ways were seen to end.
    """

    response: type[PulsedResponse]
    names: tuple[str, ...] = ()
    starts: tuple[tuple[float, ...], ...] = ((),)
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    fixed: tuple[tuple[str, float], ...] = ()
    has_bounds: bool = False

    def told(self, numbers: Numbers) -> dict[str, Any]:
        """Return the declaration's own numbers: of a table two halves, or one by one."""
        if self.response is PiecewiseResponse:
            up, down = np.split(numbers, 2)
            return {"table_up": tuple(up.tolist()), "table_down": tuple(down.tolist())}
        return dict(self.fixed) | dict(zip(self.names, numbers.tolist(), strict=True))

    def numbers_of(self, response: PulsedResponse) -> Numbers:
        """Return the open numbers of a declaration."""
        if isinstance(response, PiecewiseResponse):
            return np.array([*response.table_up, *response.table_down])
        return np.array([getattr(response, name) for name in self.names])


_GAMMAS = ("gamma_up", "gamma_down")
SHAPES = {
    "constant": Shape(ConstantResponse),
    "linear": Shape(LinearResponse, _GAMMAS, ((0.3, 0.3),), (0.0, 0.0), (1.0, 1.0)),
    "soft-bounds": Shape(SoftBoundsResponse, has_bounds=True),
    "exponential": Shape(
        ExponentialResponse,
        (*_GAMMAS, "A_up", "A_down"),
        starts=((1.0, 1.0, 0.3, 0.3), (-2.0, -2.0, -1.0, -1.0)),
        low=(-8.0, -8.0, -100.0, -100.0),
        high=(8.0, 8.0, 1.0, 1.0),
        fixed=(("a", 1.0), ("b", 0.0)),
    ),
    "power": Shape(PowerResponse, _GAMMAS, ((1.0, 1.0),), (0.0, 0.0), (5.0, 5.0), has_bounds=True),
    "piecewise": Shape(PiecewiseResponse),
}
KINDS = tuple(SHAPES)


@dataclass(frozen=True)
class Data:
    """Spans as they are fitted, each `[span]`.

    Attributes:
        start, end: weights as looked at.
        pulses: pulses between them.
        direction: +1 or -1.
        device: number of the device.
        w_max, w_min: the weights at which ways of the span's device were seen to end.
    """

    start: Numbers
    end: Numbers
    pulses: Whole
    direction: Whole
    device: Whole
    w_max: Numbers
    w_min: Numbers

    def of(self, device: int) -> "Data":
        """Return the spans of one device."""
        here = self.device == device
        return Data(*(getattr(self, name)[here] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Trial:
    """A response with all its numbers.

    Attributes:
        shape: which response.
        step_up, step_down: D_d, in weight, one number or one a span.
        numbers: those that the shape leaves open.
        w_max, w_min: bounds, where the shape leaves them open, likewise; None: as seen.
    """

    shape: Shape
    step_up: Any
    step_down: Any
    numbers: Numbers
    w_max: Any = None
    w_min: Any = None

    def bounds(self, data: Data) -> tuple[Numbers, Numbers]:
        """Return the bounds of each span's cell."""
        w_max = data.w_max if self.w_max is None else np.full_like(data.w_max, self.w_max)
        w_min = data.w_min if self.w_min is None else np.full_like(data.w_min, self.w_min)
        return w_max, w_min

    def steps(self, v: Numbers) -> tuple[Numbers, Numbers]:
        """Return D_up f_up and D_down f_down at v, on the scale of the cell's own window."""
        up, down = _factors(self.shape, v, self.numbers)
        return self.step_up * up, self.step_down * down


def predict(trial: Trial, data: Data) -> Numbers:
    """Return the weight at the end of each span, `[span]`, without noise.

    A look beyond a bound is in error: the way from there begins at the bound.
    """
    w_max, w_min = trial.bounds(data)
    middle, half = (w_max + w_min) / 2, (w_max - w_min) / 2
    w, is_up = np.clip(data.start, w_min, w_max), data.direction > 0
    strides = min(int(data.pulses.max(initial=0)), _MOST_STRIDES)
    for stride in range(strides):
        up, down = trial.steps(np.clip((w - middle) / half, -1, 1))
        # Spans of fewer pulses end early, those of more take several pulses in a stride.
        taken = np.clip(data.pulses - stride * _per_stride(data.pulses, strides), 0, None)
        count = np.minimum(taken, _per_stride(data.pulses, strides))
        w = np.clip(w + count * np.where(is_up, up, -down), w_min, w_max)
    return w


def _per_stride(pulses: Whole, strides: int) -> Numbers:
    return np.maximum(1.0, pulses / strides)


def _factors(shape: Shape, v: Numbers, numbers: Numbers) -> tuple[Numbers, Numbers]:
    if shape.response is ConstantResponse:
        return np.ones_like(v), np.ones_like(v)
    if shape.response is SoftBoundsResponse:
        return 1 - v, 1 + v
    if shape.response is LinearResponse:
        return 1 - numbers[0] * v, 1 + numbers[1] * v
    response = shape.response(step=1.0, **shape.told(numbers))
    assert isinstance(response, StepwiseResponse)
    return relative_steps(v, np.float64(1), np.float64(-1), response)  # type: ignore[arg-type]

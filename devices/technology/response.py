"""What one pulse does to a cell: the response of the material.

State is the normalised weight w of a cell between its own bounds w_min <= 0 < w_max. A pulse up
(direction d = +1) or down (d = -1) moves it by a step that may depend on w, with cycle-to-cycle
noise xi ~ N(0, 1) drawn afresh; the result is clipped to the bounds:

    w += d D_d f_d(w) (1 + sigma xi)          noise "multiplicative"
    w += d D_d (f_d(w) + sigma xi)            noise "additive"

    constant      f = 1
    linear        f_up = 1 - gamma_up w / w_max,  f_down = 1 - gamma_down w / w_min
    soft bounds   the linear step with gamma = 1 at each cell's own bounds
    exponential   f_d = max(0, 1 - A_d exp(d gamma_d z)),  z = 2 a w / (w_max - w_min) + b
    power         f_up = omega^gamma_up,  f_down = (1 - omega)^gamma_down,
                  omega = (w_max - w) / (w_max - w_min)
    piecewise     f_d interpolated over a table at equidistant weights from w_min to w_max

The first three are affine in w, so a burst of pulses has a closed form; of the others every step
is taken (`devices.kernels`). Sources: Gokmen and Vlasov 2016 (doi:10.3389/fnins.2016.00333) for
the constant step; Rasch, Gokmen and Haensch 2019 (arXiv:1906.02698) and the declarations of the
open simulator aihwkit (arXiv:2104.02184: ConstantStep, LinearStep, SoftBounds, ExpStep, PowStep,
PiecewiseStep) for the others.
"""

from typing import Annotated, Literal

from pydantic import Field

from devices.technology.declaration import Declaration, declared

__all__ = [
    "AffineResponse",
    "ConstantResponse",
    "ExactResponse",
    "ExponentialResponse",
    "LinearResponse",
    "PiecewiseResponse",
    "PowerResponse",
    "PulsedResponse",
    "Response",
    "SoftBoundsResponse",
    "StepwiseResponse",
]

RelativeStep = Annotated[float, Field(ge=0)]


class ExactResponse(Declaration):
    """No physics: an update adds rate * x (x) d to the weight, unbounded and without pulses."""

    kind: Literal["exact"] = "exact"


class PulsedResponse(Declaration):
    """What every pulsed cell has: a step, two bounds and cycle-to-cycle noise."""

    step: float = declared(
        unit="1", gt=0, meaning="mean weight change of one pulse at w = 0", equation="D, dw_min"
    )
    asymmetry: float = declared(
        0.0,
        unit="1",
        off=0.0,
        gt=-1,
        lt=1,
        meaning="systematic difference of up and down steps, relative to the step",
        equation="D_up = D (gain + asymmetry), D_down = D (gain - asymmetry)",
    )
    w_max: float = declared(1.0, unit="1", gt=0, meaning="mean upper bound of the weight")
    w_min: float = declared(-1.0, unit="1", le=0, meaning="mean lower bound of the weight")
    cycle_noise: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="cycle-to-cycle noise, relative to the step",
        equation="sigma",
    )
    noise: Literal["multiplicative", "additive"] = Field(
        "multiplicative", description="whether the noise shrinks with the step or does not"
    )
    write_noise: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="noise of the visible weight about the hidden one that pulses move, in units of "
        "the step; drawn anew when the cell is pulsed, and only then",
        equation="w_visible = w + s_w D xi",
    )


class ConstantResponse(PulsedResponse):
    """The step does not depend on the weight; the bounds are hard."""

    kind: Literal["constant"] = "constant"


class LinearResponse(PulsedResponse):
    """The step falls linearly with the weight; the slope refers to the mean bounds."""

    kind: Literal["linear"] = "linear"
    gamma_up: float = declared(
        unit="1", off=0.0, ge=0, le=1, meaning="part of the step up that is lost at the upper bound"
    )
    gamma_down: float = declared(
        unit="1",
        off=0.0,
        ge=0,
        le=1,
        meaning="part of the step down that is lost at the lower bound",
    )


class SoftBoundsResponse(PulsedResponse):
    """The step vanishes at each cell's own bound, which is approached exponentially."""

    kind: Literal["soft-bounds"] = "soft-bounds"


AffineResponse = ConstantResponse | LinearResponse | SoftBoundsResponse
"""The step is affine in the weight: a burst of pulses has a closed form."""


class StepwiseResponse(PulsedResponse):
    """What responses have whose pulses are followed one by one: a noise of three parts.

        w += d D_d f_d(w) + sigma (D_d f_d(w) + s_add + s_slope |w|) xi

    with D_d in place of D_d f_d(w) in the bracket where the noise is additive (the complex noise
    of aihwkit's "ExpStep", there for the exponential step alone).
    """

    noise_offset: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="part of the noise that neither step nor weight changes, in units of weight",
        equation="s_add",
    )
    noise_slope: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="part of the noise that grows with |w|",
        equation="s_slope",
    )


class ExponentialResponse(StepwiseResponse):
    """The step falls exponentially with the weight (the step model "ExpStep" of aihwkit).

    `Spread.gamma` spreads the exponents from cell to cell; the source has them alike.
    """

    kind: Literal["exponential"] = "exponential"
    a: float = declared(unit="1", meaning="stretch of the weight in z", equation="a")
    b: float = declared(unit="1", meaning="shift of z", equation="b")
    gamma_up: float = declared(unit="1", meaning="exponent of the step up")
    gamma_down: float = declared(unit="1", meaning="exponent of the step down")
    A_up: float = declared(unit="1", off=0.0, meaning="amplitude of the step up")
    A_down: float = declared(unit="1", off=0.0, meaning="amplitude of the step down")


class PowerResponse(StepwiseResponse):
    """The step falls as a power of the way that is left (the step model "PowStep" of aihwkit).

    `step` is what one pulse would do at the far bound, not at w = 0. `Spread.gamma` spreads the
    exponents from cell to cell.
    """

    kind: Literal["power"] = "power"
    gamma_up: float = declared(unit="1", off=0.0, ge=0, meaning="exponent of the step up")
    gamma_down: float = declared(unit="1", off=0.0, ge=0, meaning="exponent of the step down")


class PiecewiseResponse(StepwiseResponse):
    """The step as measured: a table over equidistant weights ("PiecewiseStep" of aihwkit).

    The first entry holds at each cell's own lower bound, the last at its upper bound.
    """

    kind: Literal["piecewise"] = "piecewise"
    table_up: tuple[RelativeStep, ...] = declared(
        unit="1",
        min_length=2,
        max_length=256,
        meaning="steps up, relative to the step",
        equation="f_up",
    )
    table_down: tuple[RelativeStep, ...] = declared(
        unit="1",
        min_length=2,
        max_length=256,
        meaning="steps down, relative to the step",
        equation="f_down",
    )


Response = Annotated[
    ExactResponse
    | ConstantResponse
    | LinearResponse
    | SoftBoundsResponse
    | ExponentialResponse
    | PowerResponse
    | PiecewiseResponse,
    Field(discriminator="kind"),
]

"""What one pulse does to a cell: the response of the material.

State is the normalised weight w of a cell between its own bounds w_min < 0 < w_max. A pulse up
(direction d = +1) or down (d = -1) moves it by a step that may depend on w, with cycle-to-cycle
noise xi ~ N(0, 1) drawn afresh; the result is clipped to the bounds:

    w += d D_d f_d(w) (1 + sigma xi)          noise "multiplicative"
    w += d D_d (f_d(w) + sigma xi)            noise "additive"

    constant      f = 1
    linear        f_up = 1 - gamma_up w / w_max,  f_down = 1 - gamma_down w / w_min
    soft bounds   the linear step with gamma = 1 at each cell's own bounds
    exponential   f_d = max(0, 1 - A_d exp(d gamma_d z)),  z = 2 a w / (w_max - w_min) + b

The first three are affine in w, so a burst of pulses has a closed form (`devices.kernels`).
Sources: Gokmen and Vlasov 2016 (doi:10.3389/fnins.2016.00333) for the constant step; Rasch,
Gokmen and Haensch 2019 (arXiv:1906.02698) and the declarations of the open simulator aihwkit
(arXiv:2104.02184) for the others.
"""

from typing import Annotated, Literal

from pydantic import Field

from devices.technology.declaration import Declaration, declared

__all__ = [
    "ConstantResponse",
    "ExactResponse",
    "ExponentialResponse",
    "LinearResponse",
    "PulsedResponse",
    "Response",
    "SoftBoundsResponse",
]


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
        gt=-1,
        lt=1,
        meaning="systematic difference of up and down steps, relative to the step",
        equation="D_up = D (gain + asymmetry), D_down = D (gain - asymmetry)",
    )
    w_max: float = declared(1.0, unit="1", gt=0, meaning="mean upper bound of the weight")
    w_min: float = declared(-1.0, unit="1", lt=0, meaning="mean lower bound of the weight")
    cycle_noise: float = declared(
        0.0, unit="1", ge=0, meaning="cycle-to-cycle noise, relative to the step", equation="sigma"
    )
    noise: Literal["multiplicative", "additive"] = Field(
        "multiplicative", description="whether the noise shrinks with the step or does not"
    )
    write_noise: float = declared(
        0.0,
        unit="1",
        ge=0,
        meaning="noise of the visible weight, redrawn when a cell is pulsed, in steps",
        equation="s_w",
    )


class ConstantResponse(PulsedResponse):
    """The step does not depend on the weight; the bounds are hard."""

    kind: Literal["constant"] = "constant"


class LinearResponse(PulsedResponse):
    """The step falls linearly with the weight; the slope refers to the mean bounds."""

    kind: Literal["linear"] = "linear"
    gamma_up: float = declared(
        unit="1", ge=0, le=1, meaning="part of the step up that is lost at the upper bound"
    )
    gamma_down: float = declared(
        unit="1", ge=0, le=1, meaning="part of the step down that is lost at the lower bound"
    )


class SoftBoundsResponse(PulsedResponse):
    """The step vanishes at each cell's own bound, which is approached exponentially."""

    kind: Literal["soft-bounds"] = "soft-bounds"


class ExponentialResponse(PulsedResponse):
    """The step falls exponentially with the weight (the step model "ExpStep" of aihwkit)."""

    kind: Literal["exponential"] = "exponential"
    a: float = declared(unit="1", meaning="stretch of the weight in z", equation="a")
    b: float = declared(unit="1", meaning="shift of z", equation="b")
    gamma_up: float = declared(unit="1", meaning="exponent of the step up")
    gamma_down: float = declared(unit="1", meaning="exponent of the step down")
    A_up: float = declared(unit="1", meaning="amplitude of the step up")
    A_down: float = declared(unit="1", meaning="amplitude of the step down")


Response = Annotated[
    ExactResponse | ConstantResponse | LinearResponse | SoftBoundsResponse | ExponentialResponse,
    Field(discriminator="kind"),
]

"""What pulses cost a cell: the window closes, the steps shrink, at last it sticks."""

from typing import Self

from pydantic import model_validator

from devices.technology.declaration import Declaration, declared

__all__ = ["Wear"]


class Wear(Declaration):
    """A first model of endurance, driven by each cell's own number n of pulses.

    A cell's endurance N is drawn once from a Weibull distribution, P(N > n) =
    exp(-(n / endurance)^shape), the usual law of oxide breakdown (Weibull 1951,
    doi:10.1115/1.4010337). With f = min(n / N, 1):

        bounds  b <- w_rest + (b - w_rest) (1 - closure f)
        steps   D <- D (1 - slowing f)
        noise   sigma <- sigma (1 + noise f)        (cycle-to-cycle)
        at f = 1 the cell is stuck: at its lower bound with probability fails_low, at its upper
        with probability fails_high, anywhere between them with probability fails_random, else at
        the weight it has.

    A bound keeps its side of zero. Within one burst (a batch under fidelity `averaged`, a sample
    under `per_sample`) a cell is as worn as it was before, so its last burst is whole. How a cell
    will fail is drawn at birth. Stuck-at-low and stuck-at-high resistance are the two ways that
    endurance tests of oxide memory report; the upper bound is the low resistance.
    """

    endurance: float = declared(
        unit="1", gt=0, meaning="pulses survived by 37 % of cells", equation="scale"
    )
    shape: float = declared(2.0, unit="1", gt=0, meaning="Weibull shape", equation="k")
    closure: float = declared(
        0.5, unit="1", off=0.0, ge=0, lt=1, meaning="part of the window lost at the end of life"
    )
    slowing: float = declared(
        0.5, unit="1", off=0.0, ge=0, lt=1, meaning="part of the step lost at the end of life"
    )
    resting_weight: float = declared(
        0.0, unit="1", meaning="weight the window closes to", equation="w_rest"
    )
    noise: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="growth of the cycle-to-cycle noise at the end of life",
    )
    fails_low: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        le=1,
        meaning="fraction of worn-out cells that fail to high resistance",
    )
    fails_high: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        le=1,
        meaning="fraction of worn-out cells that fail to low resistance",
    )
    fails_random: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        le=1,
        meaning="fraction of worn-out cells that fail to any resistance",
    )

    @model_validator(mode="after")
    def _failures_fit(self) -> Self:
        failing = self.fails_low + self.fails_high + self.fails_random
        if failing > 1:
            raise ValueError(
                f"fails_low + fails_high + fails_random must not exceed 1, found {failing:g}"
            )
        return self

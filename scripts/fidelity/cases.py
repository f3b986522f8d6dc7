"""The cases in which the fidelities are compared: steps, noises, signals, one batch or several."""

from dataclasses import dataclass
from itertools import product
from typing import Any

RESPONSES: dict[str, dict[str, Any]] = {
    "constant": {"kind": "constant"},
    "linear": {"kind": "linear", "gamma_up": 0.3, "gamma_down": 0.6},
    "soft bounds": {"kind": "soft-bounds"},
    "exponential": {  # Gong 2018
        "kind": "exponential", "a": -0.5, "b": -0.5, "gamma_up": 5.0, "gamma_down": 5.0,
        "A_up": -1.18445, "A_down": -0.081404,
    },
    "power": {"kind": "power", "gamma_up": 1.7, "gamma_down": 0.6},
}  # fmt: skip
MULTIPLICATIVE, ADDITIVE = "multiplicative", "additive"
NOISES = [
    *(("constant", MULTIPLICATIVE, sigma) for sigma in (0.3, 1.0, 3.75)),
    *(("linear", MULTIPLICATIVE, sigma) for sigma in (0.3, 1.0)),
    ("linear", ADDITIVE, 3.75),
    *(("soft bounds", MULTIPLICATIVE, sigma) for sigma in (0.3, 1.0)),
    *(("soft bounds", ADDITIVE, sigma) for sigma in (0.3, 3.75)),
    *(("exponential", MULTIPLICATIVE, sigma) for sigma in (0.3, 5.0)),
    *(("power", MULTIPLICATIVE, sigma) for sigma in (0.3, 1.0)),
]
STARTS, STEPS, TRAVELS = (0.0, 0.5, 1.0), (1 / 1000, 1 / 100, 1 / 8), (0.01, 0.03, 0.1, 0.3, 1.0)
SIGNALS = ("up", "down", "random", "balanced", "sorted")


@dataclass(frozen=True)
class Case:
    """One batch, or several in a row.

    Attributes:
        response: which step.
        noise: multiplicative or additive.
        sigma: cycle-to-cycle noise.
        start: weight of every cell at first; the bounds are -1 and 1.
        step: D.
        travel: D K, relative step times pulses of a cell and batch.
        signal: the signs of the pulses.
        batch: samples.
        batches: how many.
    """

    response: str
    noise: str
    sigma: float
    start: float
    step: float
    travel: float
    signal: str
    batch: int = 32
    batches: int = 1

    @property
    def pulses(self) -> int:
        """K."""
        return round(self.travel / self.step)


def grid(is_quick: bool) -> tuple[list[Case], list[Case], list[Case]]:
    """Return the cases of one batch, of other batches, and of many in a row."""
    singles = [
        Case(*noise, start, step, travel, signal)
        for noise, start, step, travel, signal in product(NOISES, STARTS, STEPS, TRAVELS, SIGNALS)
        if travel / step > 0.99
    ]
    sizes = [
        Case("soft bounds", MULTIPLICATIVE, 0.3, 0.5, step, travel, signal, batch)
        for batch, step, travel, signal in product((8, 32, 128), STEPS[:2], TRAVELS, SIGNALS)
        if 0.99 < travel / step <= 31 * batch
    ]
    rows = [
        Case(*noise, start, 1 / 100, 0.1, signal, batches=batches)
        for noise, start, signal, batches in product(
            NOISES, (0.5, 1.0), ("random", "sorted"), (1, 10, 100)
        )
    ]
    return (singles[::37], sizes[::19], rows[::31]) if is_quick else (singles, sizes, rows)

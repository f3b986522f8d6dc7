"""How the weights of each fidelity, and of the default, differ from those of `per_pulse`.

Every cell of a population stands for itself: one row that always fires, so a cell's pulses are
those of its column, and nothing else is shared. All fidelities are given the same trains.
"""

import copy
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from cases import RESPONSES, Case
from scipy.stats import ks_2samp

import mortal
from devices import CrossbarArray, Fidelity
from devices.technology import Spread, Technology

COLUMNS, CELLS, FEW_CELLS = 1024, 32768, 16384
FAST = (Fidelity.AVERAGED, Fidelity.COMPOSED, Fidelity.PER_SAMPLE)
MEAN, VARIANCE, KS, STEPS_OFF = 0.05, 0.02, 0.02, 0.1


@dataclass(frozen=True)
class Difference:
    """How the weights of a fidelity differ from those of `per_pulse`.

    Attributes:
        mean: difference of means, in standard deviations.
        mean_steps: the same in steps.
        variance: ratio.
        ks: Kolmogorov-Smirnov distance.
        steps: mean distance of the sorted weights (Wasserstein), in steps.
        errors: standard errors of mean and variance, and the KS distance of chance.
    """

    mean: float
    mean_steps: float
    variance: float
    ks: float
    steps: float
    errors: tuple[float, float, float]

    def is_right(self) -> bool:
        """Within tolerance, but for two standard errors; or nowhere a tenth of a step apart."""
        mean, variance, ks = self.errors
        is_close = (
            abs(self.mean) <= MEAN + 2 * mean
            and abs(self.variance - 1) <= VARIANCE + 2 * variance
            and self.ks <= KS + ks
        )
        return is_close or self.steps <= STEPS_OFF


def difference(found: Any, oracle: Any, step: float) -> Difference:
    n, deviation = oracle.size, max(oracle.std(), 1e-3 * step)
    apart = found.mean() - oracle.mean()
    kurtosis = ((oracle - oracle.mean()) ** 4).mean() / deviation**4
    return Difference(
        apart / deviation,
        apart / step,
        max(found.var(), (1e-3 * step) ** 2) / deviation**2,
        ks_2samp(found, oracle, method="asymp").statistic,
        np.abs(np.sort(found) - np.sort(oracle)).mean() / step,
        (np.sqrt(2 / n), np.sqrt(2 * max(kurtosis - 1, 0) / n), 1.36 * np.sqrt(2 / n)),
    )


def signs(case: Case, random: np.random.Generator, cells: int) -> tuple[Any, int]:
    """Return the signs of a batch, `[device, sample, column]`, and the pulses of each sample."""
    length = -(-case.pulses // case.batch)
    lit = max(1, round(case.pulses / length))
    made = np.zeros((cells // COLUMNS, COLUMNS, case.batch), np.float32)
    if case.signal in ("up", "down"):
        made[..., :lit] = 1 if case.signal == "up" else -1
    elif case.signal == "random":
        made[..., :lit] = random.choice([-1.0, 1.0], (*made.shape[:2], lit))
    else:
        made[..., : lit // 2], made[..., lit // 2 : lit] = 1, -1
    if case.signal != "sorted":
        made = random.permuted(made, axis=2)
    return np.ascontiguousarray(made.swapaxes(1, 2)), length


def measure(case: Case) -> dict[str, Any]:
    """Return the differences of each fidelity and of the default, and what the default was."""
    technology = Technology.model_validate(
        {
            "name": "specimen",
            "response": RESPONSES[case.response]
            | {"step": case.step, "cycle_noise": case.sigma, "noise": case.noise},
            "spread": Spread(initial=0.0),
        }
    )
    is_affine = case.response in ("constant", "linear", "soft bounds")
    pins: list[Fidelity | None] = [*(FAST if is_affine else FAST[2:]), Fidelity.PER_PULSE, None]
    cells = CELLS if case.batches == 1 else FEW_CELLS
    serials = np.arange(cells // COLUMNS)
    arrays = [CrossbarArray(technology, 1, COLUMNS, serials=serials, seed=3) for _ in pins]
    for array in arrays:
        array._state.weight[:] = case.start
    random = np.random.default_rng(1)
    for _ in range(case.batches):
        d, length = signs(case, random, cells)
        for pin, array in zip(pins, arrays, strict=True):
            array.update(np.ones((1, case.batch, 1)), d, length * case.step, pin)
    weights = [array._state.weight.ravel().astype(np.float64) for array in arrays]
    oracle = weights[pins.index(Fidelity.PER_PULSE)]
    found = {
        "default" if pin is None else pin.name.lower(): difference(w, oracle, case.step)
        for pin, w in zip(pins, weights, strict=True)
        if pin is not Fidelity.PER_PULSE
    }
    picked = Fidelity(int(arrays[-1].fidelities.sum(axis=0).argmax())).name.lower()
    return {"case": case, "found": found, "picked": picked}


def preset_picks(name: str, epochs: int = 3) -> dict[str, Any]:
    """Train on digits; replay its signals at the default and at `per_pulse`."""
    data = mortal.load_data("digits")
    population = mortal.grow(name, (64, 64, 32), 8, seed=1)
    twins = [copy.deepcopy(population) for _ in range(2)]
    heard: list[tuple[str, Any, Any, float]] = []
    for key, array in population.arrays.items():

        def listen(
            x: Any, d: Any, rate: float, *rest: Any, key: str = key, send: Any = array.update
        ) -> None:
            heard.append((key, np.array(x), np.array(d), rate))
            send(x, d, rate, *rest)

        array.update = listen  # type: ignore[method-assign]
    population.train(data.inputs_train, data.labels_train, epochs=epochs)
    took = []
    for pin, twin in zip((None, Fidelity.PER_PULSE), twins, strict=True):
        began = time.perf_counter()
        for key, x, d, rate in heard:
            twin.arrays[key].update(x, d, rate, pin)
        took.append(time.perf_counter() - began)
    weights = [
        np.concatenate([array._state.weight.ravel() for array in twin.arrays.values()])
        for twin in twins
    ]
    pulses = sum(array.ledger.pulses.sum() for array in twins[1].arrays.values())
    used = twins[0].fidelities().sum(axis=0)
    step = population.technology.response.step  # type: ignore[union-attr]
    found = difference(*(w.astype(np.float64) for w in weights), step)
    return {
        "preset": name,
        "pulses": pulses / weights[0].size / len(heard) * len(twins[0].arrays),
        "used": {f.name.lower(): int(used[f]) for f in Fidelity if used[f]},
        "found": found,
        "speed": took[1] / took[0],
    }

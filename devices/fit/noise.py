"""Noise of a measured train: what a pulse adds stays, what a look adds does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from devices.fit.candidates import Data, Trial, predict

__all__ = ["Noise", "noise_of"]

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Noise:
    """Noise, in weights.

    Attributes:
        cycle: sigma, relative to the step.
        kind: whether it shrinks with the step.
        look: deviation of a look, or of the visible weight: no train of pulses tells them apart.
    """

    cycle: float
    kind: Literal["multiplicative", "additive"]
    look: float


def noise_of(
    trials: Sequence[Trial],
    single: Data,
    follows: npt.NDArray[np.bool_],
    spans: Data,
) -> Noise:
    """Return the noise about each device's own trial.

    The residual of a span is the noise of its n pulses and of its two looks, and two spans that
    follow one another share a look with opposite signs:

        Var = n sigma^2 D^2 f^2 + 2 r^2,   Cov = -r^2

    with f = 1 in the first where the noise is additive; the more probable of both is taken. r is
    found in single spans. Where there is any, sigma is found in the long ones, whose noise it
    rules; else in the single ones. Spans that touch a hard bound tell nothing.

    Args:
        trials: of each device.
        single: from each look to the next, in order.
        follows: whether each single span begins with the look that the span before it ends with.
        spans: the long ones.
    """
    error, _, _, is_free = _residuals(trials, single)
    is_pair = follows[1:] & is_free[1:] & is_free[:-1]
    products = (error[1:] * error[:-1])[is_pair]
    # Within two standard errors of nothing, looks are taken to be exact.
    doubt = 2 * error[is_free].var() / np.sqrt(max(products.size, 1))
    shared = -float(products.mean()) if products.size else 0.0
    look = min(shared, float(error[is_free].var()) / 2) if shared > doubt else 0.0
    error, shrinking, constant, is_free = _residuals(trials, spans if look else single)
    error = error[is_free]
    kinds: tuple[Literal["multiplicative", "additive"], ...] = ("multiplicative", "additive")
    found = []
    for kind, per_pulse in zip(kinds, (shrinking[is_free], constant[is_free]), strict=True):
        sigma_squared = max(float(np.mean(error**2)) - 2 * look, 0.0) / per_pulse.mean()
        variance = sigma_squared * per_pulse + 2 * look
        variance = np.maximum(variance, 1e-3 * variance.mean() + 1e-18)
        doubtful = float((np.log(variance) + error**2 / variance).sum())
        found.append((doubtful, Noise(float(np.sqrt(sigma_squared)), kind, float(np.sqrt(look)))))
    return min(found, key=lambda one: one[0])[1]


def _residuals(
    trials: Sequence[Trial], data: Data
) -> tuple[Numbers, Numbers, Numbers, npt.NDArray[np.bool_]]:
    """Return residuals, n D^2 f^2 and n D^2 of spans, and which of them no hard bound cuts off."""
    error, shrinking, constant = (np.zeros(data.end.size) for _ in range(3))
    is_free = np.ones(data.end.size, np.bool_)
    for device, trial in enumerate(trials):
        here = data.device == device
        own = data.of(device)
        w_max, w_min = trial.bounds(own)
        start = np.clip(own.start, w_min, w_max)
        way = predict(trial, own) - start
        size = np.where(own.direction > 0, trial.step_up, trial.step_down)
        error[here] = own.end - own.start - way
        shrinking[here] = way**2 / own.pulses
        constant[here] = own.pulses * size**2
        if not trial.shape.has_bounds:
            margin = np.maximum(2 * np.abs(way), 0.02 * (w_max - w_min))
            low = np.minimum(own.start, own.end) - margin
            high = np.maximum(own.start, own.end) + margin
            is_free[here] = (low > w_min) & (high < w_max)
    if not is_free.any():
        is_free[:] = True
    return error, shrinking, constant, is_free

"""The physics of pulses in NumPy: the oracle that every other backend is held against.

State is float32; what happens in between is float64.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from devices.identity import Stream
from devices.kernels.signature import PulsedCells
from devices.kernels.steps import relative_steps
from devices.technology import StepwiseResponse

__all__ = [
    "affine_burst",
    "affine_carry",
    "cells_at_once",
    "fused",
    "place",
    "stepwise_burst",
    "stream",
    "widened",
]

Array = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]

fused: Any = None
"""No verb is done in one call here."""
place, stream = np.asarray, Stream
cells_at_once = 16384
"""Their float64 temporaries stay in the cache."""

_SMALLEST_REST = 1e-6
"""Part of the way to the bound that is left at least after one pulse of a closed form."""


def affine_burst(
    weight: Array,
    up: Array,
    down: Array,
    cells: PulsedCells,
    noise: Array,
    cycle_noise: float,
    is_additive: bool,
) -> Array:
    """Return the weight after a burst of pulses on cells whose step is affine in the weight.

    One pulse is w -> (1 - a) w + D+ or w -> (1 - b) w - D-, with a = D+ s+ and b = D- s-
    (s: slopes). k pulses of one sign compose to a geometric series, so with the rates
    alpha = -ln(1 - a), beta = -ln(1 - b) and K+ up, K- down pulses

        L = K+ alpha + K- beta
        A = K+ D+ alpha/a - K- D- beta/b
        w <- w + (A - L w) (1 - e^-L) / L + S xi

    exact in the mean for pulses of one sign; for both, their order within the burst is averaged
    out. With f half-way, at m = w + (A - L w) (1 - e^(-L/2)) / L, the noise of the burst has

        S^2 = sigma^2 e^-L (K+ (D+ f+)^2 / (1 - a)^2 + K- (D- f-)^2 / (1 - b)^2)
        S^2 = sigma^2 (1 - e^-2L) / 2L (K+ D+^2 2 alpha / (a (2 - a))
                                        + K- D-^2 2 beta / (b (2 - b)))         (additive)

    exact for one pulse, and to the order sigma^2 for pulses of one sign. The result is clipped to
    the bounds once, at the end. A step of the whole way to the bound or more (a >= 1) is exact
    for one pulse; more of them are taken to arrive there.

    Args:
        weight: `[...]`, normalised weight.
        up: K+, number of pulses up.
        down: K-, number of pulses down.
        cells: their parameters; steps and slopes are not negative.
        noise: xi, one standard normal a cell.
        cycle_noise: sigma.
        is_additive: whether the noise is that of a step at w = 0.
    """
    w = _wide(weight)
    shift, variance, _ = _affine_move(w, up, down, cells, is_additive)
    if cycle_noise:
        shift = shift + cycle_noise * np.sqrt(variance) * widened(noise, cells)
    return np.clip(w + shift, cells.w_min, cells.w_max).astype(np.float32)


def affine_carry(
    mean: Wide, variance: Wide, up: Array, down: Array, cells: PulsedCells, is_additive: bool
) -> tuple[Wide, Wide]:
    """Return mean and variance (over sigma^2) of the weight after one more sample of a batch.

        m <- clip(m + shift(m)),  v <- v e^-2L + S^2(m) / sigma^2

    in the terms of `affine_burst`: right to the order sigma^2, away from hard bounds.

    Args:
        mean: m, `[...]`.
        variance: v.
        up: pulses up of this sample.
        down: pulses down.
        cells: their parameters.
        is_additive: whether the noise is that of a step at w = 0.
    """
    shift, more, left = _affine_move(mean, up, down, cells, is_additive)
    # Wear may have left a cell outside its bounds until its next pulse.
    after = np.where(up + down > 0, np.clip(mean + shift, cells.w_min, cells.w_max), mean)
    return after, variance * left**2 + more


def _affine_move(
    w: Wide, up: Array, down: Array, cells: PulsedCells, is_additive: bool
) -> tuple[Wide, Wide, Wide]:
    """Return the move of the mean, its variance over sigma^2, and e^-L (`affine_burst`)."""
    d_up, d_down = _wide(cells.step_up), _wide(cells.step_down)
    k_up, k_down = _wide(up), _wide(down)
    if cells.slope_up is None or cells.slope_down is None:
        shift = k_up * d_up - k_down * d_down
        return shift, k_up * d_up**2 + k_down * d_down**2, np.ones_like(w)
    s_up, s_down = _wide(cells.slope_up), _wide(cells.slope_down)
    a, b = d_up * s_up, d_down * s_down
    stretch_up, stretch_down = _stretch(a), _stretch(b)
    L = k_up * a * stretch_up + k_down * b * stretch_down
    A = k_up * d_up * stretch_up - k_down * d_down * stretch_down
    way = (A - L * w) * _mean_exponential(L)
    shift = way
    is_steep = ((a >= 1) | (b >= 1)) & (k_up + k_down == 1)
    if is_steep.any():
        one = k_up * d_up * (1 - s_up * w) - k_down * d_down * (1 + s_down * w)
        shift = np.where(is_steep, one, way)
    if is_additive:
        d_up, d_down = d_up * _spread_out(a, stretch_up), d_down * _spread_out(b, stretch_down)
        variance = (k_up * d_up**2 + k_down * d_down**2) * _mean_exponential(2 * L)
        return shift, variance, np.exp(-L)
    half = np.exp(-0.5 * L)
    m = w + way / (1 + half)
    d_up = d_up * (1 - s_up * m) / np.maximum(1 - a, _SMALLEST_REST)
    d_down = d_down * (1 + s_down * m) / np.maximum(1 - b, _SMALLEST_REST)
    return shift, half**2 * (k_up * d_up**2 + k_down * d_down**2), half**2


def stepwise_burst(
    weight: Array,
    up: Array,
    down: Array,
    cells: PulsedCells,
    noise: Array,
    response: StepwiseResponse,
) -> Array:
    """Return the weight after pulses of exponential, power or piecewise steps, one after another.

        w += d D_d f_d(w),  clipped to the bounds;  f_d of `devices.kernels.steps`
        s  = D_d f_d + s_add + s_slope |w|          (additive noise: D_d + ...)
        w_end += sigma sqrt(sum s^2) xi

    Each cell's pulses of both signs alternate evenly; the cycle-to-cycle noise of the burst is
    one normal with the summed variance of its steps, added at the end, so a burst of one pulse is
    exact. That a step's noise changes the next step is left out.

    Args:
        weight: `[...]`, normalised weight.
        up: number of pulses up.
        down: number of pulses down.
        cells: their parameters; slopes are exponents here (`PulsedCells`).
        noise: xi, one standard normal a cell.
        response: the step's formula and the noise.
    """
    w, d_up, d_down = _wide(weight), _wide(cells.step_up), _wide(cells.step_down)
    w_max, w_min = _wide(cells.w_max), _wide(cells.w_min)
    gammas = [None if g is None else _wide(g) for g in (cells.slope_up, cells.slope_down)]
    s_add, s_slope = response.noise_offset, response.noise_slope
    total = _wide(up) + _wide(down)
    longest = int(total.max()) if total.size else 0
    variance = np.zeros_like(w)
    done = np.zeros_like(w)
    for pulse in range(1, longest + 1):
        # Bresenham: after p of n pulses, round(p K+ / n) of them went up.
        with np.errstate(invalid="ignore", divide="ignore"):
            upwards = np.floor(pulse * _wide(up) / total + 0.5)
        is_up, is_pulsed = upwards > done, pulse <= total
        done = np.where(is_up, upwards, done)
        # Each step begins within the bounds; the last is clipped together with the noise.
        start = np.clip(w, w_min, w_max)
        f_up, f_down = relative_steps(start, w_max, w_min, response, *gammas)
        size = np.where(is_up, d_up, d_down)
        step = size * np.where(is_up, f_up, f_down)
        wide = (size if response.noise == "additive" else step) + s_add + s_slope * np.abs(start)
        variance += (wide * is_pulsed) ** 2
        w = np.where(is_pulsed, start + np.where(is_up, step, -step), w)
    w = w + response.cycle_noise * np.sqrt(variance) * widened(noise, cells)
    return np.clip(w, w_min, w_max).astype(np.float32)


def widened(noise: Array, cells: PulsedCells) -> Array:
    """Return the normals of the noise, wider where wear has raised it."""
    return noise if cells.noise is None else noise * cells.noise


def _wide(values: Array) -> Wide:
    return values.astype(np.float64)


def _stretch(a: Wide) -> Wide:
    """Return -ln(1 - a) / a for a >= 0: its series where that is exact to 1e-9.

    From a = 1 - 1e-6 on the logarithm stays: such a step arrives at the bound in one pulse.
    """
    result: Wide = 1 + a * (1 / 2 + a * (1 / 3 + a * (1 / 4 + a / 5)))
    is_large = a > 0.02
    if is_large.any():
        large = a[is_large]
        result[is_large] = -np.log(np.maximum(1 - large, _SMALLEST_REST)) / large
    return result


def _spread_out(a: Wide, stretch: Wide) -> Wide:
    """Return sqrt(2 alpha / (a (2 - a))): makes (1 - e^-2L) / 2L the sum of a geometric series."""
    result: Wide = np.sqrt(2 * stretch * np.maximum(a, 1) / (2 - np.minimum(a, 1)))
    return result


def _mean_exponential(L: Wide) -> Wide:
    """Return (1 - e^-L) / L for L >= 0: its series where that is exact to 1e-9."""
    result: Wide = 1 - L * (1 / 2 - L * (1 / 6 - L * (1 / 24 - L / 120)))
    is_large = L > 0.05
    if is_large.any():
        large = L[is_large]
        result[is_large] = -np.expm1(-large) / large
    return result

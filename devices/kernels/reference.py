"""The physics of pulses in NumPy: the oracle that every other backend is held against.

State is float32; what happens in between is float64.
"""

import numpy as np
import numpy.typing as npt

from devices.kernels.signature import PulsedCells
from devices.technology import ExponentialResponse

__all__ = ["affine_burst", "exponential_burst"]

Array = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]


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
        S^2 = sigma^2 (K+ (D+ f+)^2 + K- (D- f-)^2) (1 - e^-2L) / 2L

    Exact in the mean for pulses of one sign; for both, their order within the burst is averaged
    out. f is taken at the middle of the way (additive noise: f = 1). Clipped to the bounds.

    Args:
        weight: `[...]`, normalised weight.
        up: K+, number of pulses up.
        down: K-, number of pulses down.
        cells: their parameters.
        noise: xi, one standard normal a cell.
        cycle_noise: sigma.
        is_additive: whether the noise is that of a step at w = 0.
    """
    w, d_up, d_down = _wide(weight), _wide(cells.step_up), _wide(cells.step_down)
    k_up, k_down = _wide(up), _wide(down)
    if cells.slope_up is None or cells.slope_down is None:
        decay = None
        shift = k_up * d_up - k_down * d_down
        f_up = f_down = None
    else:
        s_up, s_down = _wide(cells.slope_up), _wide(cells.slope_down)
        stretch_up, stretch_down = _stretch(d_up * s_up), _stretch(d_down * s_down)
        decay = k_up * d_up * s_up * stretch_up + k_down * d_down * s_down * stretch_down
        shift = k_up * d_up * stretch_up - k_down * d_down * stretch_down
        shift = (shift - decay * w) * _mean_exponential(decay)
        middle = w + 0.5 * shift
        f_up, f_down = 1 - s_up * middle, 1 + s_down * middle
    if cycle_noise:
        if not is_additive and f_up is not None and f_down is not None:
            d_up, d_down = d_up * f_up, d_down * f_down
        variance = k_up * d_up**2 + k_down * d_down**2
        if decay is not None:
            variance *= _mean_exponential(2 * decay)
        shift = shift + cycle_noise * np.sqrt(variance) * noise
    return np.clip(w + shift, cells.w_min, cells.w_max).astype(np.float32)


def exponential_burst(
    weight: Array,
    up: Array,
    down: Array,
    cells: PulsedCells,
    noise: Array,
    response: ExponentialResponse,
) -> Array:
    """Return the weight after pulses of an exponential step, one after another.

        z = 2 a w / (w_max - w_min) + b
        w += d D_d max(0, 1 - A_d exp(d gamma_d z)),  clipped to the bounds

    Each cell's pulses of both signs alternate evenly; the cycle-to-cycle noise of the burst is
    one normal with the summed variance of its steps, added at the end (`response.noise`).
    """
    w, d_up, d_down = _wide(weight), _wide(cells.step_up), _wide(cells.step_down)
    w_max, w_min = _wide(cells.w_max), _wide(cells.w_min)
    stretch = 2 * response.a / (w_max - w_min)
    total = _wide(up) + _wide(down)
    longest = int(total.max(initial=0))
    variance = np.zeros_like(w)
    done = np.zeros_like(w)
    for pulse in range(1, longest + 1):
        # Bresenham: after p of n pulses, round(p K+ / n) of them went up.
        with np.errstate(invalid="ignore", divide="ignore"):
            upwards = np.floor(pulse * _wide(up) / total + 0.5)
        is_up, is_pulsed = upwards > done, pulse <= total
        done = np.where(is_up, upwards, done)
        z = stretch * w + response.b
        f_up = 1 - response.A_up * np.exp(response.gamma_up * z)
        f_down = 1 - response.A_down * np.exp(-response.gamma_down * z)
        size = np.where(is_up, d_up, d_down)
        step = size * np.maximum(np.where(is_up, f_up, f_down), 0.0) * is_pulsed
        variance += (size * is_pulsed) ** 2 if response.noise == "additive" else step**2
        w = np.clip(w + np.where(is_up, step, -step), w_min, w_max)
    w = w + response.cycle_noise * np.sqrt(variance) * noise
    return np.clip(w, w_min, w_max).astype(np.float32)


def _wide(values: Array) -> Wide:
    return values.astype(np.float64)


def _stretch(a: Wide) -> Wide:
    """Return -ln(1 - a) / a for 0 <= a < 1: its series where that is exact to 1e-9."""
    result: Wide = 1 + a * (1 / 2 + a * (1 / 3 + a * (1 / 4 + a / 5)))
    large = np.flatnonzero(a > 0.02)
    if large.size:
        # A step of the whole distance to the bound or more arrives there in one pulse.
        exact = np.minimum(a.ravel()[large], 1 - 1e-6)
        result.ravel()[large] = -np.log1p(-exact) / a.ravel()[large]
    return result


def _mean_exponential(decay: Wide) -> Wide:
    """Return (1 - e^-L) / L for L >= 0: its series where that is exact to 1e-9."""
    L = decay
    result: Wide = 1 - L * (1 / 2 - L * (1 / 6 - L * (1 / 24 - L / 120)))
    large = np.flatnonzero(L > 0.05)
    if large.size:
        exact = L.ravel()[large]
        result.ravel()[large] = -np.expm1(-exact) / exact
    return result

"""What time and use do to cells, in closed-form jumps: waiting five years costs one call."""

from typing import Any

import numpy as np
import numpy.typing as npt

from devices.kernels.signature import PulsedCells
from devices.manufacture import SMALLEST_BOUND, CellParameters
from devices.reading import conductance_scale
from devices.state import CellState
from devices.technology import (
    ClippedLogarithm,
    Retention,
    SoftBoundsResponse,
    Technology,
    Wear,
)

__all__ = [
    "BOLTZMANN",
    "acceleration",
    "as_worn",
    "bounds",
    "decay",
    "drift_exponent",
    "drift_factor",
    "fail",
    "is_stuck",
    "reference_drift",
    "reference_exponent",
    "rest",
    "wear_factors",
]

Array = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
Rows = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

BOLTZMANN = 8.617333262e-5
"""Boltzmann constant, eV/K (CODATA 2018)."""

_SMALLEST_PART = 1e-7
"""Part of g_max below which a law of drift is not followed: the logarithm would run away."""


def acceleration(retention: Retention, temperature: float) -> float:
    """Return the Arrhenius factor exp(E_a / k (1/T_ref - 1/T)) on time at T kelvin."""
    inverse = 1 / retention.reference_temperature - 1 / temperature
    return float(np.exp(retention.activation_energy / BOLTZMANN * inverse))


def rest(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    seconds: float,
    noise: Array | np.float32,
) -> None:
    """Let cells rest; the state is changed in place. Stuck cells stay as they are.

    Decay and diffusion end within the bounds that wear has left. Drift may lead out of them:
    it takes conductance away and knows no window.

    Args:
        technology: with a declared retention.
        cells: parameters.
        state: changed in place.
        seconds: unpowered time, already accelerated by temperature.
        noise: one standard normal a cell, `[device, row, column]`.
    """
    retention = technology.retention
    assert retention is not None
    weight, offset = state.weight, state.offset
    relaxes = bool(retention.diffusion) or cells.decay_time is not None
    exponents = _exponents(technology, cells, state)
    rested = None if exponents is None else state.rested
    if rested is not None and relaxes:
        # What relaxes is the weight as written, so that two rests equal one.
        weight = _drifted(technology, cells, exponents, weight, rested, -rested)
    if relaxes:
        weight = decay(weight, seconds, retention, cells.decay_time, noise)
        if cells.w_max is not None:
            w_max, w_min = bounds(technology, cells, state)
            weight = np.clip(weight, w_min, w_max)
    if rested is not None:
        jump = (0 * rested, rested + seconds) if relaxes else (rested, seconds)
        weight = _drifted(technology, cells, exponents, weight, *jump)
    if offset is not None:
        shrunk = offset * _shrinkage(retention, cells, rested, exponents, seconds)
        state.offset = np.where(is_stuck(cells, state), offset, shrunk)
    if state.rested is not None:
        state.rested += seconds
    state.weight = np.where(is_stuck(cells, state), state.weight, weight)


def _drifted(
    technology: Technology,
    cells: CellParameters,
    exponents: Array | None,
    weight: Array,
    rested: Wide,
    seconds: float | Wide,
) -> Array:
    """Return the weight after its cell and its reference drift on, from T to T + t.

    Args:
        technology: conductances and retention.
        cells: each cell's own reference.
        exponents: nu of each cell.
        weight: `[device, row, column]`.
        rested: T, s.
        seconds: t, s, one number or one a cell; negative: the drift is undone.
    """
    retention = technology.retention
    assert retention is not None
    assert exponents is not None
    scale, reference = conductance_scale(technology)
    jump = (rested, seconds, retention.drift_start)
    own = drift_factor(*jump, exponents)
    # In a pair nothing but cells drifts: G(0) is a constant of the unit of weight.
    nu = 0.0 if technology.cell.is_pair else reference_exponent(technology)
    mean = drift_factor(*jump, nu)
    w_ref = np.float64(0) if cells.reference is None else cells.reference.astype(np.float64)
    # The reference has drifted already since the write: two rests must equal one.
    G_reference = (reference + scale * w_ref) * drift_factor(
        0 * rested, rested, retention.drift_start, nu
    )
    G = (G_reference + scale * (weight.astype(np.float64) - w_ref)) * own
    drifted: Array = ((G - G_reference * mean) / scale + w_ref).astype(np.float32)
    return drifted


def _shrinkage(
    retention: Retention,
    cells: CellParameters,
    rested: Wide | None,
    exponents: Array | None,
    seconds: float,
) -> Array:
    """Return the factor on the visible offset, which decays and drifts with its cell."""
    factor: Any = np.float64(1)
    if cells.decay_time is not None:
        factor = np.exp(-seconds / cells.decay_time.astype(np.float64))
    if rested is not None and exponents is not None:
        factor = factor * drift_factor(rested, seconds, retention.drift_start, exponents)
    shrinkage: Array = factor.astype(np.float32)
    return shrinkage


def decay(
    weight: Array,
    seconds: float,
    retention: Retention,
    decay_time: Array | None,
    noise: Array | np.float32,
) -> Array:
    """Return the weight after decay and diffusion: the exact jump of an Ornstein-Uhlenbeck process.

        w <- w_rest + (w - w_rest) e^(-t/tau) + rho sqrt(tau/2 (1 - e^(-2 t/tau))) xi

    Args:
        weight: `[...]`.
        seconds: t, already accelerated by temperature.
        retention: w_rest and rho.
        decay_time: tau of each cell, s; None: no decay, the walk is rho sqrt(t) xi.
        noise: xi, one standard normal a cell.
    """
    w_rest, rho = retention.resting_weight, retention.diffusion
    w = weight.astype(np.float64)
    if decay_time is None:
        spread = np.full_like(w, rho * np.sqrt(seconds))
    else:
        tau = decay_time.astype(np.float64)
        w = w_rest + (w - w_rest) * np.exp(-seconds / tau)
        spread = rho * np.sqrt(tau / 2 * -np.expm1(-2 * seconds / tau))
    return (w + spread * noise).astype(np.float32)


def drift_factor(
    rested: Wide, seconds: float | Wide, start: float, exponent: float | npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Return the factor ((T + t + t0) / (T + t0))^(-nu) on a conductance that rested T seconds.

    The product of two such jumps is the jump over both times.

    Args:
        rested: T, s.
        seconds: t, s, one number or one a cell.
        start: t0, s.
        exponent: nu, one number or one a cell.
    """
    nu = exponent if isinstance(exponent, float) else exponent.astype(np.float64)
    factor: npt.NDArray[np.float64] = ((rested + seconds + start) / (rested + start)) ** -nu
    return factor


def reference_drift(
    technology: Technology, rested: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the factor on a reference's conductance, T seconds after the write of its cell."""
    retention = technology.retention
    assert retention is not None
    start, nu = retention.drift_start, reference_exponent(technology)
    factor: npt.NDArray[np.float64] = ((rested + start) / start) ** -nu
    return factor


def reference_exponent(technology: Technology) -> float:
    """Return the mean exponent of drift, of a cell that conducts as much as the reference."""
    retention = technology.retention
    assert retention is not None
    if retention.drift_mean is None:
        return retention.drift_exponent
    _, reference = conductance_scale(technology)
    return float(_clipped(retention.drift_mean, np.array(reference / technology.cell.g_max)))


def drift_exponent(
    retention: Retention, part: npt.NDArray[np.float64], deviate: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Return nu = |mean(g) + deviation(g) z| of cells whose drift depends on their conductance.

    Args:
        retention: declares drift_mean; no drift_deviation: it is switched off.
        part: g = G / g_max as written, `[...]`.
        deviate: z, one standard normal a cell.
    """
    assert retention.drift_mean is not None
    told = retention.drift_deviation
    spread = np.float64(0) if told is None else _clipped(told, part) * deviate
    nu: npt.NDArray[np.float64] = np.abs(_clipped(retention.drift_mean, part) + spread)
    return nu


def _clipped(law: ClippedLogarithm, part: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    value = law.slope * np.log(np.maximum(part, _SMALLEST_PART)) + law.offset
    clipped: npt.NDArray[np.float64] = np.clip(value, law.lowest, law.highest)
    return clipped


def _exponents(technology: Technology, cells: CellParameters, state: CellState) -> Array | None:
    """Return nu of every cell; where it depends on the conductance, kept from the first rest on."""
    if state.exponent is None:
        return cells.drift_exponent
    assert cells.drift_deviate is not None
    assert technology.retention is not None
    scale, reference = conductance_scale(technology)
    part = (reference + scale * state.weight.astype(np.float64)) / technology.cell.g_max
    anew = drift_exponent(technology.retention, part, cells.drift_deviate).astype(np.float32)
    # Written since the last rest, or never: a second rest goes on with the exponent of the first.
    state.exponent = np.where(state.rested == 0, anew, state.exponent)
    return state.exponent


def wear_factors(
    wear: Wear, pulses: npt.NDArray[np.uint32], endurance: Array
) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Return what is left of the window and of the steps, and which cells have not stuck.

    With f = min(n / N, 1): 1 - closure f, 1 - slowing f, n < N.
    """
    fraction = np.minimum(pulses / endurance, 1).astype(np.float32)
    return (
        1 - np.float32(wear.closure) * fraction,
        1 - np.float32(wear.slowing) * fraction,
        # Not fraction < 1: rounded to float32 it is 1 before the last pulses of a long life.
        pulses < endurance,
    )


def is_stuck(
    cells: CellParameters, state: CellState, rows: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.bool_]:
    """Return which cells no pulse moves any more, `[device, row, column]` of physical cells.

    Args:
        cells: parameters.
        state: pulses received.
        rows: those of the cells that are wanted; default: all, in order.
    """
    here: Any = (slice(None), slice(None) if rows is None else rows)
    stuck = np.zeros_like(state.weight[here], np.bool_)
    if cells.step_up is not None and cells.step_down is not None:
        stuck |= cells.step_up[here] + cells.step_down[here] == 0
    if state.pulses is not None and cells.endurance is not None:
        stuck |= state.pulses[here] >= cells.endurance[here]
    return stuck


def bounds(technology: Technology, cells: CellParameters, state: CellState) -> tuple[Array, Array]:
    """Return the bounds w_max and w_min of all cells as wear has left them."""
    assert cells.w_max is not None
    assert cells.w_min is not None
    window, _, _ = _fractions(technology.wear, cells, state)
    return _window(cells.w_max, cells.w_min, technology.wear, window)


def as_worn(
    technology: Technology, cells: CellParameters, state: CellState, here: Rows
) -> tuple[PulsedCells, npt.NDArray[np.bool_] | None]:
    """Return the cells of some rows as wear has left them, and which of them have not worn out.

    Args:
        technology: declares the wear, if any.
        cells: parameters at birth.
        state: the pulses each cell has received.
        here: positions of devices and of rows, `[lit row]` each.

    Returns:
        Parameters `[lit row, column]`, and None where nothing wears out.
    """
    step_up, step_down, w_max, w_min = cells.step_up, cells.step_down, cells.w_max, cells.w_min
    assert step_up is not None
    assert step_down is not None
    assert w_max is not None
    assert w_min is not None
    slopes = [None if s is None else s[here] for s in (cells.slope_up, cells.slope_down)]
    window, stride, is_alive = _fractions(technology.wear, cells, state, here)
    upper, lower = _window(w_max[here], w_min[here], technology.wear, window)
    if isinstance(technology.response, SoftBoundsResponse):
        # The step vanishes at the bound, wherever wear has moved it.
        slopes = [np.float32(1) / upper, np.float32(-1) / lower]
    noise = _noise(technology.wear, cells, state, here)
    steps = step_up[here], step_down[here]
    if stride is not None:
        steps = steps[0] * stride, steps[1] * stride
    return PulsedCells(*steps, upper, lower, slopes[0], slopes[1], noise), is_alive


def fail(technology: Technology, cells: CellParameters, state: CellState, here: Rows) -> None:
    """Let worn-out cells of some rows fall to where they fail to; change the state in place.

    Args:
        technology: declares the wear.
        cells: place each cell fails to.
        state: weights, offsets and pulses received.
        here: positions of devices and of rows, `[row]` each.
    """
    if cells.failure is None or cells.w_max is None or cells.w_min is None:
        return
    window, _, is_alive = _fractions(technology.wear, cells, state, here)
    upper, lower = _window(cells.w_max[here], cells.w_min[here], technology.wear, window)
    assert is_alive is not None
    place = np.where(is_alive, -1, cells.failure[here])
    fallen = (1 - place) * lower + place * upper
    state.weight[here] = np.where(place < 0, state.weight[here], fallen)
    if state.offset is not None:
        state.offset[here] = np.where(place < 0, state.offset[here], 0)


def _noise(wear: Wear | None, cells: CellParameters, state: CellState, here: Rows) -> Array | None:
    """Return the factor 1 + noise f on the cycle-to-cycle noise, or None where it does not grow."""
    if wear is None or not wear.noise or state.pulses is None or cells.endurance is None:
        return None
    fraction = np.minimum(state.pulses[here] / cells.endurance[here], 1).astype(np.float32)
    return 1 + np.float32(wear.noise) * fraction


def _fractions(
    wear: Wear | None, cells: CellParameters, state: CellState, here: Rows | None = None
) -> tuple[Array | None, Array | None, npt.NDArray[np.bool_] | None]:
    if wear is None or state.pulses is None or cells.endurance is None:
        return None, None, None
    if here is None:
        return wear_factors(wear, state.pulses, cells.endurance)
    return wear_factors(wear, state.pulses[here], cells.endurance[here])


def _window(
    w_max: Array, w_min: Array, wear: Wear | None, window: Array | None
) -> tuple[Array, Array]:
    """Return the bounds that wear has left, still on their sides of zero."""
    if wear is None or window is None:
        return w_max, w_min
    centre, least = np.float32(wear.resting_weight), np.float32(SMALLEST_BOUND)
    upper = np.maximum(centre + (w_max - centre) * window, least)
    lower = np.minimum(centre + (w_min - centre) * window, -least)
    return upper, lower

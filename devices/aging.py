"""What time and use do to cells, in closed-form jumps: waiting five years costs one call."""

import numpy as np
import numpy.typing as npt

from devices.technology import Retention, Wear

__all__ = ["BOLTZMANN", "acceleration", "decay", "drift_factor", "wear_factors"]

Array = npt.NDArray[np.float32]

BOLTZMANN = 8.617333262e-5
"""Boltzmann constant, eV/K (CODATA 2018)."""


def acceleration(retention: Retention, temperature: float) -> float:
    """Return the Arrhenius factor exp(E_a / k (1/T_ref - 1/T)) on time at T kelvin."""
    inverse = 1 / retention.reference_temperature - 1 / temperature
    return float(np.exp(retention.activation_energy / BOLTZMANN * inverse))


def decay(
    weight: Array, seconds: float, retention: Retention, decay_time: Array | None, noise: Array
) -> Array:
    """Return the weight after decay and diffusion: the exact jump of an Ornstein-Uhlenbeck process.

        w <- w_rest + (w - w_rest) e^(-t/tau) + rho sqrt(tau/2 (1 - e^(-2 t/tau))) xi

    Args:
        weight: `[...]`.
        seconds: t, already accelerated by temperature.
        retention: w_rest and rho.
        decay_time: tau of each cell; None: no decay, the walk is rho sqrt(t) xi.
        noise: xi, one standard normal a cell.
    """
    rest, rho = retention.resting_weight, retention.diffusion
    w = weight.astype(np.float64)
    if decay_time is None:
        spread = np.full_like(w, rho * np.sqrt(seconds))
    else:
        tau = decay_time.astype(np.float64)
        w = rest + (w - rest) * np.exp(-seconds / tau)
        spread = rho * np.sqrt(tau / 2 * -np.expm1(-2 * seconds / tau))
    return (w + spread * noise).astype(np.float32)


def drift_factor(
    rested: npt.NDArray[np.float64], seconds: float, start: float, exponent: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return the factor ((T + t + t0) / (T + t0))^(-nu) on a conductance that rested T seconds.

    The product of two such jumps is the jump over both times.
    """
    factor: npt.NDArray[np.float64] = ((rested + seconds + start) / (rested + start)) ** -(
        np.asarray(exponent, np.float64)
    )
    return factor


def wear_factors(wear: Wear, pulses: npt.NDArray[np.uint32], endurance: Array) -> tuple[
    Array, Array, npt.NDArray[np.bool_]
]:
    """Return what is left of the window and of the steps, and which cells have not stuck.

    With f = min(n / N, 1): 1 - closure f, 1 - slowing f, f < 1.
    """
    fraction = np.minimum(pulses / endurance, 1).astype(np.float32)
    return (
        1 - np.float32(wear.closure) * fraction,
        1 - np.float32(wear.slowing) * fraction,
        fraction < 1,
    )

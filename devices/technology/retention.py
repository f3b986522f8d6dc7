"""What rest does to a cell: decay, diffusion, drift, and how temperature hastens them."""

from typing import Self

from pydantic import model_validator

from devices.technology.declaration import Declaration, declared, piece
from devices.technology.units import ElectronVolts, Kelvin, Seconds

__all__ = ["ClippedLogarithm", "Retention"]


class ClippedLogarithm(Declaration):
    """A number that changes with conductance: clip(slope ln(G / g_max) + offset, lowest, highest).

    The form in which Nandakumar et al. 2019 (doi:10.1109/ICECS46596.2019.8964852) give the
    statistics of drift in phase-change memory.
    """

    slope: float = declared(unit="1", meaning="change per factor e of conductance")
    offset: float = declared(unit="1", meaning="value at G = g_max, before clipping")
    lowest: float = declared(unit="1", ge=0, meaning="value it does not fall below")
    highest: float = declared(unit="1", ge=0, meaning="value it does not exceed")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.lowest > self.highest:
            raise ValueError(f"lowest {self.lowest:g} exceeds highest {self.highest:g}")
        return self


class Retention(Declaration):
    """Closed-form jumps over an unpowered time t, in this order.

    Decay with diffusion is an Ornstein-Uhlenbeck process, whose jump is exact (Uhlenbeck and
    Ornstein 1930, doi:10.1103/PhysRev.36.823):

        w <- w_rest + (w - w_rest) e^(-t/tau) + rho sqrt(tau/2 (1 - e^(-2 t/tau))) xi

    and rho sqrt(t) xi without decay. Drift acts on the conductance of each physical cell,
    reference included, from the time T since its last write (Nandakumar et al. 2019 for PCM):

        G <- G ((T + t + t0) / (T + t0))^(-nu)

    nu is drawn for each cell at birth, about `drift_exponent` with the relative `Spread.drift`.
    Where it depends on the conductance that was written, mean and deviation are functions of it,
    nu = |mean(G) + deviation(G) z|, z drawn at birth and G taken when the first rest begins.

    and starts from the weight as written, which alone decays and diffuses: drift is a factor on
    what is left of it. Temperature multiplies t by the Arrhenius factor
    exp(E_a/k (1/T_ref - 1/T)). Two jumps equal the jump over both times. The reference drifts
    with the mean exponent and from the last write of its cell: it is taken to be refreshed with
    it; in a pair each cell drifts, and there is no reference.
    """

    decay_time: Seconds | None = declared(
        None,
        unit="s",
        off=None,
        gt=0,
        meaning="time constant of decay; none: no decay",
        equation="tau",
    )
    resting_weight: float = declared(
        0.0, unit="1", meaning="weight a cell decays to", equation="w_rest"
    )
    diffusion: float = declared(
        0.0, unit="s^-1/2", off=0.0, ge=0, meaning="random walk of the weight", equation="rho"
    )
    drift_exponent: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="mean exponent of conductance drift", equation="nu"
    )
    drift_mean: ClippedLogarithm | None = piece(
        "mean exponent by conductance, in place of drift_exponent"
    )
    drift_deviation: ClippedLogarithm | None = piece(
        "its standard deviation by conductance, in place of Spread.drift"
    )
    drift_start: Seconds = declared(
        20.0, unit="s", gt=0, meaning="time after a write at which drift is measured", equation="t0"
    )
    activation_energy: ElectronVolts = declared(
        0.0, unit="eV", ge=0, meaning="activation energy of all of these", equation="E_a"
    )
    reference_temperature: Kelvin = declared(
        298.15, unit="K", gt=0, meaning="temperature the other numbers hold at", equation="T_ref"
    )

    @model_validator(mode="after")
    def _has_one_law_of_drift(self) -> Self:
        if (self.drift_mean is None) != (self.drift_deviation is None):
            raise ValueError("drift_mean and drift_deviation are declared together or not at all")
        if self.drift_mean is not None and self.drift_exponent:
            raise ValueError("declare drift_exponent or drift_mean, not both")
        return self

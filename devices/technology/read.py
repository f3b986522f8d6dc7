"""How an array is read: converters, managements and read noise."""

from typing import Literal

from pydantic import Field

from devices.technology.declaration import Declaration, declared
from devices.technology.units import Seconds, Volts

__all__ = ["Read"]


class Read(Declaration):
    """The read path, from the digital input x to the digital output y of a column:

        v_j = DAC(x_j / s),  s = max |x| under noise management, else 1
        I_i = sum_j [g_ij (w_ij + w_ref) - w_ref] v_j
                    + [kappa_ij g_ij (w_ij + w_ref) - kappa w_ref] v_j^3
        y_i = s ADC((1 + e_i) I_i + o_i + sigma xi)

    g cell gain, kappa curvature of the I-V curve (kappa alone: its mean), w_ref the reference in
    units of weight, e and o the column's gain and offset error (their spreads stand in `Spread`).
    Gain and curvature belong to the physical cell: they act on its whole conductance, unless a
    cell and its reference share their access (`Cell.shared_access`: w_ref drops out). A converter
    of n bits and bound b rounds to steps 2 b / (2^n - 2) and clips at b (Rasch et al. 2021,
    arXiv:2104.02184).
    """

    dac_bits: int | None = declared(
        None, unit="bit", ge=2, le=16, meaning="resolution of the input converters; none is exact"
    )
    adc_bits: int | None = declared(
        None, unit="bit", ge=2, le=16, meaning="resolution of the output converters; none is exact"
    )
    output_bound: float = declared(
        20.0, unit="1", gt=0, meaning="full scale of the output converter", equation="b"
    )
    output_noise: float = declared(
        0.0,
        unit="1",
        ge=0,
        meaning="white noise of a read, independent of the weights",
        equation="sigma",
    )
    curvature: float = declared(
        0.0,
        unit="1",
        gt=-1,
        meaning="mean curvature of the I-V curve at full read voltage",
        equation="kappa; a sinh(alpha v) cell has kappa = alpha^2 / 6",
    )
    noise_management: Literal["abs-max", "none"] = Field(
        "abs-max", description="scale each input vector to the full range of the converters"
    )
    duration: Seconds = declared(100e-9, unit="s", gt=0, meaning="time of one read")
    voltage: Volts = declared(0.2, unit="V", gt=0, meaning="read voltage at full scale")

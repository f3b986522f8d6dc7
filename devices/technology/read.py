"""How an array is read: coding, converters and managements."""

from typing import Literal, Self

from pydantic import Field, model_validator

from devices.technology.declaration import Declaration, declared, piece
from devices.technology.read_noise import ReadNoise
from devices.technology.units import Seconds, Volts

__all__ = ["Read"]


class Read(Declaration):
    """The read path, from the digital input x to the digital output y of a column:

        v_j = DAC(x_j / s),  s = max |x| under noise management "abs-max"
        I_i = sum_j [g_ij (w_ij + w_ref) - w_ref] v_j
                    + [kappa_ij g_ij (w_ij + w_ref) - kappa w_ref] v_j^3
        a_i = (1 + e_i) I_i + o_i
        y_i = s ADC(a_i / (1 + n_i |a_i|) + sigma xi)

    g cell gain, kappa curvature of the I-V curve (kappa alone: its mean), w_ref the reference in
    units of weight, e, o and n the column's gain, offset and non-linearity (their spreads stand
    in `Spread`). Gain and curvature belong to the physical cell: they act on its whole
    conductance, unless a cell and its reference share their access (`Cell.shared_access`: w_ref
    drops out). A converter of n bits and bound b rounds to steps 2 b / (2^n - 2) and clips at b
    (Rasch et al. 2021, arXiv:2104.02184). Further noise: `ReadNoise`.

    Input coding:

        amplitude     the code is a voltage; a read lasts `duration`
        pulse-width   the code is how long the full voltage stands: `duration` for each of
                      2^(n-1) - 1 levels. Two-level voltage: a cell conducts as at full scale
        bit-serial    one read of `duration` for each of n - 1 bits of |code|, at the full
                      voltage; each is converted, then shifted and added digitally

    Signed inputs are one read of both polarities, or two reads, of the positive and of the
    negative part, each converted, then subtracted digitally: offsets cancel.
    """

    dac_bits: int | None = declared(
        None,
        unit="bit",
        off=None,
        ge=2,
        le=16,
        meaning="resolution of the input converters; none is exact",
    )
    adc_bits: int | None = declared(
        None,
        unit="bit",
        off=None,
        ge=2,
        le=16,
        meaning="resolution of the output converters; none is exact",
    )
    output_bound: float = declared(
        20.0, unit="1", gt=0, meaning="full scale of the output converter", equation="b"
    )
    output_noise: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="white noise of a read, independent of the weights",
        equation="sigma",
    )
    noise: ReadNoise | None = piece("further noise of a read; null: none")
    curvature: float = declared(
        0.0,
        unit="1",
        off=0.0,
        gt=-1,
        meaning="mean curvature of the I-V curve at full read voltage",
        equation="kappa; a sinh(alpha v) cell has kappa = alpha^2 / 6",
    )
    nonlinearity: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="compression of an output amplifier at full scale",
        equation="n_i = nonlinearity / b, with the spread of `Spread.column_nonlinearity`",
    )
    noise_management: Literal["abs-max", "constant", "none"] = Field(
        "abs-max",
        description="scale of an input vector: its largest entry, `input_range`, or 1; what is "
        "beyond the scale clips",
    )
    input_range: float = declared(
        1.0, unit="1", gt=0, meaning="input at full scale under constant management", equation="s"
    )
    bound_management: int = declared(
        0,
        unit="1",
        ge=0,
        le=15,
        meaning="how often, at most, s is doubled and a vector read again because an output clips",
    )
    coding: Literal["amplitude", "pulse-width", "bit-serial"] = Field(
        "amplitude", description="how an input is coded on its line"
    )
    signed: Literal["one-read", "two-reads"] = Field(
        "one-read", description="whether positive and negative inputs are read together"
    )
    calibration: Literal["none", "global", "per-column"] = Field(
        "none",
        description="what `devices.calibrate` and `devices.compensate` correct digitally, once "
        "they are called",
    )
    duration: Seconds = declared(100e-9, unit="s", gt=0, meaning="time of one read")
    voltage: Volts = declared(0.2, unit="V", gt=0, meaning="read voltage at full scale")

    @model_validator(mode="after")
    def _coding_is_possible(self) -> Self:
        if self.coding == "bit-serial" and self.dac_bits is None:
            raise ValueError("bit-serial coding needs dac_bits: the number of bits, sign included")
        if self.coding != "amplitude" and self.noise is not None and self.noise.input:
            raise ValueError(
                f"noise.input is that of an input voltage: {self.coding} inputs have two levels"
            )
        return self

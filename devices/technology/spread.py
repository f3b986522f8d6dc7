"""How devices differ by manufacture: spreads drawn once, at birth, from the serial number."""

from typing import Literal, Self

from pydantic import Field, model_validator

from devices.technology.declaration import Declaration, declared

__all__ = ["Spread"]


class Spread(Declaration):
    """Device-to-device spreads: standard deviations of a normal z drawn once per cell or line.

    A cell parameter p with relative spread s is p (1 + s z), or p exp(s z) where the spread is
    log-normal. z is composed of independent parts that cells share or do not share,

        z = sqrt(own) z_cell + sqrt(wafer) z_wafer + sqrt(row) z_row + sqrt(column) z_column
            + sqrt(gradient_row) z_tilt u_row + sqrt(gradient_column) z_tilt' u_column,

    own = 1 minus all shares, so its variance is one and the shares are fractions of variance. A
    gradient is a linear tilt over a device's array: u runs evenly from its first line to its last
    with mean zero and variance one, and one z_tilt a device and parameter is its slope.
    """

    step: float = declared(0.0, unit="1", off=0.0, ge=0, meaning="relative spread of the step")
    step_shape: Literal["normal", "log-normal"] = Field(
        "normal", description="distribution of the step over cells"
    )
    asymmetry: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="spread of the up-down asymmetry, relative to the step",
    )
    w_max: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="relative spread of the upper bound"
    )
    w_min: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="relative spread of the lower bound"
    )
    bound_shape: Literal["normal", "log-normal"] = Field(
        "normal", description="distribution of both bounds over cells"
    )
    gamma: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="spread of the slopes of a linear response, or of the exponents of a power or an "
        "exponential response, absolute",
    )
    initial: float = declared(
        0.1, unit="1", ge=0, meaning="standard deviation of the weight as grown, before any pulse"
    )
    cell_gain: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="log-normal spread of a cell's read gain (access transistor, selector)",
        equation="g_ij = exp(s z_ij)",
    )
    curvature: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="spread of the I-V curvature of a cell, absolute"
    )
    column_gain: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="relative spread of the gain of a column's converter"
    )
    column_offset: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="spread of a column's offset, in units of weight times input at full scale",
    )
    column_nonlinearity: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="relative spread of the non-linearity of a column's amplifier",
    )
    reference: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="standard deviation of a cell's reference around G(0), in units of weight",
        equation="W = w - w_ref,ij",
    )
    decay: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="log-normal spread of the time constant of decay"
    )
    drift: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="relative spread of the exponent of drift"
    )
    stuck: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        le=1,
        meaning="fraction of cells that never move from where they are grown",
        equation="p",
    )
    stuck_low: float = declared(
        0.0, unit="1", off=0.0, ge=0, le=1, meaning="fraction of cells stuck at their lower bound"
    )
    stuck_high: float = declared(
        0.0, unit="1", off=0.0, ge=0, le=1, meaning="fraction of cells stuck at their upper bound"
    )
    stuck_random: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        le=1,
        meaning="fraction of cells stuck anywhere between their bounds",
    )
    devices_per_wafer: int = declared(
        16, unit="1", ge=1, meaning="devices of consecutive serials that share a wafer"
    )
    wafer: float = declared(
        0.0, unit="1", off=0.0, ge=0, le=1, meaning="share of variance per wafer"
    )
    row: float = declared(0.0, unit="1", off=0.0, ge=0, le=1, meaning="share of variance per row")
    column: float = declared(
        0.0, unit="1", off=0.0, ge=0, le=1, meaning="share of variance per column"
    )
    gradient_row: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        le=1,
        meaning="share of variance of a linear tilt from row to row",
    )
    gradient_column: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        le=1,
        meaning="share of variance of a linear tilt over the columns",
    )

    @property
    def shared(self) -> float:
        """The share of variance that cells have in common."""
        return self.wafer + self.row + self.column + self.gradient_row + self.gradient_column

    @model_validator(mode="after")
    def _fractions_fit(self) -> Self:
        if self.shared > 1:
            raise ValueError(
                f"wafer + row + column and both gradients must not exceed 1, found {self.shared:g}"
            )
        stuck = self.stuck + self.stuck_low + self.stuck_high + self.stuck_random
        if stuck > 1:
            raise ValueError(
                f"stuck, stuck_low, stuck_high and stuck_random must not exceed 1 together, found "
                f"{stuck:g}"
            )
        return self

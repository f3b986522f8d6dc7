"""The declarations of backpropagation: pulsed, gathered digitally, and through a twin."""

from typing import Literal, Self

from pydantic import Field, StrictInt, model_validator

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.perceptron import PerceptronSettings

__all__ = ["BackpropSettings", "MixedPrecisionSettings", "PhysicsAwareSettings"]


class BackpropSettings(PerceptronSettings):
    """Pulsed gradient descent, errors sent back through the arrays themselves: a yardstick.

        d_out = e,  d_l = phi'(a_l) * (W_{l+1} d_{l+1}),  dW_l = rate x_l (x) d_l

    W d is the reverse read of the array that was read forward (Gokmen & Vlasov 2016,
    doi:10.3389/fnins.2016.00333). All layers are read back before the first is written.
    """

    name: Literal["backprop"] = "backprop"

    def needs(self) -> tuple[Need, ...]:
        """W d is read in reverse."""
        return (Need.REVERSE_READ,)


class MixedPrecisionSettings(PerceptronSettings):
    """Backpropagation gathered digitally (Nandakumar et al. 2020, doi:10.3389/fnins.2020.00406).

        chi_l += rate sum over samples x_l (x) d_l,  n = trunc(chi_l / step)
        n net pulses are sent,  chi_l -= n step

    d_l is that of the rule backprop, chi_l a digital number beside each cell and step what one
    pulse moves a nominal cell by at w = 0. Nothing is verified. Where there are no pulses
    (exact), all of chi is written.
    """

    name: Literal["mixed-precision"] = "mixed-precision"

    def needs(self) -> tuple[Need, ...]:
        """W d is read in reverse, and chi is digital."""
        return (Need.REVERSE_READ, Need.DIGITAL_MEMORY)

    @model_validator(mode="after")
    def _writes_in_its_own_way(self) -> Self:
        if self.write != "alternating" or self.through is not None:
            raise ValueError(
                "mixed-precision gathers and writes in its own way: leave out write and through"
            )
        return self


class PhysicsAwareSettings(PerceptronSettings):
    """Physics-aware training (Wright et al. 2022, doi:10.1038/s41586-021-04223-6): a yardstick.

    Forward in the hardware; errors go back by automatic differentiation (torch) through a digital
    twin f of each nominal array, taken at the signals that the hardware had:

        f(x) = s clip(T^T x / s),  d_l = phi'(a_l) * J_f(x_{l+1})^T d_{l+1}
        dW_l = rate x_l (x) d_l

    Weights T: read off the array at first and after every `scan_every` batches, by as many vectors
    of signs as it has rows or up to twice that; in between T gets what a nominal cell would
    (through a fast array it stays as read). s is the scale and clip the bound of
    the read path (`devices.technology.Read`). Differs from the source: weights live in the
    hardware, not in the computer beside it. The first array needs no twin: nothing lies before it.
    """

    name: Literal["physics-aware"] = "physics-aware"
    scan_every: StrictInt = Field(
        100, ge=0, description="batches from one reading of the twin to the next; 0: only at first"
    )

    def needs(self) -> tuple[Need, ...]:
        """The twin is digital; nothing is read in reverse."""
        return (Need.DIGITAL_MEMORY,)

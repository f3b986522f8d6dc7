"""The declaration of weight perturbation."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["WeightPerturbationSettings"]


class WeightPerturbationSettings(RuleSettings):
    """Weight perturbation: SPSA (Spall 1992, doi:10.1109/9.119632), all weights at once.

    The cost (cross-entropy, nats) is measured with the weights shifted by +c D and by -c D:

        dW = -rate (C(W + c D) - C(W - c D)) / (2 c) D,  D_ij = r_i s_j

    r and s are random signs of rows and of columns. The signs of two cells of D are uncorrelated,
    which is all that SPSA asks: on average this is the gradient, to order c^2. And D is what lines
    can do: nobody reads a weight, and the write is one outer product. How weights are shifted:

        lines  not at all: c (r x) s_j is added to the columns' sums, which is what W + c D would
               have brought. r x is added up digitally, beside the array; each sample has a D.
        array  by a second array beside each, whose sums are added, as in multiplexed gradient
               descent (McCaughan et al. 2023, doi:10.1063/5.0157645): it is pulsed by +c D, -2 c D
               and +c D; one D a batch. It is never read alone, so it need not return exactly: what
               it keeps of its pulses is a weight like others. It wears three times a batch.

    Differs from McCaughan: signs of rank one, and differences of two instead of a filtered
    modulation. Slower than node perturbation by the weights there are for each column. Soft targets
    are taken.
    """

    name: Literal["weight-perturbation"] = "weight-perturbation"
    rate: float = Field(1e-4, gt=0, description="learning rate of the arrays, per sample")
    size: float = Field(0.01, gt=0, description="c, how far each weight is shifted, in its units")
    perturb: Literal["lines", "array"] = Field(
        "lines", description="shift the sums as the weights would, or pulse a second array"
    )
    passes: int = Field(1, ge=1, le=1000, description="directions tried, one after another")
    bias: bool = Field(True, description="a row that is always at full scale")

    def needs(self) -> tuple[Need, ...]:
        """Random signs, remembered until the cost is known; and what is shifted."""
        second = (Need.SECOND_ARRAY,) if self.perturb == "array" else ()
        return (Need.SAMPLING, Need.DIGITAL_MEMORY, *second)

"""The declaration of node perturbation."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["NodePerturbationSettings"]


class NodePerturbationSettings(RuleSettings):
    """Node perturbation (Williams 1992, doi:10.1007/BF00992696; Werfel, Xie and Seung 2005).

    Each sample is read clean, cost C (cross-entropy, nats), and again with noise xi of deviation
    sigma added to the columns' sums, cost C~. One number goes to all layers:

        dW_l = -(rate / sigma^2) (C~ - C) xi_l (x) x~_l

    with x~_l the rows of the noisy pass, so that on average this is the gradient of the expected
    cost of the noisy net, at any sigma. Nothing is differentiated, so what a column does (bend,
    saturate, be broken) needs not be known. `apart` makes layers noisy one after another, each in
    a pass of its own from that layer on: dearer by the reads, and each layer sees only its noise.

    The noise is drawn in the digital periphery, by which sums are shifted after conversion; it is
    kept until the write. Soft targets are taken.
    """

    name: Literal["node-perturbation"] = "node-perturbation"
    rate: float = Field(0.002, gt=0, description="learning rate of the arrays, per sample")
    sigma: float = Field(0.1, gt=0, description="deviation of the noise, in units of a sum")
    perturb: Literal["together", "apart"] = Field(
        "apart", description="all layers are noisy in one pass, or each in one of its own"
    )
    passes: int = Field(1, ge=1, le=1000, description="noisy reads of a sample, averaged")
    bias: bool = Field(True, description="a row that is always at full scale")

    def needs(self) -> tuple[Need, ...]:
        """Noise must be added on demand, and remembered until the cost is known."""
        return (Need.SAMPLING, Need.DIGITAL_MEMORY)

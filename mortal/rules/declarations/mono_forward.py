"""The declaration of Mono-Forward."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["MonoForwardSettings"]


class MonoForwardSettings(RuleSettings):
    """Mono-Forward (Gong et al. 2025, arXiv:2501.09238): each layer learns to name the class.

    Of layer l with input x, h = phi(W^T x), a small label matrix M projects to class scores:

        G = M^T h,  e = y - softmax(G),  dW = rate x (x) (phi'(a) M e),
        dM = label_rate h (x) e / units

    Differs from the source: h is rms-normalised before M, and the rate of M is divided by the
    number of units, so that one setting serves layers of any width.
    """

    name: Literal["mono-forward"] = "mono-forward"
    rate: float = Field(0.01, gt=0, description="learning rate of the arrays, per sample")
    label_rate: float = Field(0.5, gt=0, description="learning rate of the label matrices")
    label_matrix: Literal["digital", "array"] = Field(
        "digital",
        description="where M lives: digital periphery, or an analog array read both ways",
    )
    bias: bool = Field(True, description="a row that is always at full scale")

    def needs(self) -> tuple[Need, ...]:
        """A digital M needs memory; an analog one needs M^T, the reverse read."""
        if self.label_matrix == "array":
            return (Need.REVERSE_READ,)
        return (Need.DIGITAL_MEMORY,)

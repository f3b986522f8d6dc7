"""The declaration of predictive coding."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["PredictiveCodingSettings"]


class PredictiveCodingSettings(RuleSettings):
    """Predictive coding (Whittington and Bogacz 2017, doi:10.1162/NECO_a_00949).

    Every layer predicts the next; error units eps hold what the prediction missed. With phi the
    rectifier and x = z_0 the input, and the output told the target y,

        eps_l = z_l - W_l^T phi(z_{l-1}),  eps_L = precision (y - softmax(W_L^T phi(z_{L-1})))
        z_l <- z_l + pace (-eps_l + phi'(z_l) W_{l+1} eps_{l+1}),  `steps` times
        dW_l = rate phi(z_{l-1}) (x) eps_l

    begun by a forward pass, where all eps but the last are 0. At rest eps_l = phi' W eps_{l+1},
    backprop's recursion in a state that has moved: the less the output errs, or the smaller the
    precision, the less it moves. As the precision goes to 0 the update goes to that of backprop
    times the precision. The input's drive is read once a sample and held. Soft targets are taken.

    Differs from the source: the output's error is that of the cross-entropy, so that answers are
    probabilities; the precisions of hidden layers are 1.
    """

    name: Literal["predictive-coding"] = "predictive-coding"
    rate: float = Field(0.02, gt=0, description="learning rate of the arrays, per sample")
    steps: int = Field(6, ge=1, description="relaxation steps, each a read both ways")
    pace: float = Field(0.3, gt=0, le=1, description="how far the state goes in a step")
    precision: float = Field(1.0, gt=0, description="weight of the output's error in the state")
    bias: bool = Field(True, description="a row that is always at 1")

    def needs(self) -> tuple[Need, ...]:
        """The transpose of every array but the first, read again until the state rests."""
        return (Need.REVERSE_READ, Need.SETTLING)

"""What the declarations of rules share that send the error of an output array to hidden layers."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.rule import RuleSettings

__all__ = ["PerceptronSettings"]


class PerceptronSettings(RuleSettings):
    """A network whose last array, `output`, gives a score for each class.

        a_l = gain W_l^T x_l,  h_l = phi(a_l),  x_{l+1} = h_l
        p = softmax(gain W_out^T h),  e = y - p
        dW_out = output_rate h (x) e

    e is what cross-entropy falls along, for hard and soft targets y. A bias line joins each x; it
    is a constant to all errors. The rules differ in what they write into the hidden arrays.
    phi'(a) is told by h: 1 where h > 0 (relu), 1 - h^2 (tanh). What is read back is multiplied by
    the gain as well; dW is not, so that a rate stays a rate of weights. Cells of few states are
    large from their first pulse on: a gain below 1 keeps their lines out of saturation.
    """

    rate: float = Field(0.005, gt=0, description="learning rate of the hidden arrays, per sample")
    output_rate: float = Field(
        0.005, gt=0, description="learning rate of the output array, per sample"
    )
    activation: Literal["relu", "tanh"] = Field(
        "relu", description="phi of the hidden lines: rectified, or saturating"
    )
    gain: float = Field(
        1.0, gt=0, description="what the periphery multiplies the currents of all arrays by"
    )
    bias: bool = Field(True, description="a row that is always at full scale")

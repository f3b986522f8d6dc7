"""The declarations of rules whose errors go through fixed random arrays."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.perceptron import PerceptronSettings

__all__ = ["DirectFeedbackSettings", "PepitaSettings"]


class DirectFeedbackSettings(PerceptronSettings):
    """Direct feedback alignment (Nøkland 2016, arXiv:1609.01596): errors go straight to each layer.

        d_l = phi'(a_l) * (B_l^T e),  dW_l = rate x_l (x) d_l

    B_l `[class, unit]` is an array of its own, `feedback1`, ..., read forward, never written, and
    random as it was made. The forward weights come to agree with it, so that d_l makes less than
    a right angle with the gradient. As in the source, lines saturate: what is sent does not fall
    when a layer has done its part, and rectified lines of deep layers grow without end.
    """

    name: Literal["direct-feedback-alignment"] = "direct-feedback-alignment"
    rate: float = Field(0.05, gt=0, description="learning rate of the hidden arrays, per sample")
    output_rate: float = Field(
        0.003, gt=0, description="learning rate of the output array, per sample"
    )
    activation: Literal["relu", "tanh"] = Field(
        "tanh", description="phi of the hidden lines: rectified, or saturating"
    )

    def needs(self) -> tuple[Need, ...]:
        """The errors have arrays of their own."""
        return (Need.RANDOM_FEEDBACK,)


class PepitaSettings(PerceptronSettings):
    """PEPITA (Dellaferrera & Kreiman 2022, arXiv:2201.11665): the error modulates the input.

    A second forward pass, ~, has the input x + F (p - y):

        dW_1 = -rate (x + F (p - y)) (x) (h_1 - h~_1),  dW_l = -rate h~_{l-1} (x) (h_l - h~_l)
        dW_out = -output_rate h~ (x) (p - y)

    F is `modulation` / sqrt(features) times an array of its own, `feedback` `[class, feature]`,
    read forward, never written, and random as it was made. Bias lines stay as in the first pass.
    The difference of two passes is small. Where reads are noisy or coarse a larger modulation with
    a smaller rate learns better at first, but what it teaches leaves the gradient's direction: on
    60,000 images of MNIST and exact arrays 1.4 learns to the end, and 4 falls back.
    """

    name: Literal["pepita"] = "pepita"
    rate: float = Field(0.03, gt=0, description="learning rate of the hidden arrays, per sample")
    modulation: float = Field(1.5, gt=0, description="scale of F, whatever the number of features")

    def needs(self) -> tuple[Need, ...]:
        """The error has an array of its own."""
        return (Need.RANDOM_FEEDBACK,)

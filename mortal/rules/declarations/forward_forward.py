"""The declarations of Forward-Forward: with labels, and without."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["ForwardForwardSettings", "GoodnessSettings", "UnsupervisedForwardForwardSettings"]


class GoodnessSettings(RuleSettings):
    """What every Forward-Forward shares: layers that raise their goodness g on real data only.

    `loss: threshold` asks for g+ above and g- below the threshold, one update a pass, p the chance
    sigma(g - threshold) that the data is real. `loss: symba` (Lee & Song 2023, arXiv:2303.08418)
    compares the two passes of one sample, L = log(1 + exp(-alpha (g+ - g-))), and has no
    threshold, so what moves both goodnesses alike (drift, read offsets) teaches nothing:

        threshold: d_j = s (1 - p_s) 2 h_j                      s = +1 real, -1 false
        symba:     d_j = s alpha sigma(-alpha (g+ - g-)) 2 h_j

    and d_j += peer (m - m_j): m_j is unit j's running mean activity and m the layer's (peer
    normalisation), since goodness alone never revives a silent unit.

    `tracking` lets each layer's threshold follow its data: (EMA g+ + EMA g-) / 2, with this memory.
    `active` lets only the largest activities of a layer through (winner-take-all; the goodness is
    then the mean over the winners: top-k goodness, arXiv:2604.13081). `collaborative` adds to each
    layer's g the other layers' (Lorberbom et al. 2023, arXiv:2305.12393): one number broadcast, no
    derivative through it; a threshold is then one of the sum.
    """

    loss: Literal["threshold", "symba"] = Field(
        "symba", description="what of the goodness is taught: its level, or its difference"
    )
    threshold: float = Field(1.0, description="goodness at which p is one half")
    tracking: float = Field(
        0, ge=0, lt=1, description="memory of a threshold that follows the goodness; 0: it stays"
    )
    alpha: float = Field(1.0, gt=0, description="steepness of the SymBa loss")
    active: float = Field(0.2, gt=0, le=1, description="share of a layer's units that win")
    collaborative: bool = Field(False, description="each layer hears the others' goodness")
    peer: float = Field(0.03, ge=0, description="strength of peer normalisation")
    peer_memory: float = Field(0.9, ge=0, lt=1, description="memory of the running mean activity")
    bias: bool = Field(True, description="a row that is always at full scale")


class ForwardForwardSettings(GoodnessSettings):
    """Forward-Forward (Hinton 2022, arXiv:2212.13345), supervised, the label in the input.

    Goodness g = mean(h^2); p = sigma(g - threshold) is the chance that the data is real. Data
    with its own label raises g, with a wrong label lowers it, each by an update of its own; the
    equations and the other losses are those of `GoodnessSettings`. Tested by one pass a label:
    the sum of g over layers.

    Wrong labels are any other equally often, or `hard`: drawn from the network's own answers, the
    right one excluded (section 3.3), so that it corrects what it confuses. With `targets: soft` a
    pair of labels is told by how much the one is likelier, q = p_right / (p_right + p_wrong):

        threshold: d_j = (q - p) 2 h_j, then ((1 - q) - p) 2 h_j
        symba:     d_j = s alpha (q - sigma(alpha (g+ - g-))) 2 h_j

    which for hard targets, q = 1, is the rule as it was.

    Measured on `exact`, MNIST, 784-500-500, 5 epochs with decay 0.03: 98.1 % of the test (Hinton:
    98.6 with 4 x 2000 units and 60 epochs). Few samples want a rate of 0.005;
    coarse asymmetric cells `write: netted`, batches of 128 and a rate of 0.01 (reram-sb-gong2018,
    14 x 14, 4,000 images: 89 % where batches of 32 at 0.005 give 80, the threshold loss 70).
    """

    name: Literal["forward-forward"] = "forward-forward"
    rate: float = Field(0.002, gt=0, description="learning rate of the arrays, per sample")
    label_strength: float = Field(1.0, gt=0, description="voltage of the label row, full scale 1")
    negatives: Literal["uniform", "hard"] = Field(
        "hard", description="wrong labels: any other, or as the network answers"
    )
    targets: Literal["likely", "soft"] = Field(
        "soft", description="a soft target counts as its likeliest class, or by its odds"
    )


class UnsupervisedForwardForwardSettings(GoodnessSettings):
    """Forward-Forward without labels (Hinton 2022, section 3.2), and a linear readout.

    Real data are the inputs; false data are hybrids, two of the batch's inputs mixed by a mask
    with large blobs: random bits, blurred again and again with [1/4, 1/2, 1/4] along rows and
    columns, then cut at one half. So short-range correlations are real and the shape is wrong.
    The mask takes inputs for a square picture if their number is a square, else for a line of
    neighbours. A batch of one has no partner and teaches the layers nothing.

    Labels reach only the readout, which names the class from the normalised activities u of the
    layers after the first (of all layers with `first_layer`) and learns by the delta rule:

        scores = M^T u,  e = y - softmax(scores),  dM = readout_rate u (x) e / units

    It takes soft targets. Its M is digital, or an array of its own that is only read forward.

    Measured on `exact`, MNIST, 784-500-500, 5 epochs with decay 0.03 and a readout rate of 2:
    96.8 % of the test (Hinton: 98.6 with 4 x 2000 units and 100 epochs). With 8,000 images 95.2,
    where layers that stay as they were made give 92.8. Small pictures want fewer blurs: 2 for
    8 x 8.
    """

    name: Literal["forward-forward-unsupervised"] = "forward-forward-unsupervised"
    rate: float = Field(0.001, gt=0, description="learning rate of the arrays, per sample")
    readout: Literal["digital", "array"] = Field(
        "digital", description="where the readout lives: digital periphery, or an analog array"
    )
    readout_rate: float = Field(1.0, gt=0, description="learning rate of the readout")
    first_layer: bool = Field(True, description="the readout reads the first layer too")
    blur: int = Field(6, ge=0, le=64, description="times that a mask is blurred")

    def needs(self) -> tuple[Need, ...]:
        """A digital readout needs memory."""
        return (Need.DIGITAL_MEMORY,) if self.readout == "digital" else ()

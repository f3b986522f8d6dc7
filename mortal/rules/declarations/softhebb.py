"""The declaration of SoftHebb."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["SoftHebbSettings"]


class SoftHebbSettings(RuleSettings):
    """SoftHebb (Moraitis et al. 2022, doi:10.1088/2634-4386/aca710), and a linear readout.

    Units compete for each input x, of rms 1 over its n rows, and move towards it:

        c = W^T x / (weight n),  y = softmax((c - theta) / temperature)
        dW_ik = rate y_k (weight x_i - c_k W_ik)

    c is a cosine once a unit has learnt: at the fixed point a unit's weights are the input it
    wins, with an rms of `weight`; with u = c weight n and inputs of unit length this is the
    source's y_k (x_i - u_k w_ik). The second term knows each weight, and nobody reads one:

        read-back  one unit is drawn with chance y_k (a lateral winner-take-all with noise) and
                   its column alone is driven by c_k: the rows then carry c_k W_ik, and one outer
                   product with the winner is written. On average over draws this is the rule.
                   With `winners: all` columns are driven by y_j c_j and the rows carry the sum
                   over j: Oja's rule for a subspace, and SoftHebb as y tends to one-hot.
        bounds     the write is rate y_k weight (x_i - mean x), and nothing is subtracted: cells
                   with soft bounds step less the nearer they are, which holds W_ik at the bound
                   times E[x_i - mean x] / E|x_i - mean x| over what the unit wins. A different
                   fixed point, from no read; on cells without such bounds weights only grow.

    theta is a conscience (DeSieno 1988), digital, without which one unit takes every image:

        dtheta_k = conscience (sum y_k - batch / units)

    Answers: h_k = max(0, c_k - theta_k - mean)^2 of every layer, rms-normalised, and a line at
    full scale, into a readout R taught by the delta rule with soft targets as they are:

        e = target - softmax(R^T h),  dR = readout_rate h (x) e / features

    Differs from the source: the conscience in place of a learnt prior, winners that are drawn,
    several layers at once, the square, and no labels but in the readout.
    """

    name: Literal["softhebb"] = "softhebb"
    rate: float = Field(0.01, gt=0, description="learning rate of the arrays, per sample")
    temperature: float = Field(0.02, gt=0, description="of the competition, in units of c")
    winners: Literal["one", "all"] = Field(
        "one", description="a winner is drawn with chance y, or all learn by their share y"
    )
    decay: Literal["read-back", "bounds"] = Field(
        "read-back", description="what keeps weights finite: a reverse read, or the cells' bounds"
    )
    conscience: float = Field(
        0.02, ge=0, description="how fast a unit that wins too often yields, in units of c"
    )
    weight: float = Field(0.1, gt=0, description="rms weight of a unit that has learnt")
    readout: Literal["digital", "array"] = Field(
        "digital", description="where the readout lives: digital periphery, or an analog array"
    )
    readout_rate: float = Field(1.0, gt=0, description="learning rate of the readout")

    def needs(self) -> tuple[Need, ...]:
        """Memory for thresholds and readout; a reverse read to decay by; random winners."""
        reverse = (Need.REVERSE_READ,) if self.decay == "read-back" else ()
        sampling = (Need.SAMPLING,) if self.winners == "one" else ()
        return (*reverse, *sampling, Need.DIGITAL_MEMORY)

"""The declaration of Forward-Forward."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.rule import RuleSettings

__all__ = ["ForwardForwardSettings"]


class ForwardForwardSettings(RuleSettings):
    """Forward-Forward (Hinton 2022, arXiv:2212.13345), supervised, the label in the input.

    Goodness g = mean(h^2); p = sigma(g - threshold) is the chance that the data is real. Data
    with its own label raises g, with a wrong label lowers it, each by an update of its own:

        d_j = s (1 - p_s) 2 h_j + peer (m - m_j),  s = +1 right label, -1 wrong label

    m_j is unit j's running mean activity and m the layer's (peer normalisation): goodness alone
    never revives a silent unit. Tested by one pass a label: the sum of g over layers.
    """

    name: Literal["forward-forward"] = "forward-forward"
    rate: float = Field(0.001, gt=0, description="learning rate of the arrays, per sample")
    threshold: float = Field(1.0, description="goodness at which p is one half")
    peer: float = Field(0.03, ge=0, description="strength of peer normalisation")
    peer_memory: float = Field(0.9, ge=0, lt=1, description="memory of the running mean activity")
    label_strength: float = Field(1.0, gt=0, description="voltage of the label row, full scale 1")
    bias: bool = Field(True, description="a row that is always at full scale")

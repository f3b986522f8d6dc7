"""What a learning rule declares: its settings, and what it needs of its hardware.

No arrays here: a rule's implementation stands in a file of its own and is joined by the registry.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from devices import Technology
from mortal.errors import RuleError

__all__ = [
    "ForwardForwardSettings",
    "MonoForwardSettings",
    "Need",
    "RuleSettings",
    "Settings",
    "require",
]


class Need(StrEnum):
    """What hardware may lack. The value is what a declaration and an error call it."""

    REVERSE_READ = "reverse-read"
    DIGITAL_MEMORY = "digital-memory"


_MEANING = {
    Need.REVERSE_READ: "drive columns and sense rows (cell.reverse_read)",
    Need.DIGITAL_MEMORY: "keep digital numbers beside the array (cell.digital_memory)",
}


class RuleSettings(BaseModel):
    """What all rules share."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    rate: float = Field(gt=0, description="learning rate of the arrays, per sample")

    def needs(self) -> tuple[Need, ...]:
        """Return what this rule, so set, asks of the hardware."""
        return ()


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


Settings = Annotated[MonoForwardSettings | ForwardForwardSettings, Field(discriminator="name")]


def require(settings: RuleSettings, technology: Technology) -> None:
    """Refuse a rule on hardware that lacks what it needs.

    Raises:
        RuleError: names the need and the technology.
    """
    has = {
        Need.REVERSE_READ: technology.cell.reverse_read,
        Need.DIGITAL_MEMORY: technology.cell.digital_memory,
    }
    for need in settings.needs():
        if not has[need]:
            raise RuleError(
                f"the rule {settings.name}, so set, needs a {need.value}, which {technology.name} "
                f"does not have: it cannot {_MEANING[need]}"
            )

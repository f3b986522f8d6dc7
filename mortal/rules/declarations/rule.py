"""What every learning rule declares."""

from pydantic import BaseModel, ConfigDict, Field

from mortal.rules.declarations.need import Need

__all__ = ["RuleSettings"]


class RuleSettings(BaseModel):
    """What all rules share."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    rate: float = Field(gt=0, description="learning rate of the arrays, per sample")

    def needs(self) -> tuple[Need, ...]:
        """Return what this rule, so set, asks of the hardware."""
        return ()

"""What every learning rule declares."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.through import Through

__all__ = ["RuleSettings", "Write"]

Write = Literal["alternating", "netted"]


class RuleSettings(BaseModel):
    """What all rules share."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dreams: ClassVar[bool] = False
    """Whether it has a model of its inputs, from which devices generate some of their own."""

    name: str
    rate: float = Field(gt=0, description="learning rate of the arrays, per sample")
    write: Write = Field(
        "alternating",
        description="outer products written as they come, or a batch's sum formed digitally and "
        "written once, by net pulses",
    )
    through: Through | None = Field(
        None, description="fast array that learns for the slow one: a name, or settings with `name`"
    )

    def needs(self) -> tuple[Need, ...]:
        """Return what this rule, so set, asks of the hardware."""
        return ()

    def all_needs(self) -> Iterator[tuple[str, tuple[Need, ...]]]:
        """Yield what is asked of the hardware, with who asks: the rule and its way of writing."""
        yield f"the rule {self.name}", self.needs()
        if self.write == "netted":
            yield "the way of writing netted", (Need.DIGITAL_MEMORY,)
        if self.through is not None:
            yield f"learning through {self.through.name}", self.through.needs()

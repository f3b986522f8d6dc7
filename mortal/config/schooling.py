"""What all steps share, and how those that learn say their schedule."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    model_validator,
)

from devices.technology.units import Joules
from mortal.named import OrText

__all__ = ["Classes", "Cohorts", "Schooling", "Share", "Step", "StopConfig", "TrainStep"]

_STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


def _once_each(names: tuple[str, ...]) -> tuple[str, ...]:
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        raise ValueError(f"expected each cohort once, found {twice[0]} again")
    return names


Cohorts = Annotated[
    tuple[str, ...],
    Field(min_length=1, description="one cohort, or a list of them"),
    AfterValidator(_once_each),
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    OrText(),
]

Classes = Annotated[tuple[Annotated[StrictInt, Field(ge=0)], ...], Field()]
"""Classes by number, from 0."""

Share = Annotated[float, Field(ge=0, le=1)]


class Step(BaseModel):
    """What all steps share."""

    model_config = _STRICT


class StopConfig(BaseModel):
    """When a device stops learning before the epochs are over: see `mortal.schedule.Stop`."""

    model_config = _STRICT

    patience: Annotated[StrictInt, Field(ge=1)] | None = Field(
        None, description="epochs without a better result on what is held out"
    )
    held_out: float = Field(
        0.1, gt=0, le=0.5, description="part of the samples that is held out for patience"
    )
    pulses: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="write pulses that each device may receive in it, and in each round of it",
    )
    energy: Annotated[Joules, Field(gt=0)] | None = Field(
        None, description="energy that each device may spend in it, such as `1 mJ`"
    )


class Schooling(Step):
    """A schedule of learning: see `mortal.schedule.Schedule`.

    A budget of pulses or energy takes the place of epochs: where none are said, there are up to
    1000 of them and the rate does not fall.
    """

    epochs: StrictInt = Field(10, ge=0, description="times that every sample is shown")
    batch: StrictInt = Field(32, ge=1, description="samples between two writes")
    rate: float = Field(1.0, ge=0, description="multiplies the rule's own learning rates")
    decay: float = Field(
        0.3, gt=0, le=1, description="factor by which the rate falls over the schedule"
    )
    falls: Literal["epoch", "batch"] = Field(
        "epoch", description="whether the rate falls from epoch to epoch, or with each batch"
    )
    stop: StopConfig = Field(
        default_factory=lambda: StopConfig(), description="when a device stops earlier"
    )

    @model_validator(mode="before")
    @classmethod
    def _budget_instead_of_epochs(cls, given: Any) -> Any:
        stop = given.get("stop") if isinstance(given, dict) else None
        has_budget = isinstance(stop, dict) and (stop.get("pulses") or stop.get("energy"))
        if has_budget and "epochs" not in given:
            given = {**given, "epochs": 1000, "decay": given.get("decay", 1.0)}
        return given


class TrainStep(Schooling):
    """Learn from labelled data, in the hardware."""

    cohort: Cohorts
    data: Literal["train", "validation"] = Field("train", description="which split is shown")
    budget: Annotated[StrictInt, Field(ge=1)] | None = Field(
        None, description="labelled samples, drawn once; default: all of them"
    )
    right: Share = Field(
        1.0,
        description="part of the labels that is right; each of the others names another class, "
        "once and for all, and for every device its own",
    )
    without: Classes = Field((), description="classes that are never shown")
    only: Classes = Field((), description="the only classes that are shown; default: all")

    @model_validator(mode="after")
    def _names_classes_once(self) -> "TrainStep":
        if self.without and self.only:
            raise ValueError("without and only exclude each other; name the classes in one of them")
        return self

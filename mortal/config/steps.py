"""What may happen in a story: one model a step, written `- train: {...}`."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictInt,
    Tag,
    model_validator,
)

from devices.technology.units import Joules, Kelvin, Seconds
from mortal.named import OrText

__all__ = [
    "AgeStep",
    "BuryStep",
    "CopyStep",
    "DistilStep",
    "Entry",
    "ExamineStep",
    "RepeatStep",
    "Step",
    "TrainStep",
    "step_of",
]

_STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


Cohorts = Annotated[
    tuple[str, ...],
    Field(min_length=1, description="one cohort, or a list of them"),
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    OrText(),
]


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
        None, description="write pulses that each device may receive in this step"
    )
    energy: Annotated[Joules, Field(gt=0)] | None = Field(
        None, description="energy that each device may spend in this step, such as `1 mJ`"
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
    """Learn from labelled training data, in the hardware."""

    cohort: Cohorts


class ExamineStep(Step):
    """Ask questions and compare with the truth; what is dead is buried with its cause."""

    cohort: Cohorts
    data: Literal["test", "validation", "train"] = Field("test", description="which split")
    answers: StrictInt = Field(
        0, ge=0, description="questions, from the first, whose answers are logged; a map needs them"
    )


class AgeStep(Step):
    """Rest unpowered."""

    cohort: Cohorts
    by: Seconds = Field(ge=0, description="time, such as `3 years`")
    temperature: Kelvin = Field(298.15, gt=0, description="such as `55 C`")


class DistilStep(Schooling):
    """Teachers answer, students learn from the answers; no label and no weight passes."""

    teacher: str = Field(alias="from", description="cohort that is asked")
    student: str = Field(alias="to", description="cohort that learns")
    inputs: Literal["train", "validation"] = Field(
        "train", description="what is asked: inputs of this split, without their labels"
    )
    answers: Literal["soft", "hard"] = Field("soft", description="what is answered")
    softening: float = Field(4.0, gt=0, description="temperature of soft answers")
    budget: StrictInt | None = Field(
        None, ge=1, description="number of answers; default: every input once"
    )
    bits: StrictInt = Field(8, ge=1, le=16, description="bits of each number of a soft answer")


class CopyStep(Step):
    """The control arm: write one device's weights into another."""

    source: str = Field(alias="from", description="cohort that is read out")
    target: str = Field(alias="to", description="cohort that is written")
    by: Literal["write-verify", "open-loop"] = Field("write-verify", description="way of writing")
    read_error: float = Field(
        0.0, ge=0, description="error of the read-out in units of weight; 0: perfect microscope"
    )


class BuryStep(Step):
    """End the lives of a cohort; for statistics they are censored."""

    cohort: Cohorts


class RepeatStep(Step):
    """A lineage: the same story for one generation after another.

    After each generation the cohort taught takes the place of its teachers, and the cohorts that
    were taught or written to are grown afresh with new serial numbers.
    """

    generations: StrictInt = Field(ge=1, description="how many")
    story: tuple["Entry", ...] = Field(min_length=1, description="what each generation lives")
    succession: dict[str, str] | None = Field(
        None,
        description="{elders: heirs}: heirs take the elders' place; default: as the story distils",
    )


class _TrainEntry(Step):
    train: TrainStep


class _ExamineEntry(Step):
    examine: ExamineStep


class _AgeEntry(Step):
    age: AgeStep


class _DistilEntry(Step):
    distil: DistilStep


class _CopyEntry(Step):
    copy_: CopyStep = Field(alias="copy")


class _BuryEntry(Step):
    bury: BuryStep


class _RepeatEntry(Step):
    repeat: RepeatStep


def _word(given: Any) -> str | None:
    """Return the one key of an entry, its discriminator."""
    if isinstance(given, dict):
        return str(next(iter(given))) if len(given) == 1 else None
    return next(iter(type(given).model_fields)).rstrip("_") if isinstance(given, Step) else None


Entry = Annotated[
    Annotated[_TrainEntry, Tag("train")]
    | Annotated[_ExamineEntry, Tag("examine")]
    | Annotated[_AgeEntry, Tag("age")]
    | Annotated[_DistilEntry, Tag("distil")]
    | Annotated[_CopyEntry, Tag("copy")]
    | Annotated[_BuryEntry, Tag("bury")]
    | Annotated[_RepeatEntry, Tag("repeat")],
    Discriminator(_word),
]
RepeatStep.model_rebuild()


def step_of(entry: Step) -> tuple[str, Step]:
    """Return the word and the step of an entry of a story."""
    field = next(iter(type(entry).model_fields))
    return field.rstrip("_"), getattr(entry, field)

"""What may happen in a story: one model a step, written `- train: {...}`."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StrictInt, Tag

from devices.technology.units import Kelvin, Seconds
from mortal.config.schooling import Cohorts, Schooling, Step, StopConfig, TrainStep
from mortal.config.teaching import DistilStep, MutualStep

__all__ = [
    "AgeStep",
    "BuryStep",
    "CopyStep",
    "DistilStep",
    "Entry",
    "ExamineStep",
    "MutualStep",
    "RepeatStep",
    "Schooling",
    "Step",
    "StopConfig",
    "TrainStep",
    "step_of",
]


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


class _MutualEntry(Step):
    mutual: MutualStep


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
    | Annotated[_MutualEntry, Tag("mutual")]
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

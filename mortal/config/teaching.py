"""Steps in which answers teach: `distil`, with all its words, and `mutual`."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, ValidationError, model_validator

from distill import DistillError
from distill.terms import Terms
from mortal.config.questions import MADE, QuestionsConfig, Sources
from mortal.config.schooling import Cohorts, Schooling, Share, Step, StopConfig

__all__ = ["Asking", "Control", "CorrectConfig", "DistilStep", "MutualStep", "StageConfig"]

Control = Literal["untaught", "labels", "hard", "copy", "read-out"]
Whole = Annotated[StrictInt, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Kind = Literal["soft", "hard", "top-k", "ranking", "features"]
Choosing = Literal["random", "margin", "entropy", "disagreement"]


class CorrectConfig(Step):
    """Bias correction after a lesson, from unlabelled inputs: see `distill.class_offsets`."""

    prior: Literal["uniform"] | tuple[Positive, ...] = Field(
        "uniform", description="how often each class comes: uniform, or a share each, sum 1"
    )
    inputs: Literal["train", "validation"] = Field(
        "validation", description="split whose inputs are answered, without their labels"
    )
    softening: Positive = Field(4.0, description="temperature at which the mean answer is taken")


class Asking(Schooling):
    """What is asked and answered in one lesson: see `distill.transfer`."""

    inputs: Sources = Field(
        default_factory=lambda: (QuestionsConfig(name="train"),),
        description="what is asked: a source of questions, or a list that each gives a part of",
    )
    answers: Kind = Field("soft", description="what is answered")
    keep: Whole | None = Field(None, description="classes that top-k or a ranking tells")
    layer: Whole | None = Field(
        None, description="layer whose features are answered, from 1; it has a unit a class"
    )
    softening: float = Field(4.0, gt=0, description="temperature of soft answers")
    reads: StrictInt = Field(1, ge=1, description="times that a teacher is read for one answer")
    right: Share = Field(
        1.0,
        description="part of hard answers that is handed on as given; each of the others names "
        "another class, once and for all",
    )
    bits: StrictInt = Field(8, ge=1, le=16, description="bits of each number of a soft answer")
    budget: Whole | None = Field(None, description="number of answers; default: every input once")
    budget_bits: Whole | None = Field(None, description="instead: bits of all answers")
    repeats: bool = Field(
        True, description="whether a budget larger than the inputs asks them again"
    )
    choosing: Choosing = Field(
        "random", description="how questions are chosen: by what students are most in doubt of"
    )
    rounds: StrictInt = Field(1, ge=1, description="parts of the budget, with learning in between")
    until: Share | None = Field(
        None, description="agreement with the teachers at which no further round follows"
    )

    @model_validator(mode="after")
    def _goes_together(self) -> "Asking":
        if getattr(self, "stages", None) is not None:
            return self  # each stage is held against them by itself
        try:
            self.terms()
        except DistillError as error:
            raise ValueError(str(error)) from None
        made: list[str] = [source.name for source in self.inputs if source.name in MADE]
        made += ["blended"] if len(self.inputs) > 1 else []
        made += ["perturbed"] if any(s.noise or s.drop for s in self.inputs) else []
        if made and self.budget is None and self.budget_bits is None:
            raise ValueError(f"{made[0]} questions are made as they are needed; give a budget")
        return self

    def terms(self) -> Terms:
        """Return what of it are the terms of a transfer. Raises SettingError as they do."""
        names = [name for name in Terms.__dataclass_fields__ if name in Asking.model_fields]
        return Terms(**{name: getattr(self, name) for name in names})

    @property
    def is_shared(self) -> bool:
        """Whether what is asked depends on all devices, not on those of one rank."""
        chosen = self.choosing != "random" or self.until is not None
        return chosen or any(source.name == "generated" for source in self.inputs)


class StageConfig(Step):
    """A stage of a curriculum: what is said here holds in place of what its step says."""

    inputs: Sources | None = Field(None, description="as in distil")
    answers: Kind | None = Field(None, description="as in distil")
    keep: Whole | None = Field(None, description="as in distil")
    layer: Whole | None = Field(None, description="as in distil")
    softening: Positive | None = Field(None, description="as in distil")
    reads: Whole | None = Field(None, description="as in distil")
    right: Share | None = Field(None, description="as in distil")
    bits: Annotated[StrictInt, Field(ge=1, le=16)] | None = Field(None, description="as in distil")
    budget: Whole | None = Field(None, description="as in distil")
    budget_bits: Whole | None = Field(None, description="as in distil")
    repeats: bool | None = Field(None, description="as in distil")
    choosing: Choosing | None = Field(None, description="as in distil")
    rounds: Whole | None = Field(None, description="as in distil")
    until: Share | None = Field(None, description="as in distil")
    epochs: Annotated[StrictInt, Field(ge=0)] | None = Field(None, description="as in distil")
    batch: Whole | None = Field(None, description="as in distil")
    rate: Annotated[float, Field(ge=0)] | None = Field(None, description="as in distil")
    decay: Annotated[float, Field(gt=0, le=1)] | None = Field(None, description="as in distil")
    stop: StopConfig | None = Field(None, description="as in distil")

    def said(self) -> dict[str, Any]:
        """Return what the stage says, by field."""
        return {name: value for name, value in self if value is not None}


class DistilStep(Asking):
    """Teachers answer, students learn from the answers; no label and no weight passes."""

    teachers: Cohorts = Field(alias="from", description="cohort that is asked, or a list of them")
    student: str = Field(alias="to", description="cohort that learns")
    pairing: Literal["one-to-one", "one-to-all", "all-to-each"] = Field(
        "one-to-one",
        description="who teaches whom: rank by rank, one device everybody, or all of them together",
    )
    trust: Literal["equal", "reliability"] | tuple[Annotated[float, Field(ge=0)], ...] = Field(
        "equal",
        description="how those who teach together are weighed: alike, by a reliability measured "
        "without labels, or a weight for the devices of each cohort of `from`",
    )
    exam: Literal["test", "validation", "train"] | None = Field(
        None, description="split that students are examined on, before and after, for the log only"
    )
    correct: CorrectConfig | None = Field(
        None, description="bias correction after it, for classes that were never shown"
    )
    stages: Annotated[tuple[StageConfig, ...], Field(min_length=1)] | None = Field(
        None, description="a curriculum: lessons one after the other, each with its own words"
    )
    controls: tuple[Control, ...] = Field(
        (), description="arms of identical manufacture that live beside the students"
    )
    read_error: float = Field(
        0.1, ge=0, description="error, in units of weight, of the read-out of the control read-out"
    )

    @model_validator(mode="after")
    def _can_be_taught(self) -> "DistilStep":
        self.lessons()
        is_together = self.pairing == "all-to-each"
        if not is_together and len(self.teachers) > 1:
            raise ValueError("several cohorts teach together: write pairing: all-to-each")
        if not is_together and self.trust != "equal":
            raise ValueError("trust weighs those who teach together: pairing: all-to-each")
        weights = () if isinstance(self.trust, str) else self.trust
        if weights and (len(weights) != len(self.teachers) or not sum(weights)):
            raise ValueError(
                f"trust has {len(weights)} weights for {len(self.teachers)} cohorts; "
                "give each one, and not 0 to all"
            )
        if is_together and any(lesson.answers == "features" for lesson in self.lessons()):
            raise ValueError("features of many teachers have no mean; ask them for soft answers")
        if len(set(self.controls)) < len(self.controls):
            raise ValueError("controls are named once each")
        return self

    def lessons(self) -> tuple[Asking, ...]:
        """Return what is asked and answered, stage by stage; one lesson where there are none."""
        own = {name: getattr(self, name) for name in Asking.model_fields}
        if self.stages is None:
            return (Asking(**own),)
        found = []
        for number, stage in enumerate(self.stages):
            said = stage.said()
            left = dict(own)
            for one, other in (("budget", "budget_bits"), ("budget_bits", "budget")):
                if one in said and other not in said:
                    left[other] = None
            if said.get("answers", self.answers) != self.answers:
                left |= {"keep": None, "layer": None}
            found.append(_lesson(number, {**left, **said}))
        return tuple(found)

    @property
    def gathers(self) -> bool:
        """Whether devices of all ranks meet."""
        return self.pairing != "one-to-one" or any(lesson.is_shared for lesson in self.lessons())


def _lesson(number: int, fields: dict[str, Any]) -> Asking:
    """Return the lesson of a stage. Raises ValueError, in one sentence, where it cannot be."""
    try:
        return Asking(**fields)
    except ValidationError as error:
        told = error.errors()[0]
        raise ValueError(
            f"stage {number}: {told.get('ctx', {}).get('error', told['msg'])}"
        ) from None


class MutualStep(Schooling):
    """Peers teach each other: each learns what the others say, in rounds."""

    cohort: Cohorts
    inputs: Literal["train", "validation"] = Field(
        "train",
        description="what is asked: inputs of this split; their labels where they are owned",
    )
    answers: Literal["soft", "hard"] = Field("soft", description="what is answered")
    bits: StrictInt = Field(8, ge=1, le=16, description="bits of each number of a soft answer")
    trust: Literal["equal", "reliability"] = Field(
        "equal", description="how peers are weighed: alike, or by a reliability without labels"
    )
    rounds: StrictInt = Field(10, ge=1, description="times that all answer and learn")
    per_round: Whole | None = Field(
        None, description="questions of a round that nobody owns; default: every input"
    )
    labels: StrictInt = Field(
        0, ge=0, description="true labels of each peer, spread among them; 0: there are none"
    )
    own_share: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="what an owned label weighs against what the others say"
    )
    softening: float = Field(4.0, gt=0, description="temperature of soft answers")

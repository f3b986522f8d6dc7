"""What teachers may be asked: inputs of the data, or questions made for the purpose."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from mortal.config.schooling import Classes, Share, Step
from mortal.named import by_name

__all__ = ["MADE", "QuestionsConfig", "Sources"]

Split = Literal["train", "validation"]

MADE = ("marginal", "uniform", "mixed", "generated")
"""Questions that are made: there is no end of them, so a budget has to be said."""

_OF_NAMES: dict[str, tuple[str, ...]] = {
    "of": ("marginal", "mixed"),
    "share": ("mixed",),
    "low": ("uniform",),
    "high": ("uniform",),
    "without": ("train", "validation", "marginal", "mixed"),
    "only": ("train", "validation", "marginal", "mixed"),
}


class QuestionsConfig(Step):
    """One source of questions: see `distill.questions` and its neighbours."""

    name: Literal["train", "validation", "marginal", "uniform", "mixed", "generated"] = Field(
        description="inputs of a split without their labels; or made: each feature by itself "
        "(marginal), noise (uniform), between two inputs (mixed), dreamt by the teacher (generated)"
    )
    of: Split = Field("train", description="split that marginal and mixed questions are made of")
    without: Classes = Field((), description="classes that are never asked about")
    only: Classes = Field((), description="the only classes that are asked about; default: all")
    share: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (1.0, 1.0),
        min_length=2,
        max_length=2,
        description="of mixed: the two numbers of the Beta distribution of shares",
    )
    low: float = Field(0.0, description="of uniform: the least value of a feature")
    high: float = Field(1.0, description="of uniform: the greatest value of a feature")
    noise: float = Field(0.0, ge=0, description="deviation of noise that is added to features")
    drop: Share = Field(0.0, description="part of the features that is set to 0")
    part: float = Field(1.0, gt=0, description="share of this source among several")

    @model_validator(mode="after")
    def _fits_its_name(self) -> "QuestionsConfig":
        for field, those in _OF_NAMES.items():
            default = type(self).model_fields[field].default
            if getattr(self, field) != default and self.name not in those:
                raise ValueError(f"{field} means nothing for {self.name}, only for {_or(those)}")
        if self.without and self.only:
            raise ValueError("without and only exclude each other; name the classes in one of them")
        if not self.low < self.high:
            raise ValueError(f"low must be below high, found {self.low:g} and {self.high:g}")
        return self

    @property
    def split(self) -> str | None:
        """The split whose inputs are needed; None where none are."""
        if self.name in ("train", "validation"):
            return self.name
        return self.of if self.name in ("marginal", "mixed") else None


def _listed(given: Any) -> Any:
    """Return a list of sources for one of them, and for its name."""
    several = given if isinstance(given, list | tuple) else [given]
    if not several:
        raise ValueError("expected a source of questions, or a list of some, found a list of 0")
    return [by_name(one) for one in several]


class _AsSaid:
    """Tells the JSON Schema that a name or a mapping stands for a list of one, and names in it."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        listed = handler(core)
        names = get_args(QuestionsConfig.model_fields["name"].annotation)
        one: list[Any] = [{"type": "string", "enum": list(names)}, listed["items"]]
        return {"anyOf": [*one, {**listed, "items": {"anyOf": one}, "minItems": 1}]}


Sources = Annotated[
    tuple[QuestionsConfig, ...],
    BeforeValidator(_listed),
    _AsSaid(),
]
"""A name, a mapping, or a list of these, of which each gives its part."""


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))

"""What a sweep declares: which fields, over which values, and how they are combined."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictFloat,
    StrictInt,
    Tag,
    model_validator,
)

from mortal.config.numbers import scalar

__all__ = ["MOST_COHORTS", "Range", "SweepConfig"]

MOST_COHORTS = 10_000
_STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
_DIGITS = 12  # so that a tenth of the way is 0.3 and not 0.30000000000000004

Bound = StrictInt | StrictFloat | str


class Range(BaseModel):
    """Values at even distances, or at even ratios, both ends included."""

    model_config = _STRICT

    first: Bound = Field(alias="from", description="a number, or text with a unit such as `1 days`")
    last: Bound = Field(alias="to", description="a number, or text in the same unit")
    count: StrictInt = Field(ge=2, le=MOST_COHORTS, description="how many values")
    scale: Literal["linear", "log"] = Field("linear", description="even distances or even ratios")

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        self.values()
        return self

    def values(self) -> list[int | float | str]:
        """Return the values in order, rounded to 12 digits; whole where both ends are.

        Raises:
            ValueError: the ends are no finite numbers of one unit, or not above 0 for a log scale.
        """
        (first, unit), (last, other) = _number_and_unit(self.first), _number_and_unit(self.last)
        if unit != other:
            raise ValueError(
                f"from and to need the same unit, found {self.first!r} and {self.last!r}"
            )
        is_log = self.scale == "log"
        if is_log and min(first, last) <= 0:
            raise ValueError(
                f"a log scale needs from and to above 0, found {self.first} and {self.last}"
            )
        ends = (math.log(first), math.log(last)) if is_log else (first, last)
        numbers: list[int | float] = [first]
        for step in range(1, self.count - 1):
            share = step / (self.count - 1)
            between = ends[0] * (1 - share) + ends[1] * share
            numbers.append(float(f"{math.exp(between) if is_log else between:.{_DIGITS}g}"))
        numbers.append(last)
        if isinstance(first, int) and isinstance(last, int):
            numbers = [int(number) if number == int(number) else number for number in numbers]
        return [f"{number!r} {unit}" if unit else number for number in numbers]


def _number_and_unit(bound: Bound) -> tuple[int | float, str]:
    number: object = bound
    unit = ""
    if isinstance(bound, str):
        number, _, unit = bound.strip().partition(" ")
        number = scalar(str(number))
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if not is_number or not math.isfinite(number):  # type: ignore[arg-type]
        raise ValueError(
            f"from and to are numbers, or texts such as '5 days' of a number, a space and a unit, "
            f"found {bound!r:.60}"
        )
    return number, unit.strip()  # type: ignore[return-value]


def _kind(given: object) -> str:
    return "range" if isinstance(given, dict | Range) else "list"


Values = Annotated[
    Annotated[list[Any], Field(min_length=1), Tag("list")] | Annotated[Range, Tag("range")],
    Discriminator(_kind),
]


class SweepConfig(BaseModel):
    """The same life with other settings: every point of the sweep has cohorts of its own."""

    model_config = _STRICT

    over: dict[str, Values] = Field(
        min_length=1,
        description="fields, as `cohorts.elders.rule.rate` or `story.4.distil.budget`, each with a "
        "list of values or a range {from, to, count, scale}",
    )
    by: Literal["cross", "zip"] = Field(
        "cross", description="every value with every other, or first with first and so on"
    )
    same_devices: bool = Field(
        False, description="every point repeats the manufacture of the first point's devices"
    )

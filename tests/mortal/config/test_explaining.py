from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    Tag,
    field_validator,
    model_validator,
)

from devices.technology.units import Kelvin, Seconds
from mortal.config.explain import did_you_mean, spelled
from mortal.config.marks import Document, Marks
from mortal.config.reading import read, validate
from mortal.errors import ConfigError


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Constant(Frozen):
    kind: Literal["constant"]
    amount: float


class Linear(Frozen):
    kind: Literal["linear"]
    step: float = Field(gt=0, lt=1)


class Cohort(Frozen):
    technology: str | Annotated[Constant | Linear, Field(discriminator="kind")] = "exact"
    layers: tuple[int, ...] = Field((64, 10), min_length=2)
    count: int = Field(1, ge=1, le=1000)
    shuffled: bool = False


class Distil(Frozen):
    source: str = Field(alias="from")
    to: str
    answers: Literal["soft", "hard"] = "soft"
    budget: int | Literal["all"] = "all"

    @model_validator(mode="after")
    def _two_cohorts(self) -> "Distil":
        if self.source == self.to:
            raise ValueError(f"{self.to} cannot teach itself; name another cohort")
        return self


class Age(Frozen):
    by: Seconds = Field(gt=0)
    temperature: Kelvin | Literal["room"] = "room"


class DistilStep(Frozen):
    distil: Distil


class AgeStep(Frozen):
    age: Age


class RepeatStep(Frozen):
    repeat: "Repeat"


def only_key(value: Any) -> Any:
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None


Step = Annotated[
    Annotated[DistilStep, Tag("distil")]
    | Annotated[AgeStep, Tag("age")]
    | Annotated[RepeatStep, Tag("repeat")],
    Discriminator(only_key),
]


class Repeat(Frozen):
    generations: int
    story: tuple[Step, ...]


class Life(Frozen):
    name: str = "life"
    cohorts: dict[Annotated[str, Field(pattern="^[a-z]+$")], Cohort] = {}
    story: tuple[Step, ...] = ()


RepeatStep.model_rebuild()


def problems(text: str, *overrides: str, model: type[BaseModel] = Life) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        validate(model, read(text + "\n", overrides=overrides))
    return str(caught.value).split("\n")


def cohort(flow: str) -> list[str]:
    return problems(f"cohorts:\n  elders: {flow}")


def step(flow: str) -> list[str]:
    return problems(f"story:\n  - {flow}")


def test_a_right_document_is_its_model() -> None:
    life = validate(Life, read("story:\n  - distil: {from: a, to: b, budget: 7}\n"))
    assert life.story == (DistilStep(distil=Distil(source="a", to="b", budget=7)),)


def test_an_unknown_key_names_the_nearest_and_all_allowed() -> None:
    assert step("distil: {from: a, to: b, budgett: 3}") == [
        "text:2:30: story[0].distil.budgett: unknown key; did you mean budget? "
        "(allowed: from, to, answers, budget)"
    ]
    assert problems("nam: a") == [
        "text:1:1: nam: unknown key; did you mean name? (allowed: name, cohorts, story)"
    ]


def test_a_missing_key_points_to_the_mapping_that_lacks_it() -> None:
    assert step("distil: {to: b}") == ["text:2:5: story[0].distil: missing key from"]


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        ("{count: ten}", "count: expected a whole number, found 'ten'"),
        ("{count: 7.5}", "count: expected a whole number, found 7.5"),
        ("{count: 0}", "count: expected a number of at least 1, found 0"),
        ("{count: 1001}", "count: expected a number of at most 1000, found 1001"),
        ("{count: ~}", "count: expected a whole number, found nothing"),
        ("{shuffled: maybe}", "shuffled: expected true or false, found 'maybe'"),
        ("{layers: 5}", "layers: expected a list, found 5"),
        ("{layers: [5]}", "layers: expected at least 2 entries, found a list of 1"),
        ("{layers: [5, x]}", "layers[1]: expected a whole number, found 'x'"),
        ("5", "expected a mapping of keys to values, found 5"),
    ],
)
def test_a_wrong_value_says_what_was_found_and_what_is_allowed(flow: str, words: str) -> None:
    (line,) = cohort(flow)
    assert line.endswith(f": cohorts.elders{'.' if words[:8] != 'expected' else ': '}{words}")


def test_a_wrong_choice_names_the_nearest() -> None:
    (line,) = step("distil: {from: a, to: b, answers: sofd}")
    assert line == (
        "text:2:39: story[0].distil.answers: expected soft or hard, found 'sofd'; "
        "did you mean soft?"
    )


def test_a_wrong_quantity_keeps_its_own_sentence_and_its_text() -> None:
    (line,) = step("age: {by: 5 yeers}")
    assert line.startswith("text:2:15: story[0].age.by: 'yeers' is not a unit of time; did you")
    (line,) = step("age: {by: -5 years}")
    assert line == "text:2:15: story[0].age.by: expected a number above 0, found '-5 years'"


def test_a_union_of_kinds_is_explained_at_its_own_keys() -> None:
    assert cohort("{technology: {kind: linaer, step: 1}}") == [
        "text:2:31: cohorts.elders.technology.kind: expected constant or linear, found 'linaer'; "
        "did you mean linear?"
    ]
    assert cohort("{technology: {step: 1}}") == [
        "text:2:12: cohorts.elders.technology: missing key kind (allowed: constant, linear)"
    ]
    assert cohort("{technology: {kind: linear, stpe: 1}}") == [
        "text:2:12: cohorts.elders.technology: missing key step",
        "text:2:39: cohorts.elders.technology.stpe: unknown key; did you mean step? "
        "(allowed: kind, step)",
    ]
    assert cohort("{technology: {kind: linear, step: 1}}") == [
        "text:2:45: cohorts.elders.technology.step: expected a number below 1, found 1"
    ]


def test_the_branches_of_a_union_are_told_as_alternatives() -> None:
    assert cohort("{technology: [1]}") == [
        "text:2:24: cohorts.elders.technology: expected text or a mapping of keys to values, "
        "found a list of 1"
    ]
    assert step("distil: {from: a, to: b, budget: most}") == [
        "text:2:38: story[0].distil.budget: expected a whole number or all, found 'most'"
    ]


def test_a_step_is_explained_by_its_only_key() -> None:
    assert step("distill: {}") == [
        "text:2:5: story[0].distill: unknown key; did you mean distil? "
        "(allowed: distil, age, repeat)"
    ]
    assert step("age") == [
        "text:2:5: story[0]: expected a mapping with one key of distil, age, repeat, found 'age'"
    ]
    assert step("{age: {}, distil: {}}") == [
        "text:2:5: story[0]: expected a mapping with one key of distil, age, repeat, "
        "found a mapping of age, distil"
    ]
    assert step("age: ~") == [
        "text:2:10: story[0].age: expected a mapping of keys to values, found nothing"
    ]


def test_a_story_within_a_story_keeps_its_places() -> None:
    (line,) = step("repeat: {generations: 2, story: [{age: {by: 1}}, {age: {by: 1, too: 2}}]}")
    assert line == (
        "text:2:68: story[0].repeat.story[1].age.too: unknown key (allowed: by, temperature)"
    )


def test_a_wrong_key_of_a_mapping_is_told_apart_from_its_value() -> None:
    assert problems("cohorts:\n  Elders: 5") == [
        "text:2:3: cohorts.Elders: expected as a key text that matches ^[a-z]+$, found 'Elders'",
        "text:2:11: cohorts.Elders: expected a mapping of keys to values, found 5",
    ]


def test_a_model_may_speak_for_itself() -> None:
    assert step("distil: {from: a, to: a}") == [
        "text:2:13: story[0].distil: a cannot teach itself; name another cohort"
    ]


def test_the_problem_of_an_override_points_to_its_argument() -> None:
    text = "story:\n  - age: {by: 1}"
    assert problems(text, "story.0.age.temprature=2") == [
        "--set story.0.age.temprature=2: story[0].age.temprature: unknown key; "
        "did you mean temperature? (allowed: by, temperature)"
    ]
    assert problems(text, "nam=a", "story.0.age={by: -1}") == [
        "--set nam=a: nam: unknown key; did you mean name? (allowed: name, cohorts, story)",
        "--set story.0.age={by: -1}: story[0].age.by: expected a number above 0, found -1",
    ]


def test_problems_stand_in_the_order_of_the_file_and_the_rest_is_counted() -> None:
    lines = problems("\n".join(f"wrong{number}: 1" for number in range(25)))
    assert [line.split(":")[1] for line in lines[:10]] == [str(line) for line in range(1, 11)]
    assert lines[10:] == ["... and 15 more"]


def test_a_part_of_a_document_is_validated_at_its_own_place() -> None:
    document = read("cohorts:\n  elders: {count: 0}\n")
    with pytest.raises(ConfigError, match=r"^text:2:19: cohorts.elders.count: expected a number"):
        validate(Cohort, document, ("cohorts", "elders"))
    with pytest.raises(ConfigError, match=r"^text:1:1: missing key heirs"):
        validate(Cohort, document, ("cohorts", "heirs"))


words = "name cohorts story technology kind linear step layers count distil from answers by age"
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(words.split()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(words.split()), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(values | st.fixed_dictionaries({"story": values, "cohorts": values}))
def test_any_document_is_its_model_or_is_explained_line_by_line(value: Any) -> None:
    document = Document(value, Marks(), "any")
    try:
        validate(Life, document)
        lines = ["any:1:1: "]
    except ConfigError as error:
        lines = str(error).split("\n")
    assert 1 <= len(lines) <= 11
    assert all(line.startswith(("any:1:1: ", "... and ")) for line in lines)


class Train(Frozen):
    kind: Literal["train"]
    train: int = 1
    epochs: int


class Rest(Frozen):
    kind: Literal["rest"]


class Rewritten(Frozen):
    """Steps in the other common form: their only key becomes a field before validation."""

    story: list[Annotated[Train | Rest, Field(discriminator="kind")]]

    @field_validator("story", mode="before")
    @classmethod
    def _by_kind(cls, story: Any) -> Any:
        return [{"kind": kind, **body} for step in story for kind, body in step.items()]


def test_steps_rewritten_before_validation_keep_their_places() -> None:
    text = "story:\n  - rest: {}\n  - train: {epochs: x, train: 2, epohcs: 3}"
    assert problems(text, model=Rewritten) == [
        "text:3:21: story[1].train.epochs: expected a whole number, found 'x'",
        "text:3:34: story[1].train.epohcs: unknown key; did you mean epochs? "
        "(allowed: kind, train, epochs)",
    ]


class Names(RootModel[dict[str, list[Cohort | None]]]):
    pass


def test_lists_in_mappings_without_a_model_of_their_own_are_entered() -> None:
    (line,) = problems("a: [~, {cuont: 1}]", model=Names)
    assert line.startswith("text:1:9: a[1].cuont: unknown key; did you mean count? (allowed: tech")


def test_did_you_mean_names_one_near_choice_or_none() -> None:
    assert did_you_mean("Linaer", ["constant", "linear"]) == "; did you mean linear?"
    assert did_you_mean("x", ["constant", "linear"]) == ""
    assert did_you_mean("x", []) == ""


def test_places_are_spelled_as_people_write_them() -> None:
    assert spelled(("story", 3, "distil", "to")) == "story[3].distil.to"
    assert spelled(("a\nb",)) == "'a\\nb'"
    assert spelled(()) == ""

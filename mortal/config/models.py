"""What a run's file may say: the data and the cohorts. The story's steps stand in `steps`."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from mortal.config.ranges import SweepConfig
from mortal.config.steps import Entry
from mortal.named import OrText, by_name
from mortal.rules import MonoForwardSettings, Settings, names

__all__ = ["CohortConfig", "DataConfig", "Death", "RunConfig", "Strict"]

Strict = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

Name = Annotated[
    str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", description="letters, digits, - and _")
]
Count = Annotated[StrictInt, Field(ge=1, lt=2**32)]


class DataConfig(BaseModel):
    """What is learnt: a bundled set, a folder of IDX files, or arrays of one's own."""

    model_config = Strict

    name: Literal["digits", "mnist", "fashion-mnist", "kmnist", "idx", "arrays"] = Field(
        "digits", description="which data"
    )
    path: str | None = Field(
        None,
        description="folder of IDX files, by default the environment's MORTAL_DATA; or the .npz "
        "file of arrays",
    )
    train: Count | None = Field(None, description="training samples; default: all")
    validation: StrictInt = Field(0, ge=0, description="samples held back for settings")
    test: Count | None = Field(
        None, description="test samples; default: all, or a fifth of undivided arrays"
    )
    seed: StrictInt = Field(0, ge=0, description="seed of the splits")


class Death(BaseModel):
    """When a device counts as dead: checked at every exam."""

    model_config = Strict

    below: float | None = Field(None, ge=0, le=1, description="accuracy below which it is dead")
    stuck: float | None = Field(
        None, ge=0, le=1, description="fraction of stuck cells above which it is dead"
    )


class CohortConfig(BaseModel):
    """A cohort: devices of one build, grown together."""

    model_config = Strict

    like: Name | None = Field(None, description="cohort whose settings hold where none are given")
    technology: str | dict[str, Any] = Field(
        "mortal-default",
        description="a preset, a YAML file, or `{like: PRESET, ...}` with changes; "
        "`without: [wear, read.output_noise]` switches non-idealities off",
    )
    layers: tuple[Count, ...] = Field((64, 128, 128), min_length=2, description="[features, ...]")
    count: Count = Field(8, description="number of devices")
    rule: Annotated[Settings, BeforeValidator(by_name), OrText(names())] = Field(
        default_factory=lambda: MonoForwardSettings(),
        description="learning rule: a name, or its settings with `name`",
    )
    identical_to: Name | None = Field(
        None, description="control: repeat the manufacture of that cohort's devices, one to one"
    )
    regrown_with: Name | None = Field(
        None, description="control: grown afresh whenever that cohort is, in a repeat"
    )
    death: Death = Field(default_factory=lambda: Death(), description="when a device is dead")
    variant: str | None = Field(
        None, description="what sets it apart in a comparison; a sweep says which point it is"
    )


class RunConfig(BaseModel):
    """A whole file."""

    model_config = Strict

    version: Literal[1]
    name: Name = Field("run", description="name of the run")
    seed: StrictInt = Field(0, ge=0, lt=2**32, description="seed of every draw of the devices")
    backend: Literal["auto", "native", "reference", "cuda"] = Field(
        "auto", description="which kernels compute; auto: the fastest on the processor"
    )
    data: DataConfig = Field(default_factory=lambda: DataConfig(), description="what is learnt")
    cohorts: dict[Name, CohortConfig] = Field(min_length=1, description="who lives")
    story: tuple[Entry, ...] = Field(min_length=1, description="what happens, in order")
    sweep: SweepConfig | None = Field(
        None, description="the same life with other settings: every point has cohorts of its own"
    )

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        for taken in ("devices", "provenance"):
            if taken in self.cohorts:
                raise ValueError(f"no cohort can be called {taken}: the log uses that name itself")
        return self

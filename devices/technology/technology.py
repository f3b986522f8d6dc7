"""A technology: everything that is declared about how one kind of cell is built and behaves."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from devices.technology import ablation
from devices.technology.cell import Cell
from devices.technology.declaration import Declaration, piece
from devices.technology.disturb import Disturb
from devices.technology.energy import Energy
from devices.technology.faults import Faults
from devices.technology.programming import Programming
from devices.technology.read import Read
from devices.technology.response import (
    ExactResponse,
    LinearResponse,
    Response,
    SoftBoundsResponse,
    StepwiseResponse,
)
from devices.technology.retention import Retention
from devices.technology.spread import Spread
from devices.technology.tile import Tile
from devices.technology.wear import Wear
from devices.technology.wires import Wires
from devices.technology.write import Write

__all__ = ["Technology"]

_CLOSED_FORMS = ("averaged", "composed")


class Technology(Declaration):
    """A frozen declaration, composed of small ones.

    `retention` and `wear` are null where the source tells nothing: such a technology says so
    when it is aged (the verb `wait` returns False), it never silently keeps its weights.

    Ablation: what stands in `without` is switched off, and nothing else changes. The physics sees
    `emulated`, this declaration with those numbers at their values for off. As before stay

        the draws       every draw has the place and the event it has with everything on; shares
                        of cells that one draw divides among them keep their intervals
        the fidelity    of each batch of pulses, given the same signals and weights: it is chosen
                        by the steps, bounds and noise of `unablated` cells (wear as the state has
                        it: without wear, bounds as at birth)
        the order       of events, and which vectors, samples and rounds are counted

    What the cells answer changes, and with it, in a life, whatever follows from answers: errors,
    train lengths, rounds of verifying. Without one of `spread`'s shares of variance (wafer, row,
    column, gradients) cells spread as much as before, on their own.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="name in the catalog")
    summary: str = Field("", description="what it is, in a sentence")
    source: str = Field("", description="paper, figure or table; DOI")
    valid_range: str = Field("", description="weights, pulses and conditions its numbers hold for")
    response: Response = Field(description="what a pulse does")
    spread: Spread = Field(default_factory=Spread, description="how devices differ")
    cell: Cell = Field(default_factory=Cell, description="the cell as a circuit")
    read: Read = Field(default_factory=Read, description="how an array is read")
    tile: Tile | None = piece("largest physical array; null: any size is one")
    wires: Wires | None = piece("resistance of the lines; null: none")
    faults: Faults | None = piece("lines that are born broken; null: none")
    write: Write = Field(default_factory=Write, description="how an array is written")
    programming: Programming | None = piece(
        "what write-verify leaves; null: nothing but its tolerance"
    )
    retention: Retention | None = piece("what rest does; null: not known")
    wear: Wear | None = piece("what pulses cost; null: not known")
    disturb: Disturb | None = piece("what selecting others and reading costs; null: not known")
    energy: Energy = Field(default_factory=Energy, description="joules of single events")
    sources: Mapping[str, str] = Field(
        default_factory=dict,
        description="where each number comes from, by path or `piece.*`; or the word assumed",
    )
    not_modelled: tuple[str, ...] = Field((), description="what the source has and this has not")
    # Last: its check needs all the others.
    without: tuple[str, ...] = Field(
        (), description="non-idealities that are switched off, by path: `spread.cell_gain`, `wear`"
    )

    @model_validator(mode="after")
    def _circuit_is_possible(self) -> Self:
        kind = self.cell.kind
        if self.cell.is_pair and not self.is_pulsed:
            raise ValueError(f"the exact control has single cells, found cell.kind {kind}")
        if self.disturb is not None and not self.is_pulsed:
            raise ValueError("nothing disturbs the exact control: disturb must be null")
        if (
            kind != "one-sided"
            and isinstance(self.response, LinearResponse | SoftBoundsResponse)
            and self.response.w_min == 0
        ):
            raise ValueError(
                f"{self.response.kind} steps down are relative to w_min: it must lie below 0, "
                "unless cells are one-sided and never pulsed down, found 0"
            )
        if isinstance(self.response, StepwiseResponse) and self.write.fidelity in _CLOSED_FORMS:
            raise ValueError(
                f"write.fidelity {self.write.fidelity} is not possible for {self.response.kind} "
                "cells: their steps have no closed form; auto, per_sample and per_pulse are"
            )
        if self.cell.is_pair and self.spread.reference:
            raise ValueError(f"a {kind} pair has no reference: spread.reference must be 0")
        return self

    @field_validator("without")
    @classmethod
    def _can_be_switched_off(
        cls, without: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if "response" in info.data and "read" in info.data:  # else they have errors of their own
            ablation.chosen(info.data, cls, without)
        return tuple(dict.fromkeys(without))

    @property
    def title(self) -> str:
        """The name, and what is switched off."""
        return f"{self.name} without {', '.join(self.without)}" if self.without else self.name

    @property
    def emulated(self) -> Self:
        """What the physics sees: nothing to switch off, the numbers themselves are off."""
        if not self.without:
            return self
        off = ablation.chosen(dict(self), type(self), self.without)
        return ablation.remainder(self.unablated, off)

    @property
    def unablated(self) -> Self:
        """This technology with everything on."""
        return self.model_copy(update={"without": ()}) if self.without else self

    @property
    def non_idealities(self) -> tuple[str, ...]:
        """The paths of what is on and can be switched off, in the order of the declaration."""
        return ablation.non_idealities(dict(self.emulated), type(self))

    def ablated(self, *paths: str) -> Self:
        """Return this technology with some more non-idealities switched off.

        Args:
            paths: of one (`spread.cell_gain`, `wear`), or of all that lie below (`spread`).

        Raises:
            TechnologyError: a path names no non-ideality; the message lists those there are.
        """
        without = tuple(dict.fromkeys((*self.without, *paths)))
        ablation.chosen(dict(self), type(self), without)
        return self.model_copy(update={"without": without})

    @property
    def is_pulsed(self) -> bool:
        """Whether updates arrive as pulses (every technology but the exact control)."""
        return not isinstance(self.response, ExactResponse)

    def source_of(self, path: str) -> str | None:
        """Return where the number at a dotted path comes from, or None if nothing is said."""
        if path in self.sources:
            return self.sources[path]
        piece = path.partition(".")[0]
        return self.sources.get(f"{piece}.*")

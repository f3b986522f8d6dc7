"""A technology: everything that is declared about how one kind of cell is built and behaves."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from devices.technology.cell import Cell
from devices.technology.declaration import Declaration
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
)
from devices.technology.retention import Retention
from devices.technology.spread import Spread
from devices.technology.tile import Tile
from devices.technology.wear import Wear
from devices.technology.wires import Wires
from devices.technology.write import Write

__all__ = ["Technology"]


class Technology(Declaration):
    """A frozen declaration, composed of small ones.

    `retention` and `wear` are null where the source tells nothing: such a technology says so
    when it is aged (the verb `wait` returns False), it never silently keeps its weights.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="name in the catalog")
    summary: str = Field("", description="what it is, in a sentence")
    source: str = Field("", description="paper, figure or table; DOI")
    response: Response = Field(description="what a pulse does")
    spread: Spread = Field(default_factory=Spread, description="how devices differ")
    cell: Cell = Field(default_factory=Cell, description="the cell as a circuit")
    read: Read = Field(default_factory=Read, description="how an array is read")
    tile: Tile | None = Field(None, description="largest physical array; null: any size is one")
    wires: Wires | None = Field(None, description="resistance of the lines; null: none")
    faults: Faults | None = Field(None, description="lines that are born broken; null: none")
    write: Write = Field(default_factory=Write, description="how an array is written")
    programming: Programming | None = Field(
        None, description="what write-verify leaves; null: nothing but its tolerance"
    )
    retention: Retention | None = Field(None, description="what rest does; null: not known")
    wear: Wear | None = Field(None, description="what pulses cost; null: not known")
    disturb: Disturb | None = Field(
        None, description="what selecting others and reading costs; null: not known"
    )
    energy: Energy = Field(default_factory=Energy, description="joules of single events")
    sources: Mapping[str, str] = Field(
        default_factory=dict,
        description="where each number comes from, by path or `piece.*`; or the word assumed",
    )
    not_modelled: tuple[str, ...] = Field((), description="what the source has and this has not")

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
        if self.cell.is_pair and self.spread.reference:
            raise ValueError(f"a {kind} pair has no reference: spread.reference must be 0")
        return self

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

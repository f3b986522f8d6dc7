"""The cell as a circuit: what stands for a weight, and which verbs its wiring allows."""

from typing import Literal, Self

from pydantic import Field, model_validator

from devices.technology.declaration import Declaration, declared
from devices.technology.units import Siemens

__all__ = ["Cell"]


class Cell(Declaration):
    """What stands for a weight: one cell against a reference, or a pair of cells.

    A cell's own weight w is its conductance in other words,

        G(w) = g_min + (w - w_min) (g_max - g_min) / (w_max - w_min)

    with the technology's mean bounds, so a cell beyond them lies beyond g_min and g_max.

        single        W = w, against a reference of conductance G(0)  (W = w - w_ref,ij where the
                      references differ, `Spread.reference`)
        differential  W = w+ - w-, each pulse moves both cells, in opposite directions
        one-sided     W = w+ - w-, cells are only pulsed up: w+ for a step up, w- for one down

    A pair has no reference, and its weight reaches from -(w_max - w_min) to w_max - w_min: the
    unit of weight stays that of a cell, g+ - g- with factors of one, as in the unit cells of the
    open simulator aihwkit (`OneSidedUnitCell`, and `VectorUnitCell` with gamma_vec 1, -1; there
    w_min = 0 is the reset state, which here is the lower bound w_min).

    Refresh: one-sided cells fill up. Every `refresh_every` updates the array is read, row by row;
    with u = (w - w_min) / (w_max - w_min), a pair whose fuller cell has u > refresh_upper and
    whose other has u > refresh_lower is reset, both cells, and W is written again by pulses on
    one side, as many as a nominal cell would need (the criterion of aihwkit's OneSidedUnitCell).
    """

    kind: Literal["single", "differential", "one-sided"] = Field(
        "single", description="one cell and a reference, or a pair of cells and how it is pulsed"
    )
    g_min: Siemens = declared(1e-6, unit="S", ge=0, meaning="conductance at the lower mean bound")
    g_max: Siemens = declared(25e-6, unit="S", gt=0, meaning="conductance at the upper mean bound")
    reverse_read: bool = Field(
        True, description="whether columns can be driven and rows sensed (the verb backward)"
    )
    shared_access: bool = Field(
        False,
        description="whether a cell and its reference are read through one access device, so "
        "that gain and curvature errors scale their difference and not each conductance",
    )
    digital_memory: bool = Field(
        True, description="whether digital numbers can be kept and computed with beside the array"
    )
    second_array: bool = Field(
        True, description="whether an array can have others of its kind beside it as its helpers"
    )
    sampling: bool = Field(
        True, description="whether lines can be switched on at random, with a chance that is asked"
    )

    refresh_every: int = declared(
        0,
        unit="1",
        ge=0,
        meaning="updates from one refresh of one-sided pairs to the next; 0: never",
    )
    refresh_upper: float = declared(
        0.75, unit="1", ge=0, le=1, meaning="part of its window the fuller cell of a pair has used"
    )
    refresh_lower: float = declared(
        0.25, unit="1", ge=0, le=1, meaning="part of its window the other cell has used"
    )
    refresh_error: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="standard deviation of a cell's weight as read to be refreshed",
    )
    reset_noise: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        meaning="standard deviation of the weight after a reset of one cell",
    )

    @property
    def is_pair(self) -> bool:
        """Whether two physical cells stand for one weight."""
        return self.kind != "single"

    @model_validator(mode="after")
    def _pairs_are_pairs(self) -> Self:
        if self.is_pair and self.shared_access:
            raise ValueError(
                f"shared_access is of a cell and its reference, a {self.kind} has none"
            )
        if self.refresh_every and self.kind != "one-sided":
            raise ValueError(f"only one-sided pairs are refreshed, found kind {self.kind}")
        return self

    @model_validator(mode="after")
    def _window_is_open(self) -> Self:
        if self.g_max <= self.g_min:
            raise ValueError(
                f"g_max must exceed g_min, found {self.g_max:g} S and {self.g_min:g} S"
            )
        return self

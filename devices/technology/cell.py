"""The cell as a circuit: what stands for a weight, and which verbs its wiring allows."""

from typing import Self

from pydantic import Field, model_validator

from devices.technology.declaration import Declaration, declared
from devices.technology.units import Siemens

__all__ = ["Cell"]


class Cell(Declaration):
    """One bidirectional cell against a reference: w is proportional to G - G_reference.

        G(w) = g_min + (w - w_min) (g_max - g_min) / (w_max - w_min),  G_reference = G(0)

    with the technology's mean bounds, so a cell beyond them lies beyond g_min and g_max.
    """

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

    @model_validator(mode="after")
    def _window_is_open(self) -> Self:
        if self.g_max <= self.g_min:
            raise ValueError(
                f"g_max must exceed g_min, found {self.g_max:g} S and {self.g_min:g} S"
            )
        return self

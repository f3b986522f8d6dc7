"""What cells suffer from the selection of others, and from being read."""

from typing import Literal

from pydantic import Field

from devices.technology.declaration import Declaration, declared

__all__ = ["Disturb"]


class Disturb(Declaration):
    """Small steps towards one weight, in closed form: n of them are

        w <- w_d + (w - w_d) (1 - p)^n

    with w_d within each cell's own bounds. In each slot of a pulse train that its row or its
    column fires without coincidence a cell is half-selected, n = (slots of its row) + (slots of
    its column) - 2 (pulses), with both lines firing against each other counted twice. A read
    disturbs as V^2: n sums v_j^2 over the reads of row j (v = 1 at full read voltage), or of
    column i in a reverse read.

    A first model, of the order that endurance to reading is reported with: a million reads of
    0.2 V at oxide cells left most weights in place and moved some (Yao et al. 2020,
    doi:10.1038/s41586-020-1942-4, Extended Data Fig. 7). Which p, and towards which weight, is
    for each technology to say.
    """

    half_select: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        lt=1,
        meaning="part of the way in one half-selected slot",
        equation="p",
    )
    read: float = declared(
        0.0,
        unit="1",
        off=0.0,
        ge=0,
        lt=1,
        meaning="part of the way in one read at full voltage",
        equation="p",
    )
    toward: Literal["resting-weight", "lower-bound", "upper-bound"] = Field(
        "resting-weight", description="which weight w_d disturbed cells go to"
    )
    resting_weight: float = declared(0.0, unit="1", meaning="that weight, if it is not a bound")

"""The netted way: a batch's outer products are summed digitally and written once, by net pulses."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mortal.rules.ways.plain import Array, Plain

if TYPE_CHECKING:
    from mortal.rules.body import Body
    from mortal.rules.hardware import Hardware

__all__ = ["Netted"]


@dataclass(frozen=True)
class Netted(Plain):
    """Memory `name.sum` `[device, row, column]`: what is to be written at the end of the batch.

        S += rate sum over samples x (x) d,   W += S by increment,   S = 0

    Where pulses up and down of one batch cancel, none is sent. Each sample and number costs one
    digital multiply-accumulate.
    """

    def grow(self, body: "Body", hardware: "Hardware", name: str) -> None:
        """Take digital memory as large as the array."""
        array = body.arrays[name]
        body.memory[f"{name}.sum"] = hardware.numbers(array.rows, array.columns)

    def write(self, body: "Body", name: str, x: Array, d: Array, rate: float) -> None:
        """Add to the sum."""
        total = body.memory[f"{name}.sum"]
        total += np.float32(rate) * (x.swapaxes(-1, -2) @ d)
        body.charge_digital(name, x.shape[-2] * total[0].size)

    def settle(self, body: "Body", name: str) -> None:
        """Write the sum, row by row."""
        total = body.memory[f"{name}.sum"]
        body.arrays[name].increment(total)
        total[:] = 0

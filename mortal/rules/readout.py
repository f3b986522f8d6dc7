"""A linear readout: it names the class from what units show that learn without labels.

    scores = R^T u,  e = target - softmax(scores),  dR = rate u (x) e / units

the delta rule, which takes soft targets as they are.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mortal.rules.body import Body
from mortal.rules.hardware import Hardware

__all__ = ["Readout"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Readout:
    """R `[device, unit, class]`: the memory `readout` of a body, or its array `readout`.

    Attributes:
        where: digital periphery, or an analog array that is only read forward.
        rate: learning rate.
    """

    where: Literal["digital", "array"]
    rate: float

    def grow(self, body: Body, hardware: Hardware, units: int) -> None:
        """Grow R in a body; digital, it knows nothing at first."""
        if self.where == "array":
            body.grow(hardware, "readout", units, hardware.classes)
        else:
            body.memory["readout"] = hardware.numbers(units, hardware.classes)

    def scores(self, body: Body, u: Array) -> Array:
        """Return `[device, sample, class]` of what units show, `[device, sample, unit]`."""
        if self.where == "array":
            return body.read("readout", u)
        self._charge(body, u.shape[1])
        scores: Array = u @ body.memory["readout"]
        return scores

    def teach(self, body: Body, u: Array, error: Array, rate: float) -> None:
        """Learn from the errors e `[device, sample, class]` of these u.

        Args:
            body: whose readout it is.
            u: `[device, sample, unit]`.
            error: targets less answers.
            rate: multiplies the declared rate.
        """
        step = rate * self.rate / u.shape[-1]
        if self.where == "array":
            body.write("readout", u, error, step)
        else:
            self._charge(body, u.shape[1])
            matrix = body.memory["readout"]
            matrix += np.float32(step) * (u.swapaxes(1, 2) @ error)

    def _charge(self, body: Body, batch: int) -> None:
        """One multiply-accumulate a sample and number of R."""
        body.charge_digital("layer1", batch * body.memory["readout"][0].size)

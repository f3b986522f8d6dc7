"""Errors through fixed random arrays: direct feedback alignment, and PEPITA.

Equations and sources: `mortal.rules.declarations.DirectFeedbackSettings` and `PepitaSettings`.
"""

import numpy as np
import numpy.typing as npt

from mortal.rules.declarations import DirectFeedbackSettings, PepitaSettings
from mortal.rules.hardware import Hardware
from mortal.rules.perceptron import Perceptron
from mortal.rules.peripheral import softmax

__all__ = ["DirectFeedback", "Pepita"]

Array = npt.NDArray[np.float32]


class DirectFeedback(Perceptron):
    """Fixed arrays `feedback1`, ... `[class, unit]`, one beside each hidden layer."""

    def __init__(self, settings: DirectFeedbackSettings, hardware: Hardware) -> None:
        super().__init__(settings, hardware)
        for number, units in enumerate(hardware.layers[1:], start=1):
            self.grow(hardware, f"feedback{number}", hardware.classes, units, is_fixed=True)

    def blame(self, rows: list[Array], error: Array) -> list[Array]:
        """Return d of each hidden layer: the error as its own array passes it on."""
        return [
            self.gated(x, self.read(f"feedback{number}", error))
            for number, x in enumerate(rows[1:], start=1)
        ]


class Pepita(Perceptron):
    """A fixed array `feedback` `[class, feature]`."""

    def __init__(self, settings: PepitaSettings, hardware: Hardware) -> None:
        super().__init__(settings, hardware)
        self.grow(hardware, "feedback", hardware.classes, hardware.layers[0], is_fixed=True)
        self._scale = settings.modulation / hardware.layers[0] ** 0.5

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch by two forward passes; return `[device, sample, class]`."""
        first = self.passed(inputs)
        answers = softmax(self.scores(first))
        error = answers - targets
        fed_back = np.float32(self._scale) * self.read("feedback", error)
        second = self.passed(inputs + fed_back, like=first)
        drives = [self.lines(b) - self.lines(a) for a, b in zip(first[1:], second[1:], strict=True)]
        for name, x, drive in zip(self.synapses, second, [*drives, -error], strict=True):
            self.write(name, x, drive, rate * self.rate_of(name))
        self.settle()
        return answers

"""Equilibrium propagation on crossbars: the net settles three times, and compares two rests.

Equations and source: `mortal.rules.declarations.EquilibriumPropagationSettings`.
"""

import numpy as np
import numpy.typing as npt

from mortal.rules.declarations import EquilibriumPropagationSettings
from mortal.rules.hardware import Hardware
from mortal.rules.symmetric import Symmetric

__all__ = ["EquilibriumPropagation"]

Array = npt.NDArray[np.float32]


class EquilibriumPropagation(Symmetric):
    """Arrays `layer1`, ..., one more than the hidden layers: the last drives the classes."""

    def __init__(self, settings: EquilibriumPropagationSettings, hardware: Hardware) -> None:
        super().__init__(settings, hardware)
        self.settings = settings

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch from the rests nudged to and from it; return `[device, sample, class]`.

        Nothing is written before both are known: they are rests of the same weights.
        """
        settings = self.settings
        free = self.free(inputs)
        toward = self.relaxed(free, settings.nudged_steps, targets, settings.beta)
        away = self.relaxed(free, settings.nudged_steps, targets, -settings.beta)
        step = rate / (2 * settings.beta)
        self.contrast(inputs, toward, away, (step * settings.rate, step * settings.output_rate))
        self.settle()
        return self.probabilities(free)

"""Contrastive Hebbian learning on crossbars: the net settles free, then with its output held.

Equations and source: `mortal.rules.declarations.ContrastiveHebbianSettings`.
"""

import numpy as np
import numpy.typing as npt

from mortal.rules.declarations import ContrastiveHebbianSettings
from mortal.rules.hardware import Hardware
from mortal.rules.symmetric import Symmetric

__all__ = ["ContrastiveHebbian"]

Array = npt.NDArray[np.float32]


class ContrastiveHebbian(Symmetric):
    """Arrays `layer1`, ..., one more than the hidden layers: the last drives the classes."""

    def __init__(self, settings: ContrastiveHebbianSettings, hardware: Hardware) -> None:
        super().__init__(settings, hardware)
        self.settings = settings

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch, clamped against free; return `[device, sample, class]`."""
        settings = self.settings
        free = self.free(inputs)
        clamped = self.relaxed(free, settings.clamped_steps, targets, np.inf)
        self.contrast(inputs, clamped, free, (rate * settings.rate, rate * settings.output_rate))
        self.settle()
        return self.probabilities(free)

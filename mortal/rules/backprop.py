"""Backpropagation through the crossbars: errors are reverse reads of the arrays themselves.

Equations and sources: `mortal.rules.declarations.BackpropSettings` and `MixedPrecisionSettings`.
"""

import numpy as np
import numpy.typing as npt

from devices.increment import single_pulse
from mortal.rules.declarations import MixedPrecisionSettings
from mortal.rules.hardware import Hardware
from mortal.rules.perceptron import Perceptron

__all__ = ["Backprop", "MixedPrecision"]

Array = npt.NDArray[np.float32]


class Backprop(Perceptron):
    """Each outer product goes into the arrays as the settings say (`write`, `through`)."""

    def blame(self, rows: list[Array], error: Array) -> list[Array]:
        """Return d of each hidden layer, read back layer by layer."""
        d, told = error, []
        for name, x in zip(self.synapses[:0:-1], rows[:0:-1], strict=True):
            d = self.gated(x, self.gain * self.lines(self.read_back(name, d)))
            told.append(d)
        return told[::-1]


class MixedPrecision(Backprop):
    """Memory `layer1.chi`, ... `[device, row, column]`: what is not yet written of the gradient.

    It has its own way of writing, so no other can be asked of it.
    """

    is_written = False

    def __init__(self, settings: MixedPrecisionSettings, hardware: Hardware) -> None:
        super().__init__(settings, hardware)
        for name in self.synapses:
            array = self.arrays[name]
            self.memory[f"{name}.chi"] = hardware.numbers(array.rows, array.columns)

    def write(self, name: str, x: Array, d: Array, rate: float) -> None:
        """Add to chi; one digital multiply-accumulate a sample and number."""
        chi = self.memory[f"{name}.chi"]
        chi += np.float32(rate) * (x.swapaxes(-1, -2) @ d)
        self.charge_digital(name, x.shape[-2] * chi[0].size)

    def settle(self) -> None:
        """Send the whole pulses that are due; what is left of them waits."""
        for name in self.synapses:
            array, chi = self.arrays[name], self.memory[f"{name}.chi"]
            step = single_pulse(array)
            sent = chi.copy() if step is None else np.trunc(chi / step) * np.float32(step)
            array.increment(sent, rounding="nearest")
            chi -= sent

"""Predictive coding on crossbars: states relax until each layer's error explains the next one's.

Equations and source: `mortal.rules.declarations.PredictiveCodingSettings`.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mortal.rules.body import Body
from mortal.rules.declarations import PredictiveCodingSettings
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import log_softmax, rectify, softmax
from mortal.rules.symmetric import append_one

__all__ = ["PredictiveCoding"]

Array = npt.NDArray[np.float32]


class PredictiveCoding(Body):
    """Arrays `layer1`, ..., one more than the hidden layers: the last predicts the classes."""

    def __init__(self, settings: PredictiveCodingSettings, hardware: Hardware) -> None:
        super().__init__()
        self.settings = settings
        widths = (*hardware.layers, hardware.classes)
        for number, (rows, columns) in enumerate(pairwise(widths), start=1):
            self.grow(hardware, f"layer{number}", rows + int(settings.bias), columns)
        self._depth = len(widths) - 1

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]` of a forward pass."""
        return log_softmax(self._passed(inputs)[-1])

    def activities(self, inputs: Array) -> list[Array]:
        """Return what each hidden layer says, `[device, sample, unit]` each, of a forward pass."""
        return [rectify(z) for z in self._passed(inputs)[:-1]]

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch once its state has relaxed; return `[device, sample, class]`."""
        settings, pace = self.settings, np.float32(self.settings.pace)
        predicted = self._passed(inputs)
        answers = softmax(predicted[-1])
        states = predicted[:-1]
        for _ in range(settings.steps):
            errors = self._errors(states, predicted, targets)
            states = [
                z + pace * (self._blame(layer + 1, z, errors[layer]) - errors[layer - 1])
                for layer, z in enumerate(states, start=1)
            ]
            predicted = [predicted[0]] + [
                self._read(layer, rectify(z)) for layer, z in enumerate(states, start=2)
            ]
        signals = [inputs, *map(rectify, states)]
        errors = self._errors(states, predicted, targets)
        for layer, (below, error) in enumerate(zip(signals, errors, strict=True), start=1):
            self.write(f"layer{layer}", self._rows(below), error, rate * settings.rate)
        self.settle()
        return answers

    def _passed(self, inputs: Array) -> list[Array]:
        """Return the predictions `[layer]` of a forward pass; the first, the input's, is held."""
        predicted = [self._read(1, inputs)]
        for layer in range(2, self._depth + 1):
            predicted.append(self._read(layer, rectify(predicted[-1])))
        return predicted

    def _errors(self, states: list[Array], predicted: list[Array], targets: Array) -> list[Array]:
        """Return eps of each layer; states are those below the output."""
        missed = [z - mean for z, mean in zip(states, predicted[:-1], strict=True)]
        precision = np.float32(self.settings.precision)
        return [*missed, precision * (targets - softmax(predicted[-1]))]

    def _blame(self, layer: int, z: Array, error: Array) -> Array:
        """Return phi'(z) W eps of the layer above, `[device, sample, unit]`."""
        back = self.read_back(f"layer{layer}", error)[..., : z.shape[-1]]
        return np.where(z > 0, back, np.float32(0))

    def _read(self, layer: int, signals: Array) -> Array:
        return self.read(f"layer{layer}", self._rows(signals))

    def _rows(self, signals: Array) -> Array:
        return append_one(signals) if self.settings.bias else signals

"""Mono-Forward on crossbars: every layer learns to name the class from its own activity.

Equations and source: `mortal.rules.declarations.MonoForwardSettings`.
"""

import numpy as np
import numpy.typing as npt

from mortal.rules.body import Body
from mortal.rules.declarations import MonoForwardSettings
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import append_bias, log_softmax, rectify, rms_normalise, softmax

__all__ = ["MonoForward"]

Array = npt.NDArray[np.float32]


class MonoForward(Body):
    """Arrays `layer1`, `layer2`, ... and a label matrix M for each, `[device, unit, class]`.

    Answers are the sum of the layers' class scores G. The label matrix starts at zero: the first
    batches teach it to read a random layer, then its errors teach the layer.
    """

    def __init__(self, settings: MonoForwardSettings, hardware: Hardware) -> None:
        super().__init__()
        self.settings = settings
        extra = int(settings.bias)
        for number, (rows, columns) in enumerate(hardware.shapes(), start=1):
            self.grow(hardware, f"layer{number}", rows + extra, columns)
        if settings.label_matrix == "array":
            for number, units in enumerate(hardware.layers[1:], start=1):
                self.grow(hardware, f"label{number}", units, hardware.classes)
        else:
            for number, units in enumerate(hardware.layers[1:], start=1):
                self.memory[f"label{number}"] = hardware.numbers(units, hardware.classes)
        self._depth = len(hardware.layers) - 1

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`."""
        x, scores = inputs, None
        for layer in range(1, self._depth + 1):
            h = rectify(self.read(f"layer{layer}", self._rows(x)))
            x = rms_normalise(h)
            here = self._scores(layer, x)
            scores = here if scores is None else scores + here
        assert scores is not None
        return log_softmax(scores)

    def activities(self, inputs: Array) -> list[Array]:
        """Return what each hidden layer says, `[device, sample, unit]` each, of rms 1."""
        x, found = inputs, []
        for layer in range(1, self._depth + 1):
            x = rms_normalise(rectify(self.read(f"layer{layer}", self._rows(x))))
            found.append(x)
        return found

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch; every layer from its own scores. Return `[device, sample, class]`."""
        x, scores = inputs, None
        for layer in range(1, self._depth + 1):
            rows = self._rows(x)
            h = rectify(self.read(f"layer{layer}", rows))
            x = rms_normalise(h)
            here = self._scores(layer, x)
            error = targets - softmax(here)
            drive = np.where(h > 0, self._blame(layer, error), np.float32(0))
            self._teach_labels(layer, x, error, rate)
            self.write(f"layer{layer}", rows, drive, rate * self.settings.rate)
            scores = here if scores is None else scores + here
        self.settle()
        assert scores is not None
        return softmax(scores)

    def _rows(self, x: Array) -> Array:
        return append_bias(x) if self.settings.bias else x

    def _scores(self, layer: int, h: Array) -> Array:
        if self.settings.label_matrix == "array":
            return self.read(f"label{layer}", h)
        self._charge_digital(layer, h.shape[1])
        scores: Array = h @ self.memory[f"label{layer}"]
        return scores

    def _blame(self, layer: int, error: Array) -> Array:
        if self.settings.label_matrix == "array":
            return self.read_back(f"label{layer}", error)
        self._charge_digital(layer, error.shape[1])
        blame: Array = error @ self.memory[f"label{layer}"].swapaxes(1, 2)
        return blame

    def _teach_labels(self, layer: int, h: Array, error: Array, rate: float) -> None:
        step = rate * self.settings.label_rate / h.shape[-1]
        if self.settings.label_matrix == "array":
            self.write(f"label{layer}", h, error, step)
        else:
            self._charge_digital(layer, error.shape[1])
            matrix = self.memory[f"label{layer}"]
            matrix += np.float32(step) * (h.swapaxes(1, 2) @ error)

    def _charge_digital(self, layer: int, batch: int) -> None:
        """One multiply-accumulate a sample and number of M, beside the layer's array."""
        self.charge_digital(f"layer{layer}", batch * self.memory[f"label{layer}"][0].size)

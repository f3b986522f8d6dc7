"""A network with an output array, taught by the error of its answers.

Equations: `mortal.rules.declarations.PerceptronSettings`. A rule says what hidden layers are told.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.rules.body import Body
from mortal.rules.declarations import PerceptronSettings
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import append_bias, log_softmax, rectify, saturate, softmax

__all__ = ["Perceptron"]

Array = npt.NDArray[np.float32]


class Perceptron(Body):
    """Arrays `layer1`, ..., `output`; the scores of the classes are the output array's currents.

    Attributes:
        settings: of the declaration.
        synapses: names in the order of the signal, the output array last.
        is_written: whether `write` pulses the arrays; else they are grown as fixed ones are.
    """

    settings: Any
    is_written = True

    def __init__(self, settings: PerceptronSettings, hardware: Hardware) -> None:
        super().__init__()
        self.settings = settings
        self.gain = np.float32(settings.gain)
        shapes = [*hardware.shapes(), (hardware.layers[-1], hardware.classes)]
        hidden = [f"layer{number}" for number in range(1, len(shapes))]
        self.synapses = (*hidden, "output")
        for name, (rows, columns) in zip(self.synapses, shapes, strict=True):
            self.grow(
                hardware, name, rows + int(settings.bias), columns, is_fixed=not self.is_written
            )

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`."""
        return log_softmax(self.scores(self.passed(inputs)))

    def activities(self, inputs: Array) -> list[Array]:
        """Return what each hidden layer says, `[device, sample, unit]` each."""
        return [self.lines(rows) for rows in self.passed(inputs)[1:]]

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch: all errors first, then all writes. Return `[device, sample, class]`."""
        rows = self.passed(inputs)
        answers = softmax(self.scores(rows))
        error = targets - answers
        for name, x, drive in zip(
            self.synapses, rows, [*self.blame(rows, error), error], strict=True
        ):
            self.write(name, x, drive, rate * self.rate_of(name))
        self.settle()
        return answers

    def blame(self, rows: list[Array], error: Array) -> list[Array]:
        """Return d of each hidden layer, `[device, sample, unit]`.

        Args:
            rows: what entered each array.
            error: of the output, `[device, sample, class]`.
        """
        raise NotImplementedError

    def rate_of(self, name: str) -> float:
        """Return the declared learning rate of an array."""
        return float(self.settings.output_rate if name == "output" else self.settings.rate)

    def passed(self, inputs: Array, like: list[Array] | None = None) -> list[Array]:
        """Return what enters each array, `[device or none, sample, row]`, bias line last.

        Args:
            inputs: `[sample, feature]`, or `[device, sample, feature]`.
            like: of a pass whose bias lines are kept; default: full scale.
        """
        x, entered = inputs, []
        for number, name in enumerate(self.synapses):
            entered.append(self._biased(x, None if like is None else like[number]))
            if name != "output":
                a = self.gain * self.read(name, entered[-1])
                x = rectify(a) if self.settings.activation == "relu" else saturate(a)
        return entered

    def scores(self, rows: list[Array]) -> Array:
        """Return the output array's answer to what entered it, `[device, sample, class]`."""
        return self.gain * self.read("output", rows[-1])

    def lines(self, x: Array) -> Array:
        """Return signals on rows without the bias line: the activity that entered them."""
        return x[..., :-1] if self.settings.bias else x

    def gated(self, rows: Array, told: Array) -> Array:
        """Return phi'(a) * told, for the layer whose activity entered `rows` of the next array."""
        h = self.lines(rows)
        if self.settings.activation == "tanh":
            return (1 - np.square(h)) * told
        return np.where(h > 0, told, np.float32(0))

    def _biased(self, x: Array, like: Array | None) -> Array:
        if not self.settings.bias:
            return x
        if like is None:
            return append_bias(x)
        line = np.broadcast_to(like[..., -1:], (*x.shape[:-1], 1))
        return np.concatenate([x, line], axis=-1)

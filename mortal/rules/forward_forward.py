"""Forward-Forward on crossbars: two forward passes, and one scalar a layer.

Equations and source: `mortal.rules.declarations.ForwardForwardSettings`.
"""

import numpy as np
import numpy.typing as npt

from devices.arrays import beside
from devices.identity import Purpose
from mortal.rules.declarations import ForwardForwardSettings
from mortal.rules.goodness import GoodnessBody
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import log_softmax, one_hot

__all__ = ["ForwardForward"]

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer]

_WORD = np.float32(2.0**-24)


class ForwardForward(GoodnessBody):
    """The label takes rows of its own beside the input's, in `layer1`.

    The right label of a soft target is its most likely class: sampling labels from a teacher's
    answers was measured to be worse, and so was drawing the wrong one from them or showing them
    whole on the label rows. The wrong label is drawn by (device, sample).
    """

    def __init__(self, settings: ForwardForwardSettings, hardware: Hardware) -> None:
        super().__init__(settings, hardware, hardware.classes)
        self.settings = settings
        self.classes = hardware.classes
        self.counters["samples"] = np.zeros(hardware.serials.size, np.int64)

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`: softmax of the summed goodness."""
        passes = [
            sum(layer.goodness for layer in self.layers(self._labelled(inputs, label)))
            for label in beside(inputs, np.eye(self.classes, dtype=np.float32))
        ]
        return log_softmax(np.stack(passes, axis=-1))

    def activities(self, inputs: Array) -> list[Array]:
        """Return what hidden layers say, `[device, sample, unit]`, where no label stands out."""
        even = beside(inputs, np.full(self.classes, 1 / self.classes, np.float32))
        return super().activities(self._labelled(inputs, even))

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch, right labels first, then wrong ones; return `[device, sample, class]`.

        The returned answers cost one pass a class, which is how this rule answers.
        """
        answers = self.answer(inputs)
        samples = self.counters["samples"]
        batch = inputs.shape[-2]
        targets = np.broadcast_to(targets, (samples.size, batch, self.classes))
        right = targets.argmax(axis=-1)
        events = samples[:, None] + np.arange(batch)
        stream = self.arrays["layer1"].stream(Purpose.RULE)
        words = stream.blocks(np.zeros((1, 1), np.int64), events)[..., 0]
        wrong = self._wrong(right, answers, words)
        samples += batch
        real, false = (
            self._labelled(inputs, one_hot(labels, self.classes)) for labels in (right, wrong)
        )
        self.contrast(real, false, self._odds(targets, right, wrong), rate)
        self.settle()
        return np.exp(answers)

    def _wrong(self, right: Labels, answers: Array, words: npt.NDArray[np.uint32]) -> Labels:
        """Return labels other than the right ones, `[device, sample]`."""
        if self.settings.negatives == "hard":
            return _drawn(_likelihood(answers, 1 - one_hot(right, self.classes)), words)
        others: Labels = (right + 1 + words % np.uint32(self.classes - 1)) % self.classes
        return others

    def _odds(self, targets: Array, right: Labels, wrong: Labels) -> Array | None:
        """Return q `[device, sample]`, or none where targets are taken hard."""
        if self.settings.targets == "likely":
            return None
        told = [(one_hot(labels, self.classes) * targets).sum(axis=-1) for labels in (right, wrong)]
        odds: Array = told[0] / (told[0] + told[1])
        return odds

    def _labelled(self, inputs: Array, label: Array) -> Array:
        """Return inputs with label rows, scaled to the largest signal of each vector."""
        full = np.abs(inputs).max(axis=-1, keepdims=True)
        full = np.where(full > 0, full, np.float32(1))
        rows = np.float32(self.settings.label_strength) * full * label
        shape = np.broadcast_shapes(inputs.shape[:-1], rows.shape[:-1])
        parts = [np.broadcast_to(part, (*shape, part.shape[-1])) for part in (inputs, rows)]
        return np.concatenate(parts, axis=-1)


def _likelihood(answers: Array, others: Array) -> Array:
    """Return the likelihood of the other classes, the largest one 1."""
    best = np.where(others > 0, answers, -np.inf).max(axis=-1, keepdims=True)
    likelihood: Array = others * np.exp(np.minimum(answers - best, 0))
    return likelihood


def _drawn(weights: Array, words: npt.NDArray[np.uint32]) -> Labels:
    """Return a class `[device, sample]` drawn in proportion to weights, by a word each."""
    below = weights.cumsum(axis=-1)
    point = (words >> np.uint32(8)).astype(np.float32) * _WORD * below[..., -1]
    drawn: Labels = (below <= point[..., None]).sum(axis=-1)
    return drawn

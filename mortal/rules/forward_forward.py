"""Forward-Forward on crossbars: two forward passes, and one scalar a layer.

Equations and source: `mortal.rules.declarations.ForwardForwardSettings`.
"""

import numpy as np
import numpy.typing as npt

from devices.arrays import beside
from devices.identity import Purpose
from mortal.rules.body import Body
from mortal.rules.declarations import ForwardForwardSettings
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import append_bias, log_softmax, one_hot, rectify, rms_normalise

__all__ = ["ForwardForward"]

Array = npt.NDArray[np.float32]


class ForwardForward(Body):
    """Arrays `layer1`, ...; the label takes rows of its own beside the input's.

    A soft target is taken at its most likely class: sampling labels from a teacher's answers was
    measured to be worse. The wrong label is drawn uniformly from the others, by (device, sample).
    """

    def __init__(self, settings: ForwardForwardSettings, hardware: Hardware) -> None:
        super().__init__()
        self.settings = settings
        self.classes = hardware.classes
        extra = int(settings.bias)
        for number, (rows, columns) in enumerate(hardware.shapes(), start=1):
            labels = hardware.classes if number == 1 else 0
            self.grow(hardware, f"layer{number}", rows + labels + extra, columns)
        count = hardware.serials.size
        for number, units in enumerate(hardware.layers[1:], start=1):
            self.memory[f"activity{number}"] = hardware.numbers(units)
        self.counters["samples"] = np.zeros(count, np.int64)

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`: softmax of the summed goodness."""
        passes = [
            sum(goodness for _, _, goodness in self._layers(self._labelled(inputs, label)))
            for label in beside(inputs, np.eye(self.classes, dtype=np.float32))
        ]
        return log_softmax(np.stack(passes, axis=-1))

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch, right labels first, then wrong ones; return `[device, sample, class]`.

        The returned answers cost one pass a class, which is how this rule answers.
        """
        answers = np.exp(self.answer(inputs))
        samples = self.counters["samples"]
        devices, batch = samples.size, inputs.shape[-2]
        right = np.broadcast_to(targets.argmax(axis=-1), (devices, batch))
        draws = (
            self.arrays["layer1"]
            .stream(Purpose.RULE)
            .blocks(np.zeros((1, 1), np.int64), samples[:, None] + np.arange(batch))[..., 0]
        )
        wrong = (right + 1 + draws % np.uint32(self.classes - 1)) % self.classes
        for labels, sign in ((right, 1.0), (wrong, -1.0)):
            self._phase(inputs, one_hot(labels, self.classes), sign, rate)
        samples += batch
        self.settle()
        return answers

    def _labelled(self, inputs: Array, label: Array) -> Array:
        """Return inputs with label rows, scaled to the largest signal of each vector."""
        full = np.abs(inputs).max(axis=-1, keepdims=True)
        full = np.where(full > 0, full, np.float32(1))
        rows = np.float32(self.settings.label_strength) * full * label
        shape = np.broadcast_shapes(inputs.shape[:-1], rows.shape[:-1])
        parts = [np.broadcast_to(part, (*shape, part.shape[-1])) for part in (inputs, rows)]
        return np.concatenate(parts, axis=-1)

    def _layers(self, x: Array) -> list[tuple[Array, Array, Array]]:
        """Return of each layer its rows, its activity h and its goodness `[device, sample]`."""
        passed = []
        for layer in self.ways:
            rows = append_bias(x) if self.settings.bias else x
            h = rectify(self.read(layer, rows))
            passed.append((rows, h, np.square(h).mean(axis=-1)))
            x = rms_normalise(h)
        return passed

    def _phase(self, inputs: Array, labels: Array, sign: float, rate: float) -> None:
        settings = self.settings
        passed = self._layers(self._labelled(inputs, labels))
        for number, (rows, h, goodness) in enumerate(passed, start=1):
            real = 1 / (1 + np.exp(settings.threshold - goodness))
            doubt = 1 - real if sign > 0 else real
            drive = np.float32(sign) * doubt[..., None] * 2 * h
            if settings.peer:
                memory = np.float32(settings.peer_memory)
                mean = self.memory[f"activity{number}"]
                mean += (1 - memory) * (h.mean(axis=1) - mean)
                pull = mean.mean(axis=1, keepdims=True) - mean
                drive = drive + np.float32(settings.peer) * pull[:, None, :]
            self.write(f"layer{number}", rows, drive, rate * settings.rate)

"""Forward-Forward without labels: real inputs against hybrids, and a linear readout that names.

Equations and source: `mortal.rules.declarations.UnsupervisedForwardForwardSettings`.
"""

import numpy as np
import numpy.typing as npt

from devices.identity import Purpose
from mortal.rules.declarations import UnsupervisedForwardForwardSettings
from mortal.rules.goodness import GoodnessBody, Passed
from mortal.rules.hardware import Hardware
from mortal.rules.hybrids import blur_operations, masks, mixed
from mortal.rules.peripheral import append_bias, log_softmax, rms_normalise, softmax
from mortal.rules.readout import Readout

__all__ = ["UnsupervisedForwardForward"]

Array = npt.NDArray[np.float32]

_SHIFT = 1 << 20
"""Place of the draw that names a sample's partner; masks have the places below."""


class UnsupervisedForwardForward(GoodnessBody):
    """Beside the layers a readout `[device, unit and bias, class]`: array or memory `readout`."""

    def __init__(self, settings: UnsupervisedForwardForwardSettings, hardware: Hardware) -> None:
        super().__init__(settings, hardware, labels=0)
        self.settings = settings
        self._first = 0 if settings.first_layer or self._depth == 1 else 1
        lines = sum(hardware.layers[1 + self._first :]) + 1
        self._readout = Readout(settings.readout, settings.readout_rate)
        self._readout.grow(self, hardware, lines)
        self.counters["samples"] = np.zeros(hardware.serials.size, np.int64)

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`: the readout's."""
        return log_softmax(self._readout.scores(self, self._activity(self.layers(inputs))))

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch: the readout from the targets, the layers without them.

        Returns `[device, sample, class]`: the pass that the readout learns from.
        """
        u = self._activity(self.layers(inputs))
        answers = softmax(self._readout.scores(self, u))
        if inputs.shape[-2] > 1:
            self.contrast(inputs, self._hybrids(inputs), None, rate)
        self._readout.teach(self, u, targets - answers, rate)
        self.settle()
        return answers

    def _hybrids(self, inputs: Array) -> Array:
        """Return `[device, sample, feature]`, and count the draws."""
        samples = self.counters["samples"]
        batch, features = inputs.shape[-2:]
        stream = self.arrays["layer1"].stream(Purpose.RULE)
        draws = stream.blocks(np.full((1, 1), _SHIFT), samples[:, None])[:, 0, 0]
        shift = 1 + draws % np.uint32(batch - 1)
        events = samples[:, None] + np.arange(batch)
        mask = masks(stream, events, features, self.settings.blur)
        samples += batch
        self.charge_digital("layer1", batch * blur_operations(features, self.settings.blur))
        shared = np.broadcast_to(inputs, (samples.size, batch, features))
        return mixed(shared, shift, mask)

    def _activity(self, passed: list[Passed]) -> Array:
        """Return what the readout reads, `[device, sample, line]`."""
        layers = [rms_normalise(layer.h) for layer in passed[self._first :]]
        return append_bias(np.concatenate(layers, axis=-1))

"""A rule of one's own: features as they were made, and a layer that learns to name the class.

The first array is never written: its random cells are the features. The second learns by the
delta rule, dW = rate h (x) (y - softmax(W^T h)), so it takes the soft answers of a teacher too.
"""

import numpy as np

from mortal.rules import Body, Need
from mortal.rules.peripheral import append_bias, log_softmax, rectify, rms_normalise, softmax


class FrozenFeatures(Body):
    """Arrays `features` and `answers`."""

    needs = (Need.RANDOM_FEEDBACK,)  # an array that is grown and never written

    def __init__(self, settings, hardware):
        super().__init__()
        features, hidden = hardware.layers[0], hardware.layers[-1]
        self.rate = settings.rate
        self.gain = np.float32(settings.settings.get("gain", 1.0))
        self.grow(hardware, "features", features, hidden, is_fixed=True)
        self.grow(hardware, "answers", hidden + 1, hardware.classes)

    def answer(self, inputs):
        """Return log-probabilities `[device, sample, class]`."""
        return log_softmax(self.read("answers", self._seen(inputs)))

    def learn(self, inputs, targets, rate):
        """Learn one batch; return what was answered before it, as probabilities."""
        h = self._seen(inputs)
        said = softmax(self.read("answers", h))
        self.write("answers", h, targets - said, rate * self.rate)
        self.settle()
        return said

    def _seen(self, inputs):
        return append_bias(rms_normalise(rectify(self.gain * self.read("features", inputs))))

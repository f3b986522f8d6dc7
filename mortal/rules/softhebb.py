"""SoftHebb on crossbars: units compete for each input, and the winner moves towards it.

Equations and source: `mortal.rules.declarations.SoftHebbSettings`.
"""

import numpy as np
import numpy.typing as npt

from devices.identity import Purpose
from mortal.rules.body import Body
from mortal.rules.declarations import SoftHebbSettings
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import (
    append_bias,
    log_softmax,
    one_hot,
    rectify,
    rms_normalise,
    softmax,
)
from mortal.rules.readout import Readout

__all__ = ["SoftHebb"]

Array = npt.NDArray[np.float32]


class SoftHebb(Body):
    """Arrays `layer1`, ..., and the readout: digital memory, or the array `readout`.

    Memory: `layer1.threshold`, ..., `[device, unit]`, and `readout` where it is digital. Winners
    are drawn by (device, array, sample). Layers learn all at once, each from what the one below
    shows now.
    """

    def __init__(self, settings: SoftHebbSettings, hardware: Hardware) -> None:
        super().__init__()
        self.settings = settings
        shapes = hardware.shapes()
        self._layers = tuple(f"layer{number}" for number in range(1, len(shapes) + 1))
        for name, (rows, columns) in zip(self._layers, shapes, strict=True):
            self.grow(hardware, name, rows, columns)
        self._readout = Readout(settings.readout, settings.readout_rate)
        self._readout.grow(self, hardware, sum(hardware.layers[1:]) + 1)
        for name, units in zip(self._layers, hardware.layers[1:], strict=True):
            self.memory[f"{name}.threshold"] = hardware.numbers(units)
        self.counters["samples"] = np.zeros(hardware.serials.size, np.int64)

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`."""
        return log_softmax(self._readout.scores(self, self._features(self._match(inputs))))

    def activities(self, inputs: Array) -> list[Array]:
        """Return what each hidden layer says, `[device, sample, unit]` each, of rms 1."""
        return [_activity(lead) for _, _, lead in self._match(inputs)]

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch: the layers without the targets, the readout with them.

        Returns:
            `[device, sample, class]`, the answers before.
        """
        settings = self.settings
        matched = self._match(inputs)
        features = self._features(matched)
        answers = softmax(self._readout.scores(self, features))
        wishes = []
        for name, (x, match, lead) in zip(self._layers, matched, strict=True):
            share = softmax(lead / np.float32(settings.temperature))
            self._raise_thresholds(name, share)
            learners = self._winners(name, share) if settings.winners == "one" else share
            if settings.decay == "read-back":
                wish = np.float32(settings.weight) * x - self.read_back(name, learners * match)
            else:
                wish = np.float32(settings.weight) * (x - x.mean(axis=-1, keepdims=True))
            wishes.append((name, wish, learners))
        for name, wish, learners in wishes:
            self.write(name, wish, learners, rate * settings.rate)
        self._readout.teach(self, features, targets - answers, rate)
        self.counters["samples"] += inputs.shape[-2]
        self.settle()
        return answers

    def _match(self, inputs: Array) -> list[tuple[Array, Array, Array]]:
        """Return of each layer its rows x, of rms 1, its matches c and what these lead by."""
        matched, signal = [], inputs
        for name in self._layers:
            x = rms_normalise(signal)
            match = self.read(name, x) / np.float32(self.settings.weight * x.shape[-1])
            lead = match - self.memory[f"{name}.threshold"][:, None, :]
            matched.append((x, match, lead))
            signal = _activity(lead)
        return matched

    def _features(self, matched: list[tuple[Array, Array, Array]]) -> Array:
        return append_bias(np.concatenate([_activity(lead) for _, _, lead in matched], axis=-1))

    def _raise_thresholds(self, name: str, share: Array) -> None:
        """Make it harder for units that had more than their part of the batch."""
        threshold = self.memory[f"{name}.threshold"]
        unfair = share.sum(axis=1) - np.float32(share.shape[1] / share.shape[2])
        threshold += np.float32(self.settings.conscience) * unfair
        self.charge_digital(name, share[0].size)

    def _winners(self, name: str, share: Array) -> Array:
        """Return one winner a sample, drawn with chance y, `[device, sample, unit]` of 0 and 1."""
        events = self.counters["samples"][:, None] + np.arange(share.shape[1])
        stream = self.arrays[name].stream(Purpose.RULE)
        words = stream.blocks(np.zeros((1, 1), np.int64), events)[..., :1]
        below = np.cumsum(share, axis=-1)
        # Scaled to the last sum, which rounding may leave short of 1.
        passed = below < (words + 0.5) / 2**32 * below[..., -1:]
        return one_hot(passed.sum(axis=-1), share.shape[2])


def _activity(lead: Array) -> Array:
    """Return h, how much more than the others a unit leads, `[device, sample, unit]` of rms 1."""
    above = rectify(lead - lead.mean(axis=-1, keepdims=True))
    return rms_normalise(np.square(above))

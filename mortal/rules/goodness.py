"""Layers that are taught to be active on real data and quiet on false: all Forward-Forward rules.

Equations and sources: `mortal.rules.declarations.GoodnessSettings`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mortal.rules.body import Body
from mortal.rules.declarations import GoodnessSettings
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import append_bias, rectify, rms_normalise, sigmoid, winners

__all__ = ["GoodnessBody", "Passed"]

Array = npt.NDArray[np.float32]
Level = np.float32 | Array


class Passed(NamedTuple):
    """What a pass left in one layer.

    Attributes:
        rows: what entered, `[device, sample, row]`.
        h: its activity, `[device, sample, unit]`.
        goodness: mean square of the units that may speak, `[device, sample]`.
    """

    rows: Array
    h: Array
    goodness: Array


class GoodnessBody(Body):
    """Arrays `layer1`, ..., and beside each the running means `activity1`, ... `[device, unit]`.

    With a tracked threshold, also `goodness1`, ... `[device, 2]`: the running means of g+ and g-.
    """

    def __init__(self, settings: GoodnessSettings, hardware: Hardware, labels: int) -> None:
        """Grow the layers; the first has rows for labels beside those of the input."""
        super().__init__()
        self._goodness = settings
        self._depth = len(hardware.layers) - 1
        extra = int(settings.bias)
        for number, (rows, columns) in enumerate(hardware.shapes(), start=1):
            more = labels if number == 1 else 0
            self.grow(hardware, f"layer{number}", rows + more + extra, columns)
        for number, units in enumerate(hardware.layers[1:], start=1):
            self.memory[f"activity{number}"] = hardware.numbers(units)
            if settings.tracking:
                start = hardware.numbers(2) + np.float32(settings.threshold)
                self.memory[f"goodness{number}"] = start

    def layers(self, x: Array) -> list[Passed]:
        """Pass `[sample, row]` or `[device, sample, row]`, the bias row not among them."""
        passed = []
        for number in range(1, self._depth + 1):
            rows = append_bias(x) if self._goodness.bias else x
            h = rectify(self.read(f"layer{number}", rows))
            count = h.shape[-1]
            if self._goodness.active < 1:
                count = max(round(self._goodness.active * count), 1)
                h = winners(h, count)
            passed.append(Passed(rows, h, np.square(h).sum(axis=-1) / np.float32(count)))
            x = rms_normalise(h)
        return passed

    def activities(self, inputs: Array) -> list[Array]:
        """Return what each hidden layer says, `[device, sample, unit]` each, of rms 1."""
        return [rms_normalise(layer.h) for layer in self.layers(inputs)]

    def contrast(self, real: Array, false: Array, odds: Array | None, rate: float) -> None:
        """Teach every layer that real data is real and false is not.

        Args:
            real: as `layers` takes it.
            false: the same samples, made false.
            odds: `[device or 1, sample]`, how sure it is that real is the real one; none: sure.
            rate: of a schedule.
        """
        if self._goodness.loss == "symba":
            self._compare(self.layers(real), self.layers(false), odds, rate)
        else:
            wanted = np.float32(1) if odds is None else odds
            self._lift(self.layers(real), 0, wanted, rate)
            self._lift(self.layers(false), 1, 1 - wanted, rate)

    def _lift(self, passed: list[Passed], side: int, wanted: Level, rate: float) -> None:
        """Bring p towards what is wanted; side 0 is real data, 1 false."""
        for number, (layer, goodness) in enumerate(zip(passed, self._heard(passed), strict=True)):
            threshold = self._threshold(number + 1, side, goodness)
            self._drive(number + 1, layer, wanted - sigmoid(goodness - threshold), rate)

    def _compare(
        self, real: list[Passed], false: list[Passed], odds: Array | None, rate: float
    ) -> None:
        alpha = np.float32(self._goodness.alpha)
        sure = np.float32(1) if odds is None else odds
        heard = zip(self._heard(real), self._heard(false), strict=True)
        for number, (up, down) in enumerate(heard):
            doubt = alpha * (sure - sigmoid(alpha * (up - down)))
            self._drive(number + 1, real[number], doubt, rate)
            self._drive(number + 1, false[number], -doubt, rate)

    def _heard(self, passed: list[Passed]) -> list[Array]:
        """Return the goodness that each layer judges by."""
        own = [layer.goodness for layer in passed]
        return [sum(own[1:], own[0])] * len(own) if self._goodness.collaborative else own

    def _threshold(self, number: int, side: int, goodness: Array) -> Level:
        """Return one, or `[device, 1]` after the running means have heard this batch."""
        if not self._goodness.tracking:
            return np.float32(self._goodness.threshold)
        means = self.memory[f"goodness{number}"]
        means[:, side] += np.float32(1 - self._goodness.tracking) * (
            goodness.mean(axis=1) - means[:, side]
        )
        threshold: Array = means.mean(axis=1, keepdims=True)
        return threshold

    def _drive(self, number: int, layer: Passed, push: Array, rate: float) -> None:
        """Write rate rows (x) (2 push h + the peers' pull); push `[device, sample]`."""
        settings = self._goodness
        drive = push[..., None] * 2 * layer.h
        if settings.peer:
            memory = np.float32(settings.peer_memory)
            mean = self.memory[f"activity{number}"]
            mean += (1 - memory) * (layer.h.mean(axis=1) - mean)
            pull = mean.mean(axis=1, keepdims=True) - mean
            drive = drive + np.float32(settings.peer) * pull[:, None, :]
        self.write(f"layer{number}", layer.rows, drive, rate * settings.rate)

"""Layers of stochastic units on both sides of arrays, and where their chance comes from.

Equations and sources: `mortal.rules.declarations.BoltzmannSettings`.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from devices.identity import WORDS_PER_BLOCK, Purpose
from mortal.rules.body import Body
from mortal.rules.declarations import BoltzmannSettings
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import sigmoid
from mortal.rules.symmetric import append_one

__all__ = ["Stochastic"]

Array = npt.NDArray[np.float32]
Pair = tuple[Array, Array]

_LOGISTIC = 1.702
"""Deviation of the normal distribution that comes closest to the logistic one."""


class Stochastic(Body):
    """Arrays `layer1`, ...: rows are visible units, columns hidden ones, and a bias line each.

    Digital biases: memory `layer1.visible`, `layer1.hidden`, ... `[device, unit]`. Uniform numbers
    are drawn by (device, array, vector drawn, unit); vectors are counted in `draws`.

    Attributes:
        machines: names of the arrays, from the input up.
    """

    machines: tuple[str, ...]

    def __init__(self, settings: BoltzmannSettings, hardware: Hardware) -> None:
        super().__init__()
        self._sampler, self._bias = settings.sampler, settings.bias
        self._temperature, self._is_paired = settings.temperature, not settings.chains
        shapes = hardware.shapes()
        self.machines = tuple(f"layer{number}" for number in range(1, len(shapes) + 1))
        line = int(settings.bias == "lines")
        for name, (visible, hidden) in zip(self.machines, shapes, strict=True):
            self.grow(hardware, name, visible + line, hidden + line)
            if settings.bias == "digital":
                self.memory[f"{name}.visible"] = hardware.numbers(visible)
                self.memory[f"{name}.hidden"] = hardware.numbers(hidden)
        self.counters["draws"] = np.zeros(hardware.serials.size, np.int64)

    def up(self, name: str, visible: Array) -> Array:
        """Return the chances of hidden units, `[device, sample, unit]`, from a forward read."""
        return self._chances(self._sum_up(name, visible))

    def down(self, name: str, hidden: Array) -> Array:
        """Return the chances of visible units, `[device, sample, unit]`, from a reverse read."""
        return self._chances(self._sum_down(name, hidden))

    def drawn_up(self, name: str, visible: Array) -> Pair:
        """Return the chances of hidden units, and what was drawn by them: zeros and ones."""
        return self._drawn(name, lambda: self._sum_up(name, visible))

    def drawn_down(self, name: str, hidden: Array) -> Array:
        """Return visible units drawn, zeros and ones."""
        return self._drawn(name, lambda: self._sum_down(name, hidden))[1]

    def learn_from(self, name: str, real: Pair, dreamt: Pair, rate: float) -> None:
        """Write rate (v0 (x) h0 - vk (x) hk), the sum over samples.

        Args:
            name: of the machine.
            real: v0 and h0.
            dreamt: vk and hk, as many samples; or of chains, whose mean counts as often.
            rate: per sample.
        """
        (v0, h0), (vk, hk) = real, dreamt
        share = v0.shape[-2] / vk.shape[-2]
        if self._bias == "digital":
            for side, more, less in (("visible", v0, vk), ("hidden", h0, hk)):
                biases = self.memory[f"{name}.{side}"]
                rise = more.sum(axis=-2) - np.float32(share) * less.sum(axis=-2)
                biases += np.float32(rate) * rise
                self.charge_digital(name, vk.shape[-2] * biases.shape[-1])
        v0, vk, h0, hk = (self._lines(s) for s in (v0, vk, h0, hk))
        if self._is_paired:
            half = np.float32(0.5)
            self.write(name, v0 - vk, half * (h0 + hk), rate)
            self.write(name, half * (v0 + vk), h0 - hk, rate)
        else:
            self.write(name, v0, h0, rate)
            self.write(name, vk, -hk, rate * share)

    def _sum_up(self, name: str, visible: Array) -> Array:
        a = self.read(name, self._lines(visible))
        return self._biased(f"{name}.hidden", a)

    def _sum_down(self, name: str, hidden: Array) -> Array:
        a = self.read_back(name, self._lines(hidden))
        return self._biased(f"{name}.visible", a)

    def _lines(self, s: Array) -> Array:
        """Return what stands on the lines of one side: units, and the line that is always at 1."""
        return append_one(s) if self._bias == "lines" else s

    def _biased(self, biases: str, a: Array) -> Array:
        """Return the sums of units: without that of the other side's bias line, or with digital
        biases.
        """
        if self._bias == "digital":
            a = a + self.memory[biases][:, None, :]
        return a[..., :-1] if self._bias == "lines" else a

    def _chances(self, a: Array) -> Array:
        return sigmoid(a / np.float32(self._temperature))

    def _drawn(self, name: str, read: Callable[[], Array]) -> Pair:
        """Return chances, and zeros and ones drawn by them, of what a read brings."""
        first = read()
        if self._sampler == "digital":
            chances = self._chances(first)
            self.charge_digital(name, chances[0].size)
            return chances, (self._uniform(name, chances) < chances).astype(np.float32)
        second = read()
        mean, difference = np.float32(0.5) * (first + second), first - second
        self.charge_digital(name, 2 * mean[0].size)
        lifted = mean + self._gain(difference) * difference
        return self._chances(mean), (lifted > 0).astype(np.float32)

    def _uniform(self, name: str, like: Array) -> Array:
        """Return uniform numbers in [0, 1), `[device, sample, unit]`, and count the vectors."""
        draws, (_, batch, units) = self.counters["draws"], like.shape
        stream = self.arrays[name].stream(Purpose.RULE)
        places = np.arange(-(-units // WORDS_PER_BLOCK))[None, None]
        words = stream.blocks(places, (draws[:, None] + np.arange(batch))[..., None])
        words = words.reshape(*words.shape[:2], -1)[..., :units]
        draws += batch
        uniform: Array = (words >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)
        return uniform

    def _gain(self, difference: Array) -> Array:
        """Return what lifts the noise of two reads to the temperature, `[device, 1, 1]`.

        Half the sum of two reads varies by a quarter of what their difference does.
        """
        found = np.square(difference).mean(axis=-1, keepdims=True).mean(axis=-2, keepdims=True)
        wanted = np.float32(math.pow(_LOGISTIC * self._temperature, 2))
        missing = np.maximum(wanted - np.float32(0.25) * found, np.float32(0))
        gain: Array = np.sqrt(missing / np.maximum(found, np.float32(1e-12)))
        return gain

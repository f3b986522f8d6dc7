"""Weight perturbation on crossbars: shift all weights a little, and see whether the cost likes it.

Equations and source: `mortal.rules.declarations.WeightPerturbationSettings`.
"""

import numpy as np
import numpy.typing as npt

from devices.arrays import beside
from devices.identity import WORDS_PER_BLOCK, Purpose
from mortal.rules.declarations import WeightPerturbationSettings
from mortal.rules.hardware import Hardware
from mortal.rules.judged import Judged, cost
from mortal.rules.peripheral import softmax

__all__ = ["WeightPerturbation"]

Array = npt.NDArray[np.float32]

_SIGNS_PER_BLOCK = 32 * WORDS_PER_BLOCK


class WeightPerturbation(Judged):
    """Arrays `layer1`, ..., `output`, and `layer1.dither`, ... where arrays perturb.

    Signs are drawn by (device, array, direction, line); the answers that `learn` returns are the
    mean of the two perturbed ones, so learning costs two passes and no third.
    """

    def __init__(self, settings: WeightPerturbationSettings, hardware: Hardware) -> None:
        super().__init__(hardware, bias=settings.bias)
        self.settings = settings
        if settings.perturb == "array":
            for name in self.synapses:
                # No way stands between: what dithers must be seen by the very next read.
                array = self.arrays[name]
                self.grow(hardware, _dither(name), array.rows, array.columns, is_fixed=True)
        self.counters["directions"] = np.zeros(hardware.serials.size, np.int64)

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Read one batch with weights shifted either way, and write, as often as it has passes.

        Returns:
            `[device, sample, class]`, the mean of the answers of the shifted nets.
        """
        passes, learn = self.settings.passes, self._learn_by_lines
        if self.settings.perturb == "array":
            learn = self._learn_by_arrays
        answers = [learn(inputs, targets, rate / passes) for _ in range(passes)]
        self.settle()
        told: Array = np.stack(answers).mean(axis=0)
        return told

    def _learn_by_lines(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn by sums shifted as the weights would; each sample has a direction of its own."""
        signs = self._signs(inputs.shape[-2])

        def read(size: float) -> Array:
            def disturb(name: str, rows: Array) -> Array | np.float32:
                on_rows, on_columns = signs[name]
                self.charge_digital(name, on_rows[0].size + on_columns[0].size)
                shift: Array = (rows * on_rows).sum(axis=-1, keepdims=True) * on_columns
                return np.float32(size) * shift

            return self._pass(self._rows(inputs), self.synapses, disturb)[1]

        up, down = read(self.settings.size), read(-self.settings.size)
        self._descend(signs, cost(up, targets) - cost(down, targets), rate)
        return (softmax(up) + softmax(down)) * np.float32(0.5)

    def _learn_by_arrays(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn by second arrays pulsed there, across and back; all samples share a direction."""
        signs, scores = self._signs(1), []
        for steps in (1, -2):
            self._shake(signs, steps)
            scores.append(self._pass(self._rows(inputs), self.synapses)[1])
        self._shake(signs, 1)
        up, down = scores
        worse = cost(up, targets) - cost(down, targets)
        self._descend(signs, worse.sum(axis=-1, keepdims=True), rate)
        return (softmax(up) + softmax(down)) * np.float32(0.5)

    def _descend(self, signs: dict[str, tuple[Array, Array]], worse: Array, rate: float) -> None:
        """Write against the direction as much as the cost rose along it, `[device, direction]`."""
        slope = worse[..., None] / np.float32(2 * self.settings.size)
        for name, (on_rows, on_columns) in signs.items():
            self.write(name, on_rows, -slope * on_columns, rate * self.settings.rate)

    def _sums(self, name: str, rows: Array) -> Array:
        a = self.read(name, rows)
        return a + self.read(_dither(name), rows) if self.settings.perturb == "array" else a

    def _shake(self, signs: dict[str, tuple[Array, Array]], steps: int) -> None:
        for name, (on_rows, on_columns) in signs.items():
            towards = on_columns if steps > 0 else -on_columns
            self.write(_dither(name), on_rows, towards, abs(steps) * self.settings.size)

    def _signs(self, directions: int) -> dict[str, tuple[Array, Array]]:
        """Return new random -1 or 1 for rows and columns, each `[device, direction, line]`."""
        events = (self.counters["directions"][:, None] + np.arange(directions))[..., None]
        self.counters["directions"] += directions
        signs = {}
        for name in self.synapses:
            array = self.arrays[name]
            blocks = [-(-lines // _SIGNS_PER_BLOCK) for lines in (array.rows, array.columns)]
            places = np.arange(sum(blocks))[None, None]
            words = array.stream(Purpose.RULE).blocks(places, events)[..., None]
            bits = words >> beside(words, np.arange(32, dtype=np.uint32)) & np.uint32(1)
            line = 2 * bits.reshape(*bits.shape[:2], -1).astype(np.float32) - 1
            first = blocks[0] * _SIGNS_PER_BLOCK
            signs[name] = line[..., : array.rows], line[..., first : first + array.columns]
        return signs


def _dither(name: str) -> str:
    return f"{name}.dither"

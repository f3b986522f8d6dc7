"""Physics-aware training: forward in the hardware, backward through a digital twin of it.

Equations and source: `mortal.rules.declarations.PhysicsAwareSettings`.
"""

from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
from scipy.linalg import hadamard

from devices.arrays import beside
from mortal.errors import RuleError
from mortal.rules.declarations import PhysicsAwareSettings
from mortal.rules.hardware import Hardware
from mortal.rules.perceptron import Perceptron
from mortal.rules.twin import follow, sent_back

__all__ = ["PhysicsAware"]

Array = npt.NDArray[np.float32]


class PhysicsAware(Perceptron):
    """Memory `layer2.twin`, ..., `output.twin`, as read and followed; a counter of batches.

    Raises:
        RuleError: torch is not installed.
    """

    def __init__(self, settings: PhysicsAwareSettings, hardware: Hardware) -> None:
        if find_spec("torch") is None:
            raise RuleError(
                "the rule physics-aware needs torch, which is not installed: pip install torch"
            )
        super().__init__(settings, hardware)
        self._nominal = hardware.technology.emulated
        for name in self.synapses[1:]:
            array = self.arrays[name]
            self.memory[f"{name}.twin"] = hardware.numbers(array.rows, array.columns)
        self.counters["batches"] = np.zeros(hardware.serials.size, np.int64)

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Learn one batch; return `[device, sample, class]`."""
        self._scan_where_due()
        return super().learn(inputs, targets, rate)

    def blame(self, rows: list[Array], error: Array) -> list[Array]:
        """Return d of each hidden layer, differentiated automatically at the signals there were.

        Costs two multiply-accumulates a sample and cell: the twin's pass forward and its way back.
        """
        d, told = error, []
        for name, x in zip(self.synapses[:0:-1], rows[:0:-1], strict=True):
            twin = self.memory[f"{name}.twin"]
            self.charge_digital(name, 2 * x.shape[-2] * twin[0].size)
            back = self.gain * self.lines(sent_back(self._nominal, twin, x, d))
            d = self.gated(x, back)
            told.append(d)
        return told[::-1]

    def write(self, name: str, x: Array, d: Array, rate: float) -> None:
        """Write the array, and let its twin follow: two multiply-accumulates a sample and cell."""
        super().write(name, x, d, rate)
        if name != self.synapses[0] and self.settings.through is None:
            twin = self.memory[f"{name}.twin"]
            twin[:] = follow(self._nominal, twin, x, d, rate)
            self.charge_digital(name, 2 * x.shape[-2] * twin[0].size)

    def scan(self) -> None:
        """Read the twins off the arrays, by the signs of a Hadamard matrix on all rows at once.

        Its columns are orthogonal, so T = H^T y / n of the n answers y: noise and rounding of a
        read are shared out among all rows, which a voltage on one row after another would not do.
        """
        for name in self.synapses[1:]:
            twin = self.memory[f"{name}.twin"]
            vectors = 1 << (twin.shape[1] - 1).bit_length()
            signs = beside(twin, hadamard(vectors, np.float32)[:, : twin.shape[1]])
            twin[:] = signs.T @ self.read(name, signs) / np.float32(vectors)
            self.charge_digital(name, vectors * twin[0].size)

    def _scan_where_due(self) -> None:
        batches, every = self.counters["batches"], self.settings.scan_every
        due = np.flatnonzero(batches % every == 0 if every else batches == 0)
        batches += 1
        if due.size == batches.size:
            self.scan()
        elif due.size:
            some = self.take(due)
            some.scan()
            self.put(due, some)

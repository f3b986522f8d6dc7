"""Node perturbation on crossbars: add noise to the sums, and see whether the cost likes it.

Equations and source: `mortal.rules.declarations.NodePerturbationSettings`.
"""

import numpy as np
import numpy.typing as npt

from devices.identity import NORMALS_PER_BLOCK, Purpose
from mortal.rules.declarations import NodePerturbationSettings
from mortal.rules.hardware import Hardware
from mortal.rules.judged import Disturb, Judged, cost
from mortal.rules.peripheral import softmax

__all__ = ["NodePerturbation"]

Array = npt.NDArray[np.float32]


class NodePerturbation(Judged):
    """Arrays `layer1`, ..., `output`; noise is drawn by (device, array, noisy pass, column)."""

    def __init__(self, settings: NodePerturbationSettings, hardware: Hardware) -> None:
        super().__init__(hardware, bias=settings.bias)
        self.settings = settings
        self.counters["noisy"] = np.zeros(hardware.serials.size, np.int64)

    def learn(self, inputs: Array, targets: Array, rate: float) -> Array:
        """Read one batch clean, then noisy; write; return `[device, sample, class]` of clean."""
        settings, passes = self.settings, self.settings.passes
        clean, scores = self._pass(self._rows(inputs), self.synapses)
        before = np.repeat(cost(scores, targets), passes, axis=-1)
        goal = np.repeat(targets, passes, axis=-2)
        noise = {name: self._noise(name, before.shape[1]) for name in self.synapses}
        wishes = []
        for names, shaken in self._trials():
            rows = np.repeat(clean[self.synapses.index(names[0])], passes, axis=-2)
            added = _added({name: noise[name] for name in shaken})
            passed, shifted = self._pass(rows, names, added)
            push = (before - cost(shifted, goal))[..., None] / np.float32(settings.sigma**2)
            for name, on_rows in zip(names, passed, strict=True):
                if name in shaken:
                    wishes.append((name, on_rows, push * noise[name]))
                    self.charge_digital(name, 2 * noise[name][0].size)
        for name, on_rows, drive in wishes:
            self.write(name, on_rows, drive, rate * settings.rate / passes)
        self.counters["noisy"] += before.shape[1]
        self.settle()
        return softmax(scores)

    def _trials(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return of each noisy pass the synapses that are read, and those that are noisy."""
        if self.settings.perturb == "together":
            return [(self.synapses, self.synapses)]
        return [(self.synapses[at:], (name,)) for at, name in enumerate(self.synapses)]

    def _noise(self, name: str, passes: int) -> Array:
        """Return xi `[device, noisy pass, column]` of deviation sigma."""
        array = self.arrays[name]
        blocks = -(-array.columns // NORMALS_PER_BLOCK)
        places = np.arange(blocks)[None, None]
        events = (self.counters["noisy"][:, None] + np.arange(passes))[..., None]
        drawn = array.stream(Purpose.RULE).normal_blocks(places, events)
        drawn = drawn.reshape(*drawn.shape[:2], -1)[..., : array.columns]
        noise: Array = np.float32(self.settings.sigma) * drawn
        return noise


def _added(noise: dict[str, Array]) -> Disturb:
    """Return what adds noise to the sums of some synapses."""

    def disturb(name: str, rows: Array) -> Array | np.float32:
        return noise.get(name, np.float32(0))

    return disturb

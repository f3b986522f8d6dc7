"""A net that settles: layers drive each other through the same arrays, read both ways."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mortal.rules.body import Body
from mortal.rules.declarations.equilibrium import SymmetricSettings
from mortal.rules.hardware import Hardware

__all__ = ["Symmetric", "append_one", "hard_sigmoid"]

Array = npt.NDArray[np.float32]
States = list[Array]

_FLOOR = 0.01
"""Added to outputs before they are answers in proportion: a silent output is no certainty."""


def hard_sigmoid(a: Array) -> Array:
    """Return a kept to [0, 1], the activation of a line between two rails."""
    return np.minimum(np.maximum(a, np.float32(0)), np.float32(1))


def append_one(s: Array) -> Array:
    """Return s with one more line that is always at 1, `[..., line + 1]`."""
    return np.concatenate([s, np.ones_like(s[..., :1])], axis=-1)


class Symmetric(Body):
    """Arrays `layer1`, ..., the last with a column a class; states are lists `[layer]` of units.

    Between two layers stands one array: forward reads drive the upper layer, reverse reads the
    lower. So the net has an energy, and every sweep lowers it.
    """

    def __init__(self, settings: SymmetricSettings, hardware: Hardware) -> None:
        super().__init__()
        self._steps, self._bias = settings.steps, settings.bias
        self._feedback, self._slope = settings.feedback, settings.slope
        widths = (*hardware.layers, hardware.classes)
        for number, (rows, columns) in enumerate(pairwise(widths), start=1):
            self.grow(hardware, f"layer{number}", rows + int(self._bias), columns)
        self._depth = len(widths) - 1

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`: outputs of the free rest."""
        return np.log(self.probabilities(self.free(inputs)))

    def activities(self, inputs: Array) -> list[Array]:
        """Return what each hidden layer says, `[device, sample, unit]` each, at its free rest."""
        return self.free(inputs)[1:-1]

    def free(self, inputs: Array) -> States:
        """Return the states at rest, with nothing but the input given."""
        return self.relaxed(self.passed(inputs), self._steps)

    def passed(self, inputs: Array) -> States:
        """Return the input's drive, held, and the states `[device, sample, unit]` of a forward
        pass, where relaxation starts.
        """
        held = self.read("layer1", self.rows(inputs))
        states = [held, self._rho(1, held)]
        for layer in range(2, self._depth + 1):
            states.append(self._rho(layer, self.read(f"layer{layer}", self.rows(states[-1]))))
        return states

    def relaxed(
        self, states: States, steps: int, target: Array | None = None, nudge: float = 0.0
    ) -> States:
        """Return the states after some sweeps from the input up.

        Args:
            states: the held drive of the input, then each layer's units.
            steps: sweeps.
            target: `[sample, class]` or `[device, sample, class]`.
            nudge: beta, the pull of the target on the output, above -1; infinite: held at it.
        """
        states, settling = list(states), self._depth
        if target is not None and np.isinf(nudge):
            states[-1] = np.broadcast_to(target, states[-1].shape)
            settling -= 1
        share = np.float32(1 / (1 + nudge))
        for _ in range(steps):
            for layer in range(1, settling + 1):
                drive = states[0]
                if layer > 1:
                    drive = self.read(f"layer{layer}", self.rows(states[layer - 1]))
                if layer < self._depth:
                    back = self.read_back(f"layer{layer + 1}", states[layer + 1])
                    drive = drive + np.float32(self._feedback) * back[..., : drive.shape[-1]]
                elif target is not None:
                    drive = share * drive + (1 - share) * target
                states[layer] = self._rho(layer, drive)
        return states

    def contrast(
        self, inputs: Array, more: States, less: States, rates: tuple[float, float]
    ) -> None:
        """Write rate feedback^(l - L) (s_{l-1} (x) s_l |more - s_{l-1} (x) s_l |less) to each W_l.

        Written as a b - c d = (a - c) (b + d) / 2 + (a + c) / 2 (b - d): the products are large,
        so that pulses of one would undo most pulses of the other; their differences are small.

        Args:
            inputs: what was clamped to the rows of the first array in both states.
            more: states whose products are added.
            less: states whose products are taken away.
            rates: of the arrays, and of the last one times the units below it, per sample.
        """
        for layer in range(1, self._depth + 1):
            step = rates[0] * self._feedback ** (layer - self._depth)
            if layer == self._depth:
                step = rates[1] / more[layer - 1].shape[-1]
            name, half = f"layer{layer}", np.float32(0.5)
            rise = more[layer] - less[layer]
            if layer == 1:
                self.write(name, self.rows(inputs), rise, step)
                continue
            below = self.rows(more[layer - 1]), self.rows(less[layer - 1])
            self.write(name, half * (below[0] + below[1]), rise, step)
            self.write(name, below[0] - below[1], half * (more[layer] + less[layer]), step)

    def rows(self, s: Array) -> Array:
        """Return what stands on the rows of an array: units, and the row that is always at 1."""
        return append_one(s) if self._bias else s

    def _rho(self, layer: int, drive: Array) -> Array:
        """Outputs are linear: at a rail they would feel no nudge, and never come back."""
        if layer == self._depth:
            return drive
        return hard_sigmoid(np.float32(self._slope) * drive)

    def probabilities(self, states: States) -> Array:
        """Return the outputs in proportion, `[device, sample, class]`."""
        s = np.maximum(states[-1], np.float32(0)) + np.float32(_FLOOR)
        proportion: Array = s / s.sum(axis=-1, keepdims=True)
        return proportion

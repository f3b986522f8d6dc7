"""A net that is told one number a sample, its cost, and nothing else: what perturbation needs.

Node and weight perturbation share it. No error goes back and no derivative is known: the cost is
read off the answers where they are wanted, and broadcast.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from mortal.rules.body import Body
from mortal.rules.hardware import Hardware
from mortal.rules.peripheral import append_bias, log_softmax, rectify, rms_normalise

__all__ = ["Disturb", "Judged", "cost"]

Array = npt.NDArray[np.float32]
Disturb = Callable[[str, Array], Array | np.float32]
"""Of a synapse's name and the rows it is read with: what is added to its columns' sums."""


class Judged(Body):
    """Synapses `layer1`, ..., `output`: rectified, rms-normalised between, scores at the end.

    Attributes:
        synapses: their names, in the order of the signal.
    """

    def __init__(self, hardware: Hardware, *, bias: bool) -> None:
        super().__init__()
        self._bias = bias
        shapes = [*hardware.shapes(), (hardware.layers[-1], hardware.classes)]
        hidden = [f"layer{number}" for number in range(1, len(shapes))]
        self.synapses = (*hidden, "output")
        for name, (rows, columns) in zip(self.synapses, shapes, strict=True):
            self.grow(hardware, name, rows + int(bias), columns)

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[device, sample, class]`."""
        _, scores = self._pass(self._rows(inputs), self.synapses)
        return log_softmax(scores)

    def activities(self, inputs: Array) -> list[Array]:
        """Return what each hidden layer says, `[device, sample, unit]` each, of rms 1."""
        passed, _ = self._pass(self._rows(inputs), self.synapses)
        return [rows[..., :-1] if self._bias else rows for rows in passed[1:]]

    def _rows(self, x: Array) -> Array:
        return append_bias(x) if self._bias else x

    def _pass(
        self, rows: Array, names: Sequence[str], disturb: Disturb | None = None
    ) -> tuple[list[Array], Array]:
        """Return the rows that each of these synapses was read with, and the scores at the end.

        Args:
            rows: of the first of them, `[device or none, sample, row]`.
            names: synapses from one of them to the output.
            disturb: what is added to the sums; default: nothing.
        """
        passed = [rows]
        for name in names:
            a = self._sums(name, rows)
            if disturb is not None:
                a = a + disturb(name, rows)
            rows = self._rows(rms_normalise(rectify(a)))
            passed.append(rows)
        return passed[:-1], a

    def _sums(self, name: str, rows: Array) -> Array:
        """Return the sums of a synapse's columns, `[device, sample, column]`."""
        return self.read(name, rows)


def cost(scores: Array, targets: Array) -> Array:
    """Return the cross-entropy C `[device, sample]`, nats, of scores against probabilities."""
    total: Array = -(targets * log_softmax(scores)).sum(axis=-1)
    return total

"""What a rule is given to build its arrays from: the population's technology and identity."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray, Technology
from devices.identity import Serials
from devices.kernels import load
from mortal.rules.ways import Plain, Way

__all__ = ["Hardware"]

_SECOND = 1 << 16
"""Number of the first helper array: those that hold knowledge keep the numbers below."""


@dataclass
class Hardware:
    """Grows the named arrays of one population, numbering them in the order they are asked for.

    Attributes:
        technology: how the cells are built.
        layers: `[features, hidden, ...]`.
        classes: number of classes.
        serials: `[device]`.
        made_as: `[device]`, serials whose manufacture is repeated.
        seed: the run's seed.
        backend: kernels.
        way: how synapses are read and written.
    """

    technology: Technology
    layers: tuple[int, ...]
    classes: int
    serials: Serials
    made_as: Serials
    seed: int
    backend: str
    way: Way = field(default_factory=Plain)
    _arrays: int = field(default=0, init=False)

    def shapes(self) -> list[tuple[int, int]]:
        """Return rows and columns of each layer, without the rows a rule adds."""
        return list(pairwise(self.layers))

    def numbers(self, *shape: int) -> npt.NDArray[np.float32]:
        """Return digital memory, zeros `[device, ...]`, where the arrays' signals are."""
        blank: npt.NDArray[np.float32] = load(self.backend).place(
            np.zeros((self.serials.size, *shape), np.float32)
        )
        return blank

    def array(self, rows: int, columns: int) -> CrossbarArray:
        """Return the next array."""
        number = self._arrays
        self._arrays += 1
        return self._made(rows, columns, number)

    def second_array(self, first: CrossbarArray) -> CrossbarArray:
        """Return the helper of an array: as large, and numbered apart.

        So an array is the same array with helpers and without.
        """
        return self._made(first.rows, first.columns, _SECOND + first.array)

    def _made(self, rows: int, columns: int, number: int) -> CrossbarArray:
        return CrossbarArray(
            self.technology, rows, columns, serials=self.serials, seed=self.seed, array=number,
            backend=self.backend, made_as=self.made_as,
        )  # fmt: skip

"""Answers as a function of the question: every input is read on a copy of its own.

A device's reads are noisy, and what it answers depends on how often it has been read. Here the
device stands still: of its state as it is, one copy is made for every input, and the draws of that
copy's reads are placed by a digest of the input. The same input gets the same answer, bit for bit,
whatever is asked beside it and in whatever order; different inputs meet different noise.
"""

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from devices.arrays import to_host
from mortal import offset
from mortal.intake import inputs_of

if TYPE_CHECKING:
    from mortal.organism import Population

__all__ = ["answer_by_input"]

Array = npt.NDArray[np.float32]

_FIRST = 1 << 30
"""Reads of a life stay below; twice any event above still fits a counter word."""
_DIGESTS = 1 << 29
_CELLS_AT_ONCE = 1 << 22
"""Cells copied together: bounds memory, not results."""


def answer_by_input(population: "Population", inputs: npt.ArrayLike) -> Array:
    """Return log-probabilities `[device, sample, class]`, each a function of its input alone.

    It leaves no trace in the devices: no time, energy, wear or draw.

    Args:
        population: as it stands now.
        inputs: `[sample, feature]`.

    Raises:
        DataError: the inputs do not fit or hold NaN.
    """
    x = inputs_of(inputs, population.layers[0])
    x = x + np.float32(0)  # -0 is 0, and is to be answered as 0 is
    words = np.array([_word(row) for row in x], np.int64)
    cells = sum(array.rows * array.columns for array in population.arrays.values())
    at_once = max(1, min(len(x), _CELLS_AT_ONCE // max(cells, 1)))
    answers = np.empty((len(population), len(x), population.classes), np.float32)
    for device in range(len(population)):
        for first in range(0, len(x), at_once):
            here = slice(first, first + at_once)
            copies = population.take(np.full(len(words[here]), device))
            for array in copies.arrays.values():
                array.place_reads(words[here])
            said = to_host(copies.rule.answer(population.place(x[here, np.newaxis])))
            answers[device, here] = offset.corrected(copies, said)[:, 0]
    return answers


def _word(row: Array) -> int:
    digest = hashlib.blake2b(row.tobytes(), digest_size=8).digest()
    return _FIRST + int.from_bytes(digest, "little") % _DIGESTS

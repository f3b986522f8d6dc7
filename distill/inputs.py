"""What to ask: questions drawn from a pool."""

import hashlib
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.errors import InputError
from distill.settings import check_whole

__all__ = ["Choice", "check_inputs", "check_labels", "choose", "is_among", "row_keys"]

_Indices = npt.NDArray[np.intp]


class Choice(NamedTuple):
    """Places in a pool: `asked` `[budget]`, and `held_back`, those never asked, in drawn order."""

    asked: _Indices
    held_back: _Indices


def choose(pool_size: int, budget: SupportsIndex, random: np.random.Generator) -> Choice:
    """Draw `budget` places from a pool of `pool_size`, each equally likely.

    Drawn without replacement. A budget above the pool's size asks the whole pool as often as it
    fits, each pass in an order of its own, and draws the rest from one more pass; so no input is
    asked twice before all were asked once. `budget` counts answers: a repeat is asked again, and
    paid again. The same generator state gives the same choice.

    Raises SettingError unless both numbers are whole and at least 1.
    """
    size = check_whole("pool_size", pool_size, least=1)
    count = check_whole("budget", budget, least=1)
    passes = -(-count // size)
    order = np.concatenate([random.permutation(size) for _ in range(passes)])
    # In the first pass the places left over are those never asked; a later pass leaves none.
    held_back = order[count:] if passes == 1 else order[:0]
    return Choice(order[:count], held_back)


def check_inputs(given: npt.ArrayLike, name: str = "inputs") -> npt.NDArray[Any]:
    """Return `given` as an array `[sample, feature]` in its own kind of number.

    Raises InputError, naming the argument, for another number of axes, no sample or feature,
    anything but real numbers, NaN or infinity.
    """
    try:
        inputs = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} are not an array of numbers: {error}") from error
    if inputs.ndim != 2 or inputs.size == 0:
        raise InputError(
            f"{name} have shape {inputs.shape}; wanted is [sample, feature], neither of them 0"
        )
    if inputs.dtype.kind not in "buif":
        raise InputError(f"{name} are of type {inputs.dtype}; wanted are real numbers")
    broken = int(np.count_nonzero(~np.isfinite(inputs)))
    if broken:
        raise InputError(f"{broken} of the {inputs.size} numbers in {name} are NaN or infinite")
    return inputs


def row_keys(inputs: npt.NDArray[Any]) -> list[bytes]:
    """Return what tells the inputs `[sample, feature]` apart: equal inputs have equal keys.

    A key is a digest of 16 bytes, so that many large inputs are remembered in little memory.
    """
    return [_key(row) for row in inputs]


def _key(row: npt.NDArray[Any]) -> bytes:
    # Zero is added since -0.0 and 0.0 are the same input.
    return hashlib.blake2b((row.astype(np.float64) + 0.0).tobytes(), digest_size=16).digest()


def is_among(inputs: npt.NDArray[Any], others: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which of `inputs` `[sample, feature]` are among `others`, number for number."""
    known = set(row_keys(others))
    return np.array([key in known for key in row_keys(inputs)], dtype=np.bool_)


def check_labels(given: npt.ArrayLike, samples: int, name: str = "labels") -> npt.NDArray[Any]:
    """Return `given` as whole numbers `[sample]`, one for each of `samples` inputs.

    Raises InputError, naming the argument, for anything else.
    """
    try:
        labels = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} are not an array of numbers: {error}") from error
    if labels.shape != (samples,) or labels.dtype.kind not in "iu":
        raise InputError(
            f"{name} are {labels.dtype} of shape {labels.shape}; "
            f"wanted are whole numbers, one for each of {samples} inputs"
        )
    return labels

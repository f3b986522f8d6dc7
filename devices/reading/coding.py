"""How inputs stand on the lines: as one voltage, as a time, or bit by bit."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from devices.technology import Read

__all__ = ["passes", "passes_of", "slots_of"]

Array = npt.NDArray[np.float32]


def passes_of(declared: Read) -> int:
    """Return how often the lines are driven for one vector."""
    polarities = 2 if declared.signed == "two-reads" else 1
    if declared.coding != "bit-serial":
        return polarities
    assert declared.dac_bits is not None
    return polarities * (declared.dac_bits - 1)


def slots_of(declared: Read) -> int:
    """Return how many read durations one pass lasts: the levels of a pulse width, else one."""
    if declared.coding != "pulse-width" or declared.dac_bits is None:
        return 1
    return int(2 ** (declared.dac_bits - 1)) - 1


def passes(code: Array, declared: Read) -> Iterator[tuple[Array, float]]:
    """Yield what is put on the lines and the factor of its result, which are summed digitally.

        two reads   code = max(code, 0) - max(-code, 0)
        bit-serial  code = sum_k 2^k / (2^(n-1) - 1) sign(code) bit_k,  k = 0 ... n - 2

    Both together take the two polarities of a bit one after the other.

    Args:
        code: `[device or 1, sample, input]`, converted inputs, full scale 1.
        declared: coding and polarities.
    """
    for plane, worth in _planes(code, declared):
        if declared.signed == "one-read":
            yield plane, worth
        else:
            yield np.maximum(plane, 0), worth
            yield np.maximum(-plane, 0), -worth


def _planes(code: Array, declared: Read) -> Iterator[tuple[Array, float]]:
    if declared.coding != "bit-serial":
        yield code, 1.0
        return
    assert declared.dac_bits is not None
    most = 2 ** (declared.dac_bits - 1) - 1
    level, sign = np.rint(np.abs(code) * most).astype(np.int32), np.sign(code)
    for bit in range(declared.dac_bits - 1):
        yield sign * (level >> bit & 1).astype(np.float32), 2**bit / most

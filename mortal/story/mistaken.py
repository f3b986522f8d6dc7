"""Labels made wrong on purpose: for each device its own, and the same ones whenever it is told.

With probability 1 - q a label is replaced by one of the other classes, each alike (Guan, Gulshan,
Dai, Hinton 2017, arXiv:1703.08774). What a device is told depends on its rank and the place of the
sample alone, so it does not depend on who else lives, or where. The same devices are told wrong
at a smaller q what they are told wrong at a larger one, and more.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["places_of", "told"]

_MISTAKES = 0x6D697374
"""Sets these draws apart from all others of a seed."""

Places = npt.NDArray[np.int64]


def told(
    named: npt.NDArray[np.integer],
    classes: int,
    right: float,
    key: Sequence[int],
    ranks: npt.NDArray[np.int64],
    places: Places,
) -> npt.NDArray[np.int64]:
    """Return the labels `[device, sample]` that devices are told.

    Args:
        named: the classes before, `[sample]`, or `[device, sample]`.
        classes: number of classes.
        right: q, part of them that is told as it is.
        key: whole numbers that the draws belong to, the run's seed first.
        ranks: `[device]`.
        places: `[sample]`; what is told of a place is told whenever it comes again.
    """
    labels = np.broadcast_to(named, (ranks.size, places.size)).astype(np.int64)
    for row, rank in enumerate(ranks):
        seeds = np.random.SeedSequence([*key], spawn_key=(_MISTAKES, int(rank)))
        draws = np.random.Generator(np.random.PCG64(seeds)).random((int(places.max()) + 1, 2))
        is_wrong, other = draws[places, 0] >= right, draws[places, 1]
        further = 1 + (other * (classes - 1)).astype(np.int64)
        labels[row] = np.where(is_wrong, (labels[row] + further) % classes, labels[row])
    return labels


def places_of(inputs: npt.NDArray[np.floating]) -> Places:
    """Return for each input `[sample, feature]` where it, or one that is the same, came first."""
    first: dict[bytes, int] = {}
    rows = (row.tobytes() for row in np.ascontiguousarray(inputs))
    return np.array([first.setdefault(row, place) for place, row in enumerate(rows)], np.int64)

"""Who meets whom: devices of two cohorts pair by rank, as far as both are alive."""

import numpy as np
import numpy.typing as npt

from mortal.story.world import Cohort, World

__all__ = ["pairs"]

Positions = npt.NDArray[np.int64]


def pairs(world: World, first: Cohort, second: Cohort) -> tuple[Positions, Positions]:
    """Return the positions, in either cohort, of the pairs of which both are alive."""
    ranks, one, other = np.intersect1d(first.ranks, second.ranks, return_indices=True)
    missing = second.ranks.size - ranks.size
    if missing:
        world.narrator.note(f"{missing} of {second.born_as} find no living partner")
    return one, other

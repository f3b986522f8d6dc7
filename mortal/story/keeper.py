"""Who keeps what a story must not lose: told at every point where a life can be taken up again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from mortal.lesson import Middle
    from mortal.organism import Population
    from mortal.story.world import Cohort, World

__all__ = ["Forgetful", "Keeper"]


class Keeper(Protocol):
    """Is told where a story can be taken up again, and who leaves it.

    It may raise to end the telling there: the world is whole at each of these points.
    """

    def is_due(self) -> bool:
        """Whether it wants to be told at the end of the epoch, not only of the moment."""
        ...

    def within(
        self,
        world: "World",
        learner: "Population",
        middle: "Middle",
        said: Sequence[npt.NDArray[Any]],
    ) -> None:
        """Keep a moment amid its lesson, all records of it committed.

        The world is as it was when the moment began, but for the learner, and what was
        found of it between its lessons, `[device, ...]` each time.
        """
        ...

    def after(self, world: "World") -> None:
        """Keep the world between two moments."""
        ...

    def dying(self, world: "World", cohort: "Cohort", ending: npt.NDArray[np.bool_]) -> None:
        """Keep those of a cohort, `[device]`, whose lives end now."""
        ...


class Forgetful:
    """Keeps nothing."""

    def is_due(self) -> bool:
        """Never."""
        return False

    def within(
        self,
        world: "World",
        learner: "Population",
        middle: "Middle",
        said: Sequence[npt.NDArray[Any]],
    ) -> None:
        """Keep nothing."""

    def after(self, world: "World") -> None:
        """Keep nothing."""

    def dying(self, world: "World", cohort: "Cohort", ending: npt.NDArray[np.bool_]) -> None:
        """Keep nothing."""

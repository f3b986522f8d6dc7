"""Bury: lives end. Those that the story ends are censored; those that failed have a cause."""

import numpy as np
import numpy.typing as npt

from mortal.config.steps import BuryStep
from mortal.story.world import Cohort, World

__all__ = ["bury", "end_lives"]


def bury(world: World, _: BuryStep) -> None:
    """End the lives of the cohort of this moment."""
    cohort = world.cohort
    if cohort is not None:
        end_lives(world, cohort, np.ones(len(cohort.population), np.bool_), "buried")


def end_lives(world: World, cohort: Cohort, ending: npt.NDArray[np.bool_], cause: str) -> None:
    """Record some deaths, `[device]`, and keep the others."""
    if not ending.any():
        world.write([])
        return
    world.keeper.dying(world, cohort, ending)
    lifetime = cohort.population.ledger().clock[ending]
    event = {"cause": cause, "lifetime": lifetime}
    world.write([world.record("death", cohort, {}, event, cohort.serials[ending])])
    left = np.flatnonzero(~ending)
    cohort.population, cohort.ranks = cohort.population.take(left), cohort.ranks[left]

"""Succeed: between two generations of a lineage, the taught take their teachers' place."""

from mortal.config import succession_of
from mortal.config.steps import RepeatStep
from mortal.story.world import World

__all__ = ["succeed"]


def succeed(world: World, step: RepeatStep) -> None:
    """Let heirs take their elders' place; who was taught or written to is then born afresh."""
    # All at once: whoever hands on a place may take another.
    heirs = {elder: world.cohorts.get(heir) for elder, heir in succession_of(step).items()}
    for elder, cohort in heirs.items():
        if cohort is None:  # none of that rank
            world.cohorts.pop(elder, None)
        else:
            world.cohorts[elder] = cohort

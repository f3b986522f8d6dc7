"""Repeat: one generation after another. The taught take their teachers' place."""

from collections.abc import Callable, Sequence

from mortal.config import succession_of
from mortal.config.check import walk
from mortal.config.steps import CopyStep, DistilStep, Entry, RepeatStep
from mortal.story.world import World

__all__ = ["repeat"]


def repeat(
    world: World, step: RepeatStep, tell: Callable[[World, Sequence[Entry], str], None]
) -> None:
    """Tell a story once a generation; between two, the heirs succeed and the young are regrown."""
    path = world.step
    for generation in range(step.generations):
        tell(world, step.story, f"{path}.{generation}.")
        if generation + 1 < step.generations:
            world.step = f"{path}.{generation}"
            _succeed(world, step)


def _succeed(world: World, step: RepeatStep) -> None:
    """Let heirs take their elders' place and grow afresh whoever was taught or written to."""
    # All at once: whoever hands on a place may take another.
    world.cohorts |= {elder: world.cohorts[heir] for elder, heir in succession_of(step).items()}
    inside = [inner for _, _, inner in walk(step.story)]
    young = {s.student for s in inside if isinstance(s, DistilStep)}
    young |= {s.target for s in inside if isinstance(s, CopyStep)}
    for name in world.plan.config.cohorts:
        if name in young:
            world.grow(name, world.cohorts[name].generation + 1)

"""Tell a story: grow the cohorts, then take its steps in order."""

from collections.abc import Callable, Sequence
from typing import Any

from mortal.config.steps import Entry, RepeatStep, step_of
from mortal.story.age import age
from mortal.story.bury import bury
from mortal.story.copy import copy
from mortal.story.distil import distil
from mortal.story.examine import examine
from mortal.story.repeat import repeat
from mortal.story.train import train
from mortal.story.world import World

__all__ = ["tell"]

_VERBS: dict[str, Callable[[World, Any], None]] = {
    "train": train,
    "examine": examine,
    "age": age,
    "distil": distil,
    "copy": copy,
    "bury": bury,
}


def tell(world: World) -> None:
    """Tell the whole story of a plan."""
    for name in world.plan.config.cohorts:  # the order of declaration gives the serials
        world.step = "birth"
        world.grow(name)
    _tell(world, world.plan.config.story, "")


def _tell(world: World, story: Sequence[Entry], path: str) -> None:
    for number, entry in enumerate(story):
        word, step = step_of(entry)
        world.step = f"{path}{number}"
        if isinstance(step, RepeatStep):
            repeat(world, step, _tell)
        else:
            _VERBS[word](world, step)

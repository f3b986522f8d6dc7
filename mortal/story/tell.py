"""Tell a story, moment by moment, from its beginning or from where it was left."""

from collections.abc import Callable
from typing import Any

from mortal.story.age import age
from mortal.story.birth import birth
from mortal.story.bury import bury
from mortal.story.copy import copy
from mortal.story.distil import distil
from mortal.story.examine import examine
from mortal.story.mutual import mutual
from mortal.story.succeed import succeed
from mortal.story.train import train
from mortal.story.world import World

__all__ = ["tell"]

_VERBS: dict[str, Callable[[World, Any], None]] = {
    "birth": birth,
    "train": train,
    "examine": examine,
    "age": age,
    "distil": distil,
    "mutual": mutual,
    "copy": copy,
    "succeed": succeed,
    "bury": bury,
}


def tell(world: World) -> None:
    """Tell the story of a plan, as far as it has not been told in this world."""
    for moment in world.moments[world.reached :]:
        world.turn_to(moment)
        _VERBS[moment.word](world, moment.what)
        world.reached = moment.number + 1
        world.middle, world.learner, world.said = None, None, ()
        world.narrator.turn(world.reached)
        world.keeper.after(world)

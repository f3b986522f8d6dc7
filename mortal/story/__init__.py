"""The story of a run: one file a step. Knows cohorts and what may happen to them."""

from mortal.story.tell import tell
from mortal.story.world import Cohort, World

__all__ = ["Cohort", "World", "tell"]

"""The story of a run: one file a step. Knows cohorts and what may happen to them.

Must not know where it runs, who else tells the rest of it, or how what it keeps is written down.
"""

from mortal.story.keeper import Forgetful, Keeper
from mortal.story.moments import Moment, moments
from mortal.story.tell import tell
from mortal.story.world import Cohort, World

__all__ = ["Cohort", "Forgetful", "Keeper", "Moment", "World", "moments", "tell"]

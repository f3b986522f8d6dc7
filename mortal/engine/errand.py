"""What an engine is asked to do, and what every engine offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from mortal.config import Plan
from mortal.data import Dataset
from mortal.engine.assignments import Assignments
from mortal.engine.chorus import Chorus
from mortal.engine.lots import Lot
from mortal.engine.options import Options
from mortal.engine.stopping import Stopping
from mortal.narrator import Narrator

__all__ = ["Engine", "Errand", "How"]

How = Literal["done", "failed", "stopped", "fatal"]
"""How work on a lot ended; fatal: no other lot would fare better."""


@dataclass(frozen=True)
class Errand:
    """Lots of a run to be lived.

    Attributes:
        folder: of the run, seen under this path by all who live its lots.
        lots: all lots of the run, by number.
        assignments: which are to be lived.
        options: how.
        provenance: what is to know of this session.
        chorus: hears what the lots tell.
        narrator: of the whole run.
        stopping: whether to stop.
        told: the plan and its data, for who lives lots in this process.
        share: bytes of memory that a worker may take; 0: no limit is set.
    """

    folder: Path
    lots: Mapping[int, Lot]
    assignments: Assignments
    options: Options
    provenance: dict[str, str]
    chorus: Chorus
    narrator: Narrator
    stopping: Stopping
    told: tuple[Plan, Dataset] | None = None
    share: float = 0.0

    def ended(self, lot: int, how: How, reason: str = "") -> None:
        """Enter how the work on a lot ended, and why if it failed; who looks on is told.

        Stopped or fatal: it was left where it can be taken up again.
        """
        if how == "done":
            self.assignments.done(lot)
        elif how == "failed":
            self.assignments.failed(lot, reason)
        else:
            self.assignments.left(lot)
        self.chorus.ended(lot, how if how in ("done", "failed") else "waiting")


class Engine(Protocol):
    """Where lots are lived. How they come out does not depend on it.

    Attributes:
        workers: how many lots are lived at a time.
    """

    @property
    def workers(self) -> int:
        """How many lots are lived at a time."""
        ...

    def run(self, errand: Errand) -> None:
        """Live the lots; those that fail are told to the assignments. Return early when stopped.

        Raises:
            LogError: nothing can be written any more.
            KeyboardInterrupt: a stop was asked for twice; whoever worked is gone.
        """
        ...

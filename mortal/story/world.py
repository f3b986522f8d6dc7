"""The world a story is told in: living cohorts, their data, and the book that it is written in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.config import CohortConfig, Plan
from mortal.data import Dataset
from mortal.lesson import Middle
from mortal.logbook import FIDELITIES, Logbook, Record
from mortal.narrator import Narrator
from mortal.organism import Population
from mortal.states import Frozen
from mortal.story.keeper import Forgetful, Keeper
from mortal.story.moments import Moment, moments

__all__ = ["Cohort", "World"]

Array = npt.NDArray[np.float32]
Serials = npt.NDArray[np.int64]


@dataclass
class Cohort:
    """Devices that go by one name in the story.

    Attributes:
        born_as: the cohort they were grown as, which is where the log keeps them.
        population: the living.
        ranks: `[device]`, position of each of the living among all that were grown with it, here
            and elsewhere; teachers and students pair by rank.
        generation: number of the generation, from 0.
    """

    born_as: str
    config: CohortConfig
    population: Population
    ranks: npt.NDArray[np.int64]
    generation: int

    @property
    def serials(self) -> Serials:
        """Who is alive."""
        return self.population.serials


@dataclass
class World:
    """All that a story acts on.

    Devices of equal rank meet and no others, so a world may hold some ranks of some cohorts and
    tell their whole story. What it tells of them does not depend on who else it holds.

    Attributes:
        scope: the ranks told here, by cohort, first and one after the last; default: everybody.
        keeper: is told where the story can be taken up again.
        cohorts: those who have been born, by their name in the story.
        first_serial: the serial number of rank 0 of each cohort, as it was last grown.
        moments: the whole story.
        reached: the number of moments told.
        moment: the one being told.
        sequence: number of the next event.
        middle, learner: of a moment taken up in its midst, where its lesson goes on, and the state
            of who learns, where its cohort still is as it was before.
        said: what was found of those who learn until then, between their lessons, `[device, ...]`.
    """

    plan: Plan
    data: Dataset
    book: Logbook
    narrator: Narrator
    scope: Mapping[str, tuple[int, int]] | None = None
    keeper: Keeper = field(default_factory=Forgetful)
    cohorts: dict[str, Cohort] = field(default_factory=dict)
    first_serial: dict[str, int] = field(default_factory=dict)
    reached: int = 0
    middle: Middle | None = None
    learner: Frozen | None = None
    said: Sequence[npt.NDArray[Any]] = ()

    def __post_init__(self) -> None:
        self.moments = moments(self.plan)
        self.moment = self.moments[0]
        self.sequence = 0

    @property
    def step(self) -> str:
        """Path of the step being told."""
        return self.moment.step

    def turn_to(self, moment: Moment) -> None:
        """Begin a moment."""
        self.moment, self.sequence = moment, moment.sequence

    @property
    def cohort(self) -> Cohort | None:
        """The cohort that this moment is about; None where none of it is told here."""
        return self.cohorts.get(self.moment.cohort)

    def split(self, name: str) -> tuple[Array, npt.NDArray[np.int64]]:
        """Return inputs `[sample, feature]` and labels `[sample]` of a split of the data."""
        return getattr(self.data, f"inputs_{name}"), getattr(self.data, f"labels_{name}")

    def ranks_of(self, name: str) -> npt.NDArray[np.int64]:
        """Return the ranks of a cohort that are told here, `[device]`."""
        count = self.plan.config.cohorts[name].count
        first, last = (0, count) if self.scope is None else self.scope.get(name, (0, 0))
        return np.arange(first, min(last, count), dtype=np.int64)

    def write(self, records: Iterable[Record]) -> None:
        """Commit the records of one event and turn the page, if there is nothing to say too."""
        self.commit(records)
        self.sequence += 1

    def commit(self, records: Iterable[Record]) -> None:
        """Commit some records of an event that goes on."""
        kept = [record for record in records if np.size(record.serials)]
        if kept:
            self.book.commit(kept)

    def record(
        self,
        table: str,
        cohort: Cohort,
        event: Mapping[str, object],
        devices: Mapping[str, object],
        serials: Serials | None = None,
    ) -> Record:
        """Return a record of this moment for a cohort's living devices, or some of them."""
        return Record(
            table,
            cohort.born_as,
            self.sequence,
            cohort.serials if serials is None else serials,
            event,
            devices,
            self.step,
            tuple(cohort.population.arrays),
        )


def fidelity_names(used: npt.NDArray[np.int64]) -> list[str]:
    """Return one word a device for how its updates were computed, from counts by fidelity.

    A device that was not written, or exactly (the control without pulses), has no word.
    """
    kinds = (used > 0).sum(axis=1)
    words = [FIDELITIES[kind] for kind in used.argmax(axis=1)]
    return [
        "" if kind == 0 else word if kind == 1 else "mixed"
        for kind, word in zip(kinds, words, strict=True)
    ]

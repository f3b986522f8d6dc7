"""The world a story is told in: living cohorts, their data, and the book that it is written in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from devices import probe
from devices.manufacture import wafer_of
from mortal.config import CohortConfig, Plan
from mortal.data import Dataset
from mortal.logbook import FIDELITIES, Logbook, Record
from mortal.narrator import Narrator
from mortal.organism import Population

__all__ = ["Cohort", "World"]

Array = npt.NDArray[np.float32]
Serials = npt.NDArray[np.int64]


@dataclass
class Cohort:
    """Devices that go by one name in the story.

    Attributes:
        born_as: the cohort they were grown as, which is where the log keeps them.
        population: the living.
        ranks: `[device]`, position of each of the living among those grown with it; teachers and
            students pair by rank.
        generation: number of the generation, from 0.
        number: position of the cohort in the file; keys the shuffling.
    """

    born_as: str
    config: CohortConfig
    population: Population
    ranks: npt.NDArray[np.int64]
    generation: int
    number: int

    @property
    def serials(self) -> Serials:
        """Who is alive."""
        return self.population.serials


@dataclass
class World:
    """All that a story acts on.

    Attributes:
        sequence: position in the story as told, one number an event.
        step: path of the step being told.
        next_serial: the first serial number not given yet.
        grown: serials that each cohort was last grown with, the dead included.
    """

    plan: Plan
    data: Dataset
    book: Logbook
    narrator: Narrator
    cohorts: dict[str, Cohort] = field(default_factory=dict)
    sequence: int = 0
    step: str = ""
    next_serial: int = 0
    grown: dict[str, Serials] = field(default_factory=dict)

    def split(self, name: str) -> tuple[Array, npt.NDArray[np.int64]]:
        """Return inputs `[sample, feature]` and labels `[sample]` of a split of the data."""
        return getattr(self.data, f"inputs_{name}"), getattr(self.data, f"labels_{name}")

    def grow(self, name: str, generation: int = 0) -> None:
        """Grow a cohort afresh, with the next serial numbers, and record its births."""
        config, technology = self.plan.config.cohorts[name], self.plan.technologies[name]
        serials = np.arange(self.next_serial, self.next_serial + config.count, dtype=np.int64)
        self.next_serial += config.count
        self.grown[name] = serials
        twins = config.identical_to
        number = list(self.plan.config.cohorts).index(name)
        population = Population(
            technology,
            config.layers,
            self.data.classes,
            config.rule,
            serials,
            seed=self.plan.config.seed,
            cohort=number,
            backend=self.plan.config.backend,
            made_as=None if twins is None else self.grown[twins],
        )
        ranks = np.arange(config.count)
        self.cohorts[name] = Cohort(name, config, population, ranks, generation, number)
        self.write([self._birth(self.cohorts[name])])

    def write(self, records: Iterable[Record]) -> None:
        """Commit the records of one event and turn the page."""
        kept = [record for record in records if np.size(record.serials)]
        if kept:
            self.book.commit(kept)
        self.sequence += 1

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

    def _birth(self, cohort: Cohort) -> Record:
        arrays = cohort.population.arrays.values()
        made = [probe.summary(array) for array in arrays]
        shared = [probe.shared(array) for array in arrays]
        columns: dict[str, object] = {
            name: np.stack([summary[name] for summary in made], axis=1) for name in made[0]
        }
        columns |= {
            "wafer_component": np.stack([part.wafer for part in shared], axis=1),
            "row_component": np.stack([part.row.std(axis=1) for part in shared], axis=1),
            "column_component": np.stack([part.column.std(axis=1) for part in shared], axis=1),
            "wafer": wafer_of(cohort.population.technology.spread, cohort.serials),
            "generation": cohort.generation,
            "technology": cohort.population.technology.title,
            "rule": cohort.population.settings.name,
            "variant": cohort.config.variant or "",
        }
        return self.record("birth", cohort, {}, columns)


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

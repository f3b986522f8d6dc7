"""What `train` and `distil` share: epochs that are watched and written down."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.config.steps import Schooling
from mortal.lesson import Epoch
from mortal.logbook import Record
from mortal.organism import Population
from mortal.schedule import Schedule, Stop
from mortal.story.world import Cohort, World, fidelity_names

__all__ = ["Curve", "schedule_of"]


def schedule_of(step: Schooling) -> Schedule:
    """Return the schedule that a step declares."""
    numbers = {name: getattr(step, name) for name in ("epochs", "batch", "rate", "decay", "falls")}
    return Schedule(**numbers, stop=Stop(**step.stop.model_dump()))


class Curve:
    """The training curve of a population: one record an epoch, made while it learns.

    Attributes:
        population: who learns.
        records: those not committed yet.
    """

    def __init__(self, world: World, cohort: Cohort, population: Population, kind: str) -> None:
        self._world, self._cohort, self._kind = world, cohort, kind
        self.population = population
        self.records: list[Record] = []
        self._detail = ""
        self._lesson = self._first = self._next = 0
        self._said: Sequence[npt.NDArray[Any]] = ()
        self.remember()

    def watch(self) -> Callable[[Epoch], None]:
        """Return what is to be called after each epoch."""

        def after(epoch: Epoch) -> None:
            before, used = self._before, self._used
            self.remember()
            there = np.flatnonzero(epoch.attended)
            pulses = (self._before.pulses - before.pulses).astype(np.int64)
            accuracy = float(epoch.accuracy[there].mean())
            self.records.append(
                self._world.record(
                    "epoch",
                    self._cohort,
                    {"number": self._first + epoch.number, "kind": self._kind},
                    {
                        "accuracy": epoch.accuracy[there],
                        "pulses": pulses[there],
                        "energy": (self._before.total - before.total)[there],
                        "fidelity": fidelity_names((self._used - used)[there]),
                    },
                    self.population.serials[there],
                )
            )
            self._world.narrator.stand(accuracy, float(self._before.total.sum()))
            if self._world.keeper.is_due():
                self._world.commit(self.records)
                self.records.clear()
                middle = replace(epoch.middle, lesson=self._lesson)
                self._world.keeper.within(self._world, self.population, middle, self._said)
            self._detail = f"epoch {epoch.number + 1}: {accuracy:.3f}"

        return after

    def turn_to(self, lesson: int, epochs: int, said: Sequence[npt.NDArray[Any]]) -> None:
        """Begin one of several lessons.

        Args:
            lesson: its number, from 0.
            epochs: it may have; those of all lessons are numbered through.
            said: what was found of the learners before it, `[device, ...]` each.
        """
        self._lesson, self._first, self._said = lesson, self._next, said
        self._next += epochs

    def tick(self) -> None:
        """Move the bar by one batch."""
        self._world.narrator.advance(self._detail)

    def remember(self) -> None:
        """Note what the learners have spent so far: the next epoch is counted from here."""
        self._before, self._used = self.population.ledger(), self.population.fidelities()

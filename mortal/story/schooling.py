"""What `train` and `distil` share: epochs that are watched and written down."""

from collections.abc import Callable

import numpy as np

from mortal.logbook import Record
from mortal.organism import Epoch, Population
from mortal.schedule import Schedule
from mortal.story.world import Cohort, World, fidelity_names

__all__ = ["Curve", "schedule_of"]


def schedule_of(step: object) -> Schedule:
    """Return the schedule that a step declares."""
    return Schedule(**{name: getattr(step, name) for name in ("epochs", "batch", "rate", "decay")})


class Curve:
    """The training curve of a population: one record an epoch, made while it learns."""

    def __init__(self, world: World, cohort: Cohort, population: Population, kind: str) -> None:
        self._world, self._cohort, self._population, self._kind = world, cohort, population, kind
        self.records: list[Record] = []
        self._detail = ""
        self._remember()

    def watch(self) -> Callable[[Epoch], None]:
        """Return what is to be called after each epoch."""

        def after(epoch: Epoch) -> None:
            before, used = self._before, self._used
            self._remember()
            self.records.append(
                self._world.record(
                    "epoch",
                    self._cohort,
                    {"number": epoch.number, "kind": self._kind},
                    {
                        "accuracy": epoch.accuracy,
                        "pulses": (self._before.pulses - before.pulses).astype(np.int64),
                        "energy": self._before.total - before.total,
                        "fidelity": fidelity_names(self._used - used),
                    },
                    self._population.serials,
                )
            )
            self._detail = f"epoch {epoch.number + 1}: {epoch.accuracy.mean():.3f}"

        return after

    def tick(self) -> None:
        """Move the bar by one batch."""
        self._world.narrator.advance(self._detail)

    def _remember(self) -> None:
        self._before, self._used = self._population.ledger(), self._population.fidelities()

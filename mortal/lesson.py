"""A lesson: epochs of batches, in which every device learns for as long as it should."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from devices.arrays import to_host
from mortal.errors import RuleError
from mortal.schedule import Schedule, batches

if TYPE_CHECKING:
    from mortal.organism import Population

__all__ = ["Epoch", "Lesson", "Middle"]

Totals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Middle:
    """Where a lesson can be taken up again.

    Attributes:
        epochs: that are over.
        attendance: what `_Attendance` remembers, by name, `[device]` each, as plain numbers; empty
            where nobody can leave before the end.
        lesson: which one of several in a row it is, from 0.
    """

    epochs: int = 0
    attendance: Mapping[str, list[float]] = field(default_factory=dict)
    lesson: int = 0


@dataclass(frozen=True)
class Epoch:
    """One epoch of schooling.

    Attributes:
        number: from 0.
        accuracy: `[device]`, how often its answer met the target; NaN for who had left.
        attended: `[device]`, who was taught.
        middle: where the lesson can be taken up again after it.
    """

    number: int
    accuracy: Totals
    attended: npt.NDArray[np.bool_]
    middle: Middle = field(repr=False)

    def __str__(self) -> str:
        at = self.accuracy[~np.isnan(self.accuracy)]
        told = f"{at.mean():.3f} ({at.min():.3f}-{at.max():.3f})" if at.size else "of nobody"
        return f"epoch {self.number + 1}: accuracy while training {told}"


class Lesson:
    """Teaches a population by a schedule, from inputs and targets that lie where it computes.

    Who stops is no longer written, read or charged. It depends on nobody else: a device learns as
    long alone as in company.

    Args:
        population: who learns.
        inputs: `[sample, feature]`.
        targets: `[sample, class]` or `[device, sample, class]`.
        schedule: how.
        middle: where to begin; default: at the beginning.
    """

    def __init__(
        self,
        population: "Population",
        inputs: Any,
        targets: Any,
        schedule: Schedule,
        middle: Middle | None = None,
    ) -> None:
        self._population, self._schedule = population, schedule
        self._middle = Middle() if middle is None else middle
        held = schedule.held_back(len(inputs))
        taught = np.setdiff1d(np.arange(len(inputs)), held)
        self._inputs, self._targets = inputs, targets
        self._held, self._taught = held, taught
        self._attendance = _Attendance(population, schedule, self._middle.attendance)

    def epochs(self, tick: Callable[[], None] | None) -> Iterator[Epoch]:
        """Yield each epoch when it is over; the population is whole then.

        Args:
            tick: called after each batch.
        """
        population, schedule = self._population, self._schedule
        first = population.epochs - self._middle.epochs
        order = batches(
            schedule, self._taught, seed=population.seed, cohort=population.cohort, first=first
        )
        for number, parts in islice(order, self._middle.epochs, None):
            present = self._attendance.present.copy()
            if not present.any():
                # As if the lesson had been heard to its end: the next one is shuffled alike in
                # whatever company.
                population.epochs = first + schedule.epochs
                return
            accuracy = self._teach(number, parts, tick)
            population.epochs += 1
            if self._held.size and self._attendance.present.any():
                self._attendance.look(self._answer_held())
            yield Epoch(
                number, accuracy, present, Middle(number + 1, self._attendance.as_numbers())
            )

    def _teach(
        self, number: int, parts: list[npt.NDArray[np.int64]], tick: Callable[[], None] | None
    ) -> Totals:
        """Teach all batches of an epoch; return how often answers met targets, `[device]`."""
        attendance, population = self._attendance, self._population
        met, asked = np.zeros(len(population)), np.zeros(len(population))
        at = attendance.positions
        learners = population if at.size == len(population) else population.take(at)
        for at_batch, part in enumerate(parts):
            rate = self._schedule.rate_of(number, at_batch, len(parts))
            here = self._of(at, part)
            given = learners.rule.learn(self._inputs[part], here, rate)
            if getattr(given, "ndim", 0) != 3:
                raise RuleError(
                    "learn is to return the answers' probabilities [device, sample, class], found "
                    f"{type(given).__name__}"
                )
            met[at] += to_host((given.argmax(axis=-1) == here.argmax(axis=-1)).sum(axis=-1))
            asked[at] += len(part)
            if tick is not None:
                tick()
            if attendance.spend(at, learners):
                if learners is not population:
                    population.put(at, learners)
                at = attendance.positions
                learners = population.take(at)
                if not at.size:
                    break
        if learners is not population and at.size:
            population.put(at, learners)
        return np.divide(met, asked, out=np.full_like(met, np.nan), where=asked > 0)

    def _of(self, devices: npt.NDArray[np.int64], part: npt.NDArray[np.int64]) -> Any:
        """Return the targets of some samples, of some devices if each has its own."""
        if self._targets.ndim == 2:
            return self._targets[part]
        whole = devices.size == len(self._population)
        return (self._targets if whole else self._targets[devices])[:, part]

    def _answer_held(self) -> Totals:
        """Return how often the present meet the targets kept back, `[device]`; NaN for the rest.

        Copies are asked: that an answer is looked at leaves no trace in a device.
        """
        at = self._attendance.positions
        found = np.full(len(self._population), np.nan)
        answers = self._population.take(at).answer(to_host(self._inputs[self._held]))
        wanted = to_host(self._of(at, self._held).argmax(axis=-1))
        found[at] = (answers.argmax(axis=-1) == wanted).mean(axis=-1)
        return found


class _Attendance:
    """Who still learns, `[device]`, and what decides when it leaves."""

    def __init__(
        self, population: "Population", schedule: Schedule, known: Mapping[str, list[float]]
    ) -> None:
        self._stop = schedule.stop
        spent = population.ledger()
        count = len(population)
        self.present = np.array(known.get("present", [True] * count), np.bool_)
        self._best = np.array(known.get("best", [-1.0] * count))
        self._waited = np.array(known.get("waited", [0] * count), np.int64)
        self._pulses = np.array(known.get("pulses", spent.pulses))
        self._energy = np.array(known.get("energy", spent.total))

    @property
    def positions(self) -> npt.NDArray[np.int64]:
        """Who still learns, by position."""
        return np.flatnonzero(self.present)

    def as_numbers(self) -> dict[str, list[float]]:
        """Return what is to be remembered, or nothing where nobody can leave."""
        if not self._stop.is_possible:
            return {}
        told = {"present": self.present, "best": self._best, "waited": self._waited}
        told |= {"pulses": self._pulses, "energy": self._energy}
        return {name: numbers.tolist() for name, numbers in told.items()}

    def spend(self, at: npt.NDArray[np.int64], learners: "Population") -> bool:
        """Let go who has spent what it may; return whether anybody left."""
        if self._stop.pulses is None and self._stop.energy is None:
            return False
        spent = learners.ledger()
        stays = np.ones(at.size, np.bool_)
        if self._stop.pulses is not None:
            stays &= spent.pulses - self._pulses[at] < self._stop.pulses
        if self._stop.energy is not None:
            stays &= spent.total - self._energy[at] < self._stop.energy
        self.present[at] = stays
        return not stays.all()

    def look(self, accuracy: Totals) -> None:
        """Let go who has not become better for as long as patience lasts."""
        assert self._stop.patience is not None
        is_better = self.present & (accuracy > self._best)
        self._best = np.where(is_better, accuracy, self._best)
        self._waited = np.where(is_better, 0, self._waited + 1)
        self.present &= self._waited < self._stop.patience

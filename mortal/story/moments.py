"""Moments: a story laid out flat, so that it can be told from anywhere and by many at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mortal.config import Plan, succession_of
from mortal.config.check import walk
from mortal.config.steps import CopyStep, DistilStep, Entry, RepeatStep, Step, step_of

__all__ = ["Moment", "moments"]

_EVENTS = {"examine": 3, "succeed": 0}
"""Events that a moment may write, where not one: an exam, deaths of failure, deaths of wear."""


@dataclass(frozen=True)
class Moment:
    """One thing that happens to one cohort, or between two.

    What it is numbered by depends on the plan alone, never on who is alive or who takes part.

    Attributes:
        number: position among all moments, from 0.
        sequence: number of the first event it may write, run-wide.
        step: path of the step in the story, as the log tells it.
        word: the step's word; `birth` and `succeed` have none in the file.
        cohort: whom it is about, by the name in the story; of two who meet, the one that gains.
        what: the step as declared; None for a birth.
        generation: of a birth.
        first_serial: of a birth, the serial number of rank 0.
    """

    number: int
    sequence: int
    step: str
    word: str
    cohort: str = ""
    what: Step | None = None
    generation: int = 0
    first_serial: int = 0

    @property
    def events(self) -> int:
        """How many events it may write."""
        return _EVENTS.get(self.word, 1)


def moments(plan: Plan) -> tuple[Moment, ...]:
    """Return all that happens in the story of a plan, in order."""
    layout = _Layout(plan)
    layout.bear(plan.config.cohorts, "birth")
    layout.lay(plan.config.story, "")
    return tuple(layout.moments)


class _Layout:
    """Gives numbers while a story is laid out."""

    def __init__(self, plan: Plan) -> None:
        self._cohorts = plan.config.cohorts
        self._generation = dict.fromkeys(self._cohorts, 0)
        self._sequence, self._serial = 0, 0
        self.moments: list[Moment] = []

    def add(self, step: str, word: str, **rest: Any) -> None:
        moment = Moment(len(self.moments), self._sequence, step, word, **rest)
        self.moments.append(moment)
        self._sequence += moment.events

    def bear(self, names: Iterable[str], step: str) -> None:
        for name in names:
            of = {"generation": self._generation[name], "first_serial": self._serial}
            self.add(step, "birth", cohort=name, **of)
            self._serial += self._cohorts[name].count

    def lay(self, story: Sequence[Entry], path: str) -> None:
        for number, entry in enumerate(story):
            word, step = step_of(entry)
            here = f"{path}{number}"
            if isinstance(step, RepeatStep):
                self._repeat(step, here)
                continue
            for name in _gaining(step):
                self.add(here, word, cohort=name, what=step)

    def _repeat(self, step: RepeatStep, path: str) -> None:
        """Lay a story out once a generation; in between, heirs succeed, the young are regrown."""
        inside = [inner for _, _, inner in walk(step.story)]
        gaining = {
            name for s in inside if isinstance(s, DistilStep | CopyStep) for name in _gaining(s)
        }
        born = {n for n, cohort in self._cohorts.items() if cohort.regrown_with in gaining}
        young = [name for name in self._cohorts if name in gaining | born]
        for generation in range(step.generations):
            here = f"{path}.{generation}"
            self.lay(step.story, f"{here}.")
            if generation + 1 == step.generations:
                return
            self.add(here, "succeed", what=step)
            # All at once: whoever hands on a place may take another.
            self._generation |= {a: self._generation[b] for a, b in succession_of(step).items()}
            for name in young:
                self._generation[name] += 1
            self.bear(young, here)


def _gaining(step: Step) -> tuple[str, ...]:
    if isinstance(step, DistilStep):
        return (step.student,)
    if isinstance(step, CopyStep):
        return (step.target,)
    return tuple(getattr(step, "cohort"))  # noqa: B009 - all other steps have cohorts

"""Lots: how a run is cut so that each part tells the whole story of some devices.

Most devices meet those of equal rank (a student asks the teacher of its rank) and no others, and
every draw is placed by a serial number. So any range of ranks, of all cohorts that ever meet, lives
by itself. Where many ranks meet (all teach each, peers teach each other, questions are chosen by
what all students doubt), all of them live in one lot.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mortal.config import Plan, succession_of
from mortal.config.check import meetings_of, walk
from mortal.config.steps import DistilStep, MutualStep, RepeatStep
from mortal.logbook.lots import declare_lots, declared_lots
from mortal.story import moments

__all__ = ["Lot", "circles", "cut", "declare", "gatherings", "lots_of", "serials_of"]


@dataclass(frozen=True)
class Lot:
    """Some ranks of cohorts that meet.

    Attributes:
        number: from 0.
        scope: by cohort, the first rank and the one after the last.
    """

    number: int
    scope: Mapping[str, tuple[int, int]]

    @property
    def devices(self) -> int:
        """How many devices it holds at a time."""
        return sum(last - first for first, last in self.scope.values())

    def __str__(self) -> str:
        parts = (f"{name} {first} to {last - 1}" for name, (first, last) in self.scope.items())
        return f"lot {self.number} (ranks {', '.join(parts)})"


def circles(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """Return the cohorts that meet, directly or through others, in the order of the file."""
    circle = {name: frozenset([name]) for name in plan.config.cohorts}
    for one, other in _meetings(plan):
        together = circle[one] | circle[other]
        circle |= dict.fromkeys(together, together)
    order = list(plan.config.cohorts)
    found = dict.fromkeys(tuple(sorted(circle[name], key=order.index)) for name in order)
    return tuple(found)


def _meetings(plan: Plan) -> Iterable[tuple[str, str]]:
    for _, _, step in walk(plan.config.story):
        yield from meetings_of(step)
        if isinstance(step, RepeatStep):
            yield from succession_of(step).items()


def gatherings(plan: Plan) -> frozenset[tuple[str, ...]]:
    """Return the circles in which devices of all ranks meet: each is lived in one lot."""
    found: set[str] = set()
    for _, _, step in walk(plan.config.story):
        if isinstance(step, DistilStep) and step.gathers:
            found.add(step.student)
        elif isinstance(step, MutualStep):
            found.update(step.cohort)
    return frozenset(circle for circle in circles(plan) if found & {*circle})


def cut(plan: Plan, ranks: Mapping[tuple[str, ...], int]) -> tuple[Lot, ...]:
    """Cut a run into lots of some ranks each, as even as can be.

    Args:
        plan: the run.
        ranks: by circle, how many ranks a lot holds at the most; a gathering is not cut.
    """
    lots: list[Lot] = []
    whole_only = gatherings(plan)
    for circle, most in ranks.items():
        counts = {name: plan.config.cohorts[name].count for name in circle}
        whole = max(counts.values())
        pieces = 1 if circle in whole_only else -(-whole // most)
        edges = [whole * piece // pieces for piece in range(pieces + 1)]
        for first, last in pairwise(edges):
            inside = {n: (first, min(last, count)) for n, count in counts.items() if first < count}
            lots.append(Lot(len(lots), inside))
    return tuple(lots)


def serials_of(plan: Plan, lot: Lot) -> list[int]:
    """Return the serial numbers of all devices that a lot ever grows."""
    serials: list[int] = []
    for moment in moments(plan):
        if moment.word == "birth":
            first, last = lot.scope.get(moment.cohort, (0, 0))
            serials += range(moment.first_serial + first, moment.first_serial + last)
    return serials


def declare(folder: Path, plan: Plan, lots: Iterable[Lot]) -> None:
    """Write into a run's folder how it is cut, once for all sessions. Errors: LogError."""
    ranks = {lot.number: [(n, a, b - 1) for n, (a, b) in lot.scope.items()] for lot in lots}
    declare_lots(folder, plan.hash(), ranks)


def lots_of(folder: Path) -> dict[int, Lot]:
    """Return how the run in a folder is cut; nothing where it has not been. Errors: LogError."""
    declared = declared_lots(folder)
    if declared is None:
        return {}
    return {
        number: Lot(number, {name: (first, last + 1) for name, first, last in ranks})
        for number, ranks in declared.lots.items()
    }

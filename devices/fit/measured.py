"""A measured table: looks at cells between pulses up and pulses down."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.errors import WrongShape, WrongValue

__all__ = ["FEWEST", "Measured", "Spans"]

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

FEWEST = 8
"""Looks that a direction must have at least: fewer do not tell one response from another."""

_SPANS_PER_WAY = 25


@dataclass(frozen=True)
class Spans:
    """Pieces of traces, each from one look to a later one, with pulses of one direction between.

    Attributes:
        start: `[span]`, look a span begins with; end: `[span]`, look it ends with.
        pulses: `[span]`, pulses between them; direction: `[span]`, +1 or -1.
    """

    start: Whole
    end: Whole
    pulses: Whole
    direction: Whole


@dataclass(frozen=True)
class Measured:
    """Looks in the order they were taken, each `[look]`.

    Attributes:
        pulse: pulses sent so far in the cycle.
        conductance: S.
        direction: +1 or -1, of the pulses since the look before.
        device: number of the device, 0, 1, ...
        trace: number of the cycle of that device, counted over all devices.
    """

    pulse: Whole
    conductance: Numbers
    direction: Whole
    device: Whole
    trace: Whole

    @classmethod
    def of(
        cls,
        pulse: npt.ArrayLike,
        conductance: npt.ArrayLike,
        *,
        direction: npt.ArrayLike | None = None,
        device: npt.ArrayLike | None = None,
        cycle: npt.ArrayLike | None = None,
    ) -> Self:
        """Return the looks of a table, what is not said filled in.

        Without `cycle`, a new one begins where the pulses of a device do not rise. Without
        `direction`, pulses go up until the highest conductance of a cycle and down from there;
        where it rests there, until the end of the rest.

        Args:
            pulse: `[look]`, whole numbers.
            conductance: `[look]`, S.
            direction: `[look]`, +1 or -1.
            device: `[look]`, any labels.
            cycle: `[look]`, any labels.

        Raises:
            WrongShape: the columns differ in length.
            WrongValue: a number is not finite, pulses do not rise within a cycle, or one direction
                has fewer than eight looks.
        """
        pulses, seen = np.asarray(pulse, np.int64), np.asarray(conductance, np.float64)
        devices = _numbered(np.zeros(pulses.size) if device is None else device)
        columns = {"conductance": seen, "device": devices}
        if cycle is not None:
            columns["cycle"] = _numbered(cycle)
        if direction is not None:
            columns["direction"] = np.asarray(direction, np.int64)
        for name, column in columns.items():
            if column.shape != pulses.shape:
                raise WrongShape(f"{name} has shape {column.shape}, pulse {pulses.shape}")
        if not np.isfinite(seen).all():
            raise WrongValue("conductance holds NaN or infinity")
        order = np.argsort(devices, kind="stable")
        pulses, seen, devices = pulses[order], seen[order], devices[order]
        changes = devices[1:] != devices[:-1]
        if cycle is None:
            changes |= pulses[1:] <= pulses[:-1]
        else:
            cycles = columns["cycle"][order]
            changes |= cycles[1:] != cycles[:-1]
        trace = np.concatenate([[0], np.cumsum(changes)])[: pulses.size].astype(np.int64)
        if ((pulses[1:] <= pulses[:-1]) & ~changes).any():
            raise WrongValue("the pulses of a cycle must rise from look to look")
        way = _ways(seen, trace)
        if direction is not None:
            way = columns["direction"][order].astype(np.int64)
        measured = cls(pulses, seen, way, devices, trace)
        measured._check()
        return measured

    def spans(self, stretch: int | None = None) -> Spans:
        """Return spans that follow one another along each way, of `stretch` looks each.

        Args:
            stretch: looks; default: a twenty-fifth of a way. Over many pulses the errors of the
                looks, which a single step drowns in, weigh little.
        """
        _, ways = np.unique(self.way(), return_counts=True)
        size = max(1, round(ways.mean() / _SPANS_PER_WAY)) if stretch is None else stretch
        way = self.way()
        begins = np.flatnonzero(np.diff(way, prepend=-1))
        start: list[int] = []
        end: list[int] = []
        for first, after in zip(begins, [*begins[1:], way.size], strict=True):
            # A way begins with the look before its first pulses, if its trace has one.
            looks = np.arange(
                first - (first > 0 and self.trace[first - 1] == self.trace[first]), after
            )
            nodes = looks[::size]
            start.extend(nodes[:-1])
            end.extend(nodes[1:])
        at, to = np.array(start, np.int64), np.array(end, np.int64)
        return Spans(at, to, self.pulse[to] - self.pulse[at], self.direction[to])

    def way(self) -> Whole:
        """Return the number of the way each look ends a step of: one direction in one trace."""
        turns = (np.diff(self.trace) != 0) | (np.diff(self.direction) != 0)
        return np.concatenate([[0], np.cumsum(turns)]).astype(np.int64)

    def _check(self) -> None:
        strange = ~np.isin(self.direction, (-1, 1))
        if strange.any():
            raise WrongValue(f"direction must be 1 or -1, found {self.direction[strange][0]}")
        steps = self.spans(1).direction if self.pulse.size else np.zeros(0)
        for way, name in ((1, "up"), (-1, "down")):
            if (found := int((steps == way).sum())) < FEWEST:
                raise WrongValue(f"a fit needs {FEWEST} steps {name} at least, found {found}")
        if np.ptp(self.conductance) == 0:
            raise WrongValue("the conductance never changes: there is nothing to fit")


def _numbered(labels: npt.ArrayLike) -> Whole:
    """Return labels as numbers 0, 1, ... in the order in which they first appear."""
    _, first, number = np.unique(np.asarray(labels), return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[number].astype(np.int64)


def _ways(seen: Numbers, trace: Whole) -> Whole:
    """Return +1 until the highest look of each trace and -1 after it.

    Where a trace rests at its top, the turn is at the end of the rest: later looks count as a
    little higher, by a fifth of the mean slope of a trace over its whole range.
    """
    way = np.ones(seen.size, np.int64)
    for number in np.unique(trace):
        here = np.flatnonzero(trace == number)
        lift = 0.2 * np.ptp(seen[here]) * np.linspace(0, 1, here.size)
        way[here[int(np.argmax(seen[here] + lift)) + 1 :]] = -1
    return way

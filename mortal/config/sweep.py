"""A sweep: the same life with other settings, expanded before validation into a plain document.

Every value is first tried alone, so that a mistake is told once, at the line it stands in.
"""

import copy
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from mortal.config.explain import did_you_mean
from mortal.config.like import filled_in
from mortal.config.marks import DEEPEST, Document, Mark, Marks, Place, Value
from mortal.config.meetings import touched
from mortal.config.models import CohortConfig, RunConfig
from mortal.config.numbers import scalar
from mortal.config.overrides import put
from mortal.config.ranges import MOST_COHORTS, Range, SweepConfig
from mortal.config.reading import validate
from mortal.config.variants import Point, same_shapes, written
from mortal.errors import ConfigError

__all__ = ["expanded"]

_SWEPT = ("cohorts", "story")
_NAMED = {"technology": "like", "rule": "name"}  # a name stands for a mapping with that key


@dataclass(frozen=True)
class _Axis:
    """A field that is swept: its name in dots, where that stands, its values and where they do."""

    name: str
    key: Mark
    values: Sequence[Value]
    marks: Sequence[Mark]

    @property
    def steps(self) -> list[str]:
        return self.name.split(".")

    def text(self, number: int) -> str:
        """Return `cohorts.elders.count=4`, as people write it."""
        value = self.values[number]
        is_plain = isinstance(value, str) and scalar(value) == value
        return f"{self.name}={value if is_plain else json.dumps(value, ensure_ascii=False)}"


def expanded(document: Document) -> Document:
    """Return the document with its sweep, if it has one, written out as cohorts and their stories.

    First come the cohorts that no point touches, then the touched ones point by point, as
    `elders-1`, `elders-2`; likewise the story. So a point reads in one piece, is complete before
    the next begins, and another value at the end of the first list leaves the devices and the
    steps before it as they were.

    Raises:
        ConfigError: where the sweep, or one of its values, is wrong.
    """
    if not isinstance(document.data, dict) or "sweep" not in document.data:
        return document
    base = replace(document, data={k: v for k, v in document.data.items() if k != "sweep"})
    if document.data["sweep"] is None:
        return base
    sweep = validate(SweepConfig, document, ("sweep",))
    axes = [_axis(document, name, given) for name, given in sweep.over.items()]
    count = _count(document, sweep, axes)
    tried = list(_tried(base, axes))
    names = touched(
        [point.document for point in tried], {place for point in tried for place in point.places}
    )
    cohorts: Any = base.data.get("cohorts") if isinstance(base.data, dict) else {}
    total = len(cohorts) + (count - 1) * len(names)
    if total > MOST_COHORTS:
        raise ConfigError(
            f"{document.where(('sweep', 'over'))}: {count:,} points make {total:,} cohorts; "
            f"a run has at most {MOST_COHORTS:,}"
        )
    points: Iterator[Point] = (_at(base, axes, numbers) for numbers in _numbers(sweep, axes))
    if sweep.same_devices:
        points = same_shapes(points, names, document.where(("sweep", "same_devices")))
    return written(points, count, names, same_devices=sweep.same_devices)


def _axis(document: Document, name: str, given: list[Any] | Range) -> _Axis:
    place: Place = ("sweep", "over", name)
    key, whole = document.find(place, key=True), document.find(place)
    here, (top, *below) = key.within(document.origin), name.split(".")
    if top in RunConfig.model_fields and top not in (*_SWEPT, "sweep"):
        raise ConfigError(
            f"{here}: {top} is one for all cohorts of a run and cannot be swept; run the file "
            f"several times instead, into folders of their own, with --set {name}=..."
        )
    if top not in _SWEPT:
        raise ConfigError(
            f"{here}: there is no {top!r:.40} to sweep{did_you_mean(top, _SWEPT)} "
            "(can be swept: cohorts.NAME.FIELD and story.NUMBER.STEP.FIELD)"
        )
    if not below or not all(below) or (top, len(below)) == ("cohorts", 1) or len(below) >= DEEPEST:
        raise ConfigError(
            f"{here}: {name:.80} names no field; write cohorts.NAME.FIELD or "
            "story.NUMBER.STEP.FIELD"
        )
    cohorts = document.data.get("cohorts") if isinstance(document.data, dict) else None
    if top == "cohorts" and isinstance(cohorts, dict) and below[0] not in cohorts:
        raise ConfigError(
            f"{here}: no cohort is called {below[0]!r}{did_you_mean(below[0], cohorts)} "
            f"(there are: {', '.join(cohorts)})"
        )
    if isinstance(given, Range):
        values = given.values()
        return _Axis(name, key, values, [whole] * len(values))
    return _Axis(name, key, given, [document.find((*place, n)) for n in range(len(given))])


def _count(document: Document, sweep: SweepConfig, axes: Sequence[_Axis]) -> int:
    """Return the number of points."""
    lengths = [len(axis.values) for axis in axes]
    if sweep.by == "cross":
        return math.prod(lengths)
    for axis in axes:
        if len(axis.values) != lengths[0]:
            raise ConfigError(
                f"{axis.key.within(document.origin)}: {axis.name} has {len(axis.values)} values "
                f"and {axes[0].name} has {lengths[0]}; zipped fields need as many"
            )
    return lengths[0]


def _numbers(sweep: SweepConfig, axes: Sequence[_Axis]) -> Iterator[tuple[int, ...]]:
    """Yield for each point the numbers of its values; crossed, the last field changes fastest."""
    ranges = [range(len(axis.values)) for axis in axes]
    return product(*ranges) if sweep.by == "cross" else zip(*ranges, strict=True)


def _tried(base: Document, axes: Sequence[_Axis]) -> Iterator[Point]:
    """Yield a point for each value, with the first of all others, each found to be valid."""
    first = [0] * len(axes)
    for number, axis in enumerate(axes):
        for value in range(1 if number else 0, len(axis.values)):
            point = _at(base, axes, (*first[:number], value, *first[number + 1 :]))
            filled_in(point.document)
            validate(RunConfig, point.document)
            yield point


def _at(base: Document, axes: Sequence[_Axis], numbers: Sequence[int]) -> Point:
    """Return a point: the file as it were if somebody had changed the fields by hand.

    What cohorts are like is changed before those that are like them, and a whole before its parts.
    """
    changed = Document(
        copy.deepcopy(base.data),
        Marks(dict(base.marks.keys), dict(base.marks.values)),
        base.origin,
    )
    order = sorted(
        range(len(axes)),
        key=lambda n: (axes[n].steps[-1] != "like", _ancestors(base, axes[n]), len(axes[n].steps)),
    )
    places: list[Place] = [()] * len(axes)
    for n in order:
        axis, value = axes[n], copy.deepcopy(axes[n].values[numbers[n]])
        _refuse_other_word(changed, axis)
        _make_room(changed, axis)
        places[n] = put(changed, axis.steps, value, axis.marks[numbers[n]], axis.key)
    if len(set(places)) < len(places):
        raise ConfigError(
            f"{axes[-1].key.within(base.origin)}: two fields of the sweep lead to the same place"
        )
    label = ", ".join(axis.text(n) for axis, n in zip(axes, numbers, strict=True))
    return Point(changed, tuple(places), label)


def _ancestors(document: Document, axis: _Axis) -> int:
    """Return how many cohorts the one whose field is swept is like, in a chain."""
    cohorts: Any = document.data.get("cohorts") if isinstance(document.data, dict) else None
    chain: list[str] = []
    name: Any = axis.steps[1] if axis.steps[0] == "cohorts" else None
    while isinstance(cohorts, dict) and isinstance(name, str) and name not in chain:
        chain.append(name)
        own = cohorts.get(name)
        name = own.get("like") if isinstance(own, dict) else None
    return len(chain)


def _refuse_other_word(document: Document, axis: _Axis) -> None:
    """Refuse `story.0.train.epochs` where step 0 is something else."""
    entries: Any = document.data
    for top, number, word in zip(axis.steps[::3], axis.steps[1::3], axis.steps[2::3], strict=False):
        story = entries.get(top) if isinstance(entries, dict) else None
        is_there = isinstance(story, list) and number.isdecimal() and int(number) < len(story)
        entry = story[int(number)] if is_there and story else None
        if top != "story" or not isinstance(entry, dict):
            return
        if word not in entry:
            raise ConfigError(
                f"{axis.key.within(document.origin)}: step {number} is {', '.join(entry)}, "
                f"and has no {word}{did_you_mean(word, entry)}"
            )
        entries = entry[word]


def _make_room(document: Document, axis: _Axis) -> None:
    """Write out what a cohort has by name, by `like` or by default, where a part of it is swept."""
    top, name, *below = axis.steps
    cohorts: Any = document.data.get("cohorts") if isinstance(document.data, dict) else None
    if top != "cohorts" or len(below) < 2 or not isinstance(cohorts, dict):
        return
    own, field = cohorts.get(name), below[0]
    if not isinstance(own, dict):
        return
    if field not in own:
        filled: Any = filled_in(document).data
        inherited = filled["cohorts"][name]
        defaults = CohortConfig().model_dump(mode="json")
        if field in inherited or field in defaults:
            own[field] = copy.deepcopy(inherited.get(field, defaults.get(field)))
    if isinstance(own.get(field), str) and field in _NAMED:
        own[field] = {_NAMED[field]: own[field]}

"""Copies of a life: each point of a sweep has cohorts and a story of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from mortal.config.like import filled_in
from mortal.config.marks import Document, Mark, Place
from mortal.config.meetings import NAMES, every_step, pair_of
from mortal.config.models import RunConfig
from mortal.config.nodes import Node, document_of, node_of
from mortal.errors import ConfigError

__all__ = ["Point", "same_shapes", "written"]

_SHAPING = ("name", "bias", "label_matrix")  # settings of rules that decide over arrays


@dataclass(frozen=True)
class Point:
    """One point of a sweep: the file changed to it, the changed places, and what to call it."""

    document: Document
    places: tuple[Place, ...]
    label: str


_Called: TypeAlias = Callable[[str], str | None]  # the new name of a cohort, or None: not told of


def same_shapes(points: Iterable[Point], names: Iterable[str], where: str) -> Iterator[Point]:
    """Yield the points again, refusing one whose devices cannot be those of the first.

    Raises:
        ConfigError: another count or other arrays, or cohorts that are grown afresh.
    """
    names = list(names)
    first: tuple[Point, dict[str, Any]] | None = None
    for point in points:
        data: Any = point.document.data
        for step in (s for s in every_step(data["story"]) if s.get("generations", 1) > 1):
            young = {pair[-1] for pair in map(pair_of, every_step(step["story"])) if pair} & {
                *names
            }
            if young:
                raise ConfigError(
                    f"{where}: {min(young)} is grown afresh by a repeat, and its later generations "
                    "would not be the same devices; leave same_devices out"
                )
        shapes = _shapes(point.document, names)
        first = first or (point, shapes)
        for key, number in shapes.items():
            before = first[1].get(key)
            if number != before:
                raise ConfigError(
                    f"{where}: {key} is {number} with {point.label} and {before} with "
                    f"{first[0].label}; such devices cannot be the same, so leave same_devices out"
                )
        yield point


def _shapes(document: Document, names: Iterable[str]) -> dict[str, Any]:
    config = RunConfig.model_validate(filled_in(document).data)
    shapes: dict[str, Any] = {}
    for name in names:
        cohort = config.cohorts[name]
        shapes |= {f"{name}.layers": list(cohort.layers), f"{name}.count": cohort.count}
        shapes |= {f"{name}.rule.{key}": value for key, value in cohort.rule if key in _SHAPING}
    return shapes


def written(
    points: Iterable[Point], count: int, names: Sequence[str], *, same_devices: bool
) -> Document:
    """Return one document that holds every point's copy of the touched, and the rest once.

    Args:
        points: at least one.
        count: how many.
        names: the touched cohorts.
        same_devices: make the copies of a cohort repeat the manufacture of its first.

    Raises:
        ConfigError: a copy would have the name of another cohort.
    """
    rest: _Called = lambda name: None if name in names else name  # noqa: E731
    firsts = _numbered(names, 1, count)
    whole = Node({}, Mark(1, 1))
    lives: dict[str, tuple[Mark, Node]] = {}
    told: list[Node] = []
    origin = ""
    for number, point in enumerate(points, 1):
        document = point.document
        node = node_of(document, document.data, ())
        cohorts, story = (node.value[key][1].value for key in ("cohorts", "story"))
        if number == 1:
            whole, origin = node, document.origin
            lives = {name: pair for name, pair in cohorts.items() if name not in names}
            told = _told(story, rest)
        called = _numbered(names, number, count)
        for name, new in called.items():
            key, cohort = cohorts[name]
            if new in lives:
                raise ConfigError(
                    f"{lives[new][0].within(origin)}: the sweep makes a cohort {new} of its own; "
                    "call this one otherwise"
                )
            cohort = _called(
                cohort,
                like=called,
                regrown_with=called,
                identical_to=firsts if same_devices else called,
            )
            if number > 1 and same_devices:
                cohort.value.setdefault("identical_to", (key, Node(firsts[name], key)))
            own = cohort.value.get("variant", (key, Node(None, key)))[1].value
            label = point.label if own is None else f"{own}, {point.label}"
            cohort.value["variant"] = (key, Node(label, key))
            lives[new] = (key, cohort)
        told += _told(story, called.get)
    parts = {"cohorts": lives, "story": told}
    fields = {
        key: (mark, node._replace(value=parts.get(key, node.value)))
        for key, (mark, node) in whole.value.items()
    }
    return document_of(whole._replace(value=fields), origin)


def _numbered(names: Iterable[str], number: int, count: int) -> dict[str, str]:
    return {name: f"{name}-{number:0{len(str(count))}d}" for name in names}


def _called(cohort: Node, **names: Mapping[str, str]) -> Node:
    """Return a copy of a cohort whose fields name the copies of others."""
    fields = dict(cohort.value)
    for key in fields.keys() & names.keys():
        mark, node = fields[key]
        fields[key] = (mark, node._replace(value=names[key].get(node.value, node.value)))
    return cohort._replace(value=fields)


def _told(story: list[Node], called: _Called) -> list[Node]:
    """Return the part of a story that some cohorts live, under new names."""
    told = []
    for entry in story:
        ((word, (mark, step)),) = entry.value.items()
        fields = {key: (m, _part(key, node, called)) for key, (m, node) in step.value.items()}
        if all(node is not None for _, node in fields.values()):
            told.append(entry._replace(value={word: (mark, step._replace(value=fields))}))
    return told


def _part(key: str, node: Node, called: _Called) -> Node | None:
    """Return what is told of a field of a step, or None if that is nothing."""
    value: Any = node.value
    if key == "story":
        value = _told(value, called) or None
    elif key == "succession" and value is not None:
        pairs = ((mark, called(elder), heir) for elder, (mark, heir) in value.items())
        heirs = {
            elder: (mark, heir._replace(value=called(heir.value)))
            for mark, elder, heir in pairs
            if elder is not None
        }
        return node._replace(value=heirs)
    elif key in NAMES and isinstance(value, str):
        value = called(value)
    elif key in NAMES:
        names = [name._replace(value=called(name.value)) for name in value]
        value = [name for name in names if name.value is not None] or None
    else:
        return node
    return None if value is None else node._replace(value=value)

"""Changes to a configuration from the command line: `--set cohorts.elders.count=4`.

They are made in the parsed document, before it is validated, so a wrong one is explained like a
wrong line of the file, with the argument for a position. A name is cut at every dot; a key that
has one of its own cannot be reached. Mappings missing on the way are created.
"""

import copy
import re
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

from mortal.config.explain import spelled
from mortal.config.marks import DEEPEST, Document, Mark, Marks, Place, Value, parse
from mortal.errors import ConfigError

__all__ = ["override", "put"]

_INDEX = re.compile(r"[0-9]{1,9}")


def override(document: Document, assignments: Iterable[str]) -> Document:
    """Return the document with every `a.b=c` made in turn; the given one stays as it was.

    Raises:
        ConfigError: an assignment that cannot be read, or leads to where nothing can be put.
    """
    changed = Document(
        copy.deepcopy(document.data),
        Marks(dict(document.marks.keys), dict(document.marks.values)),
        document.origin,
    )
    for assignment in assignments:
        _assign(changed, assignment)
    return changed


def _assign(document: Document, assignment: str) -> None:
    argument = " ".join(f"--set {assignment}".split())
    name, equals, text = assignment.partition("=")
    steps = name.strip().split(".")
    if not equals or not all(steps):
        raise ConfigError(
            f"{argument}: write KEY=VALUE with dots in KEY, as cohorts.elders.count=4"
        )
    if len(steps) > DEEPEST:
        raise ConfigError(f"{argument}: KEY goes more than {DEEPEST} deep")
    if text.lstrip().startswith("#"):
        raise ConfigError(f"{argument}: # begins a comment in YAML; put the value in quotes")
    if steps[:2] == ["sweep", "over"] and len(steps) > 2:
        steps = ["sweep", "over", ".".join(steps[2:])]  # a swept field is one key, dots and all
    value = parse(text, document.origin, argument=argument).data
    put(document, steps, value, Mark(1, 1, argument))


def put(
    document: Document, steps: Sequence[str], value: Value, mark: Mark, key: Mark | None = None
) -> Place:
    """Put a value into a document, in place, and return the place that its steps lead to.

    Args:
        document: is changed.
        steps: as between the dots of a name.
        value: what to put there.
        mark: where the value stands.
        key: where the steps stand; default: with the value.

    Raises:
        ConfigError: the steps lead to where nothing can be put.
    """
    key = mark if key is None else key
    argument = key.within(document.origin)
    container: Any = document.data
    place: Place = ()
    for step in steps[:-1]:
        name = _key(container, step, place, argument)
        place = (*place, name)
        if isinstance(container, dict) and name not in container:
            container[name] = {}
            _point_to(document.marks, place, mark, key)
        container = container[name]
    name = _key(container, steps[-1], place, argument)
    container[name] = value
    _point_to(document.marks, (*place, name), mark, key)
    return (*place, name)


def _key(container: Value, step: str, place: Place, argument: str) -> str | int:
    if isinstance(container, dict):
        return step
    named = spelled(place) or "the configuration"
    if not isinstance(container, list):
        found = "nothing" if container is None else reprlib.repr(container)
        raise ConfigError(f"{argument}: {named} is {found}, and has no {step}; set it as a whole")
    count = len(container)
    if not _INDEX.fullmatch(step) or int(step) >= count:
        entry = "step" if place[-1:] == ("story",) else "entry"
        entries = entry if count == 1 else {"step": "steps", "entry": "entries"}[entry]
        indices = f"0 to {count - 1}" if count > 1 else "0" if count else "none to set"
        raise ConfigError(f"{argument}: {named} has {count} {entries} ({indices})")
    return int(step)


def _point_to(marks: Marks, place: Place, mark: Mark, key: Mark) -> None:
    for known, here in ((marks.keys, key), (marks.values, mark)):
        for below in [other for other in known if other[: len(place)] == place]:
            del known[below]
        known[place] = here

"""Changes to a configuration from the command line: `--set cohorts.elders.count=4`.

They are made in the parsed document, before it is validated, so a wrong one is explained like a
wrong line of the file, with the argument for a position. A name is cut at every dot; a key that
has one of its own cannot be reached. Mappings missing on the way are created.
"""

import copy
import re
import reprlib
from collections.abc import Iterable
from typing import Any

from mortal.config.explain import spelled
from mortal.config.marks import DEEPEST, Document, Mark, Marks, Place, Value, parse
from mortal.errors import ConfigError

__all__ = ["override"]

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
    value = parse(text, document.origin, argument=argument).data
    container: Any = document.data
    place: Place = ()
    for step in steps[:-1]:
        key = _key(container, step, place, argument)
        place = (*place, key)
        if isinstance(container, dict) and key not in container:
            container[key] = {}
            _point_to(document.marks, place, argument)
        container = container[key]
    key = _key(container, steps[-1], place, argument)
    container[key] = value
    _point_to(document.marks, (*place, key), argument)


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


def _point_to(marks: Marks, place: Place, argument: str) -> None:
    for known in (marks.keys, marks.values):
        for below in [other for other in known if other[: len(place)] == place]:
            del known[below]
        known[place] = Mark(1, 1, argument)

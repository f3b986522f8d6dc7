"""Who lives with whom in a story, and so which cohorts a change touches.

A cohort is touched if one of its fields changes, or a field of a step that names it; if it is
`like` or `identical_to` a touched one; or if it meets one, in distil, copy or a succession: whoever
answers or is copied lives on as another than it was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mortal.config.explain import did_you_mean
from mortal.config.marks import Document, Place
from mortal.errors import ConfigError

__all__ = ["NAMES", "every_step", "pair_of", "touched"]

_ASKED, _TAUGHT = ("from", "teachers", "source"), ("to", "student", "target")
PAIR = (*_ASKED, *_TAUGHT)
NAMES = ("cohort", *PAIR)
_TWINS = ("identical_to", "regrown_with")


def touched(documents: Sequence[Document], places: Iterable[Place]) -> list[str]:
    """Return the cohorts that changes at some places touch, in the order of the file.

    Args:
        documents: valid configurations, which together hold every value of the sweep.
        places: what they change.

    Raises:
        ConfigError: a step or a twin names a cohort that is not there.
    """
    found: set[str] = set()
    meetings: set[tuple[str, ...]] = set()
    heirs: set[tuple[str, str]] = set()
    places = set(places)
    for document in documents:
        data: Any = document.data
        twins = [
            (("cohorts", name, key), cohort[key])
            for name, cohort in data["cohorts"].items()
            for key in _TWINS
            if cohort.get(key) is not None
        ]
        for place, name in [*twins, *_mentions(data["story"], ("story",))]:
            if name not in data["cohorts"]:
                raise ConfigError(
                    f"{document.where(place)}: no cohort is called {name!r}"
                    f"{did_you_mean(name, data['cohorts'])} "
                    f"(there are: {', '.join(data['cohorts'])})"
                )
        meetings.update(_meetings(data["story"]))
        for name, cohort in data["cohorts"].items():
            models = (cohort.get(key) for key in ("like", *_TWINS))
            heirs.update((model, name) for model in models if model is not None)
        for place in places:
            found.update([str(place[1])] if place[0] == "cohorts" else _of_step(document, place))
    links = [*heirs, *meetings, *((other, one) for one, other in meetings)]
    beyond: dict[str, set[str]] = {}
    for one, other in links:
        beyond.setdefault(one, set()).add(other)
    new = list(found)
    while new:
        new = [name for name in beyond.get(new.pop(), ()) if name not in found] + new
        found.update(new)
    first: Any = documents[0].data
    return [name for name in first["cohorts"] if name in found]


def _of_step(document: Document, place: Place) -> Iterator[str]:
    """Yield the cohorts of the innermost step around a place of the story."""
    depth = max(
        n for n in range(2, len(place) + 1) if place[n - 2] == "story" and type(place[n - 1]) is int
    )
    return (name for _, name in _mentions([document.at(place[:depth])], ()))


def _mentions(story: Any, place: Place) -> Iterator[tuple[Place, str]]:
    for number, entry in enumerate(story):
        for word, step in entry.items():
            here = (*place, number, word)
            for key in NAMES:
                given = step.get(key, [])
                yield from (
                    [((*here, key), given)]
                    if isinstance(given, str)
                    else [((*here, key, n), name) for n, name in enumerate(given)]
                )
            for pair in (step.get("succession") or {}).items():
                yield from (((*here, "succession", pair[0]), name) for name in pair)
            yield from _mentions(step.get("story", ()), (*here, "story"))


def every_step(story: Any) -> Iterator[dict[str, Any]]:
    """Yield the steps of a story, those inside `repeat` after it."""
    for step in (step for entry in story for step in entry.values()):
        yield step
        yield from every_step(step.get("story", ()))


def pair_of(step: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who is asked or read and, last, who is taught or written to, if a step is of such."""
    asked = [step[key] for key in _ASKED if key in step]
    several = asked[0] if asked and not isinstance(asked[0], str) else asked
    return (*several, *(step[key] for key in _TAUGHT if key in step))


def _meetings(story: Any) -> Iterator[tuple[str, ...]]:
    for step in every_step(story):
        those = pair_of(step)
        yield from ((one, those[-1]) for one in those[:-1])
        told = {name for _, name in _mentions(step.get("story", ()), ())}
        for pair in (step.get("succession") or {}).items():
            yield pair
            if told and not {*pair} & told:  # a succession needs a story to follow
                yield pair[0], min(told)

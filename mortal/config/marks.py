"""YAML text to plain values, with the line and column every key and value stands at.

Read is the part of YAML a declaration needs: mappings, lists and scalars of the core schema of
YAML 1.2. Refused is what surprises or harms: keys given twice, keys that are not text, merge keys,
tags, and anchors with their aliases. Aliases are refused altogether rather than bounded, because a
few nested ones make a short file unfold into billions of values.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import yaml
from yaml.reader import ReaderError

from mortal.config.numbers import scalar
from mortal.errors import ConfigError

__all__ = ["DEEPEST", "Document", "Mark", "Marks", "Place", "Value", "inside", "parse"]

Place: TypeAlias = tuple[str | int, ...]
Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

DEEPEST = 50


class Mark(NamedTuple):
    """Where something stands: line and column from 1, or the argument that put it there."""

    line: int
    column: int
    argument: str = ""

    def within(self, origin: str) -> str:
        """Return `origin:line:column`, or the argument."""
        return self.argument or f"{origin}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Marks:
    """The marks of keys and of values, by their place (`("story", 0, "train")`)."""

    keys: dict[Place, Mark] = field(default_factory=dict)
    values: dict[Place, Mark] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """A parsed configuration: its plain values, their marks, and the name of where it came from."""

    data: Value
    marks: Marks
    origin: str

    def at(self, path: Place) -> Value:
        """Return the value at `path`.

        Raises:
            LookupError: the document has nothing there.
        """
        value = self.data
        for depth, step in enumerate(path):
            found = inside(value, step)
            if not found:
                raise LookupError(f"{self.where(path[:depth], key=True)}: missing key {step}")
            value = found[0]
        return value

    def find(self, path: Place, *, key: bool = False) -> Mark:
        """Return the mark of the value at `path`, or of its key; else of the nearest above it."""
        if key and path in self.marks.keys:
            return self.marks.keys[path]
        while path and path not in self.marks.values:
            path = path[:-1]
        return self.marks.values.get(path, Mark(1, 1))

    def where(self, path: Place, *, key: bool = False) -> str:
        """Return `file:line:column` of a value or key, or the `--set` argument that gave it."""
        return self.find(path, key=key).within(self.origin)


def inside(value: Value, step: str | int) -> tuple[Value, ...]:
    """Return the one value under a key of a mapping or at an index of a list, or none."""
    if isinstance(value, dict) and isinstance(step, str) and step in value:
        return (value[step],)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return (value[step],)
    return ()


def parse(text: str, origin: str, *, argument: str = "") -> Document:
    """Return the values of a YAML text with their marks.

    With `argument` the text is a value on the command line: one scalar, `[list]` or `{mapping}`,
    nothing at all being null, and every mark is the argument.

    Raises:
        ConfigError: the text is not YAML, or more than is read of it; one sentence with a place.
    """
    parser = _Parser(text, argument)
    try:
        return Document(parser.document(), parser.marks, origin)
    except _RefusedError as refused:
        raise ConfigError(f"{refused.mark.within(origin)}: {refused}") from None


class _RefusedError(Exception):
    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(message)
        self.mark = mark


_SENTENCES = {
    "'\\t'": "a tab cannot stand here; YAML indents with spaces",
    "expected <block end>": "this line does not line up with the block it belongs to",
    "mapping values are not allowed": "a ':' cannot stand here; quote the text or mend the indent",
    "could not find expected ':'": "a key needs ': ' and a value after it",
    "unexpected end of stream": "a quotation mark is never closed",
    "got '<stream end>'": "a bracket is never closed",
}


def _events(text: str, argument: str) -> Iterator[Any]:
    try:
        loader: Any = yaml.SafeLoader(text)
    except ReaderError as error:
        before = text[: error.position]
        mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"), argument)
        message = f"character {ord(text[error.position]):#06x} cannot stand in YAML"
        raise _RefusedError(mark, message) from None
    try:
        while loader.check_event():
            yield loader.get_event()
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or loader.get_mark()
        raise _RefusedError(Mark(at.line + 1, at.column + 1, argument), _sentence(error)) from None
    except (ValueError, OverflowError):
        # PyYAML lets these through for an escape beyond Unicode or an endless version number.
        at = loader.get_mark()
        message = "not valid YAML: an escape or number here is out of range"
        raise _RefusedError(Mark(at.line + 1, at.column + 1, argument), message) from None


def _sentence(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "it cannot be read"
    known = next((text for sign, text in _SENTENCES.items() if sign in problem), None)
    begun, found = error.context_mark, error.problem_mark
    began = ""
    if begun and found and begun.line != found.line:
        began = f" (it began at line {begun.line + 1}, column {begun.column + 1})"
    return " ".join(f"{known or 'not valid YAML: ' + problem}{began}".split())


class _Parser:
    """Builds values straight from events: no node is kept, and depth is bounded while reading."""

    def __init__(self, text: str, argument: str) -> None:
        self.events = _events(text, argument)
        self.argument = argument
        self.marks = Marks()

    def document(self) -> Value:
        next(self.events)  # the start of the stream
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            self.marks.values[()] = Mark(1, 1, self.argument)
            if self.argument:
                return None
            raise _RefusedError(Mark(1, 1), "the file holds nothing; begin it with `version: 1`")
        value = self.value((), next(self.events))
        next(self.events)  # the end of the document
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise _RefusedError(self.mark(event), "a second document begins here; write one a file")
        return value

    def value(self, place: Place, event: Any) -> Value:
        mark = self.marks.values[place] = self.mark(event)
        self.refuse_machinery(event, mark)
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, mark)
        if len(place) >= DEEPEST:
            raise _RefusedError(mark, f"values are nested more than {DEEPEST} deep")
        if self.argument and not event.flow_style:
            raise _RefusedError(mark, "write a list as [a, b] and a mapping as {key: value}")
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(place)
        return self.mapping(place)

    def sequence(self, place: Place) -> list[Value]:
        values: list[Value] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self.value((*place, len(values)), event))
        return values

    def mapping(self, place: Place) -> dict[str, Value]:
        values: dict[str, Value] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            mark = self.mark(event)
            name = self.key(event, mark)
            if name in values:
                first = self.marks.keys[(*place, name)]
                where = f"at line {first.line}, column {first.column}"
                raise _RefusedError(mark, f"key {name!r:.40} is given twice; first {where}")
            self.marks.keys[(*place, name)] = mark
            values[name] = self.value((*place, name), next(self.events))
        return values

    def key(self, event: Any, mark: Mark) -> str:
        self.refuse_machinery(event, mark)
        if not isinstance(event, yaml.ScalarEvent):
            raise _RefusedError(mark, "a key must be text, found a list or mapping")
        name = self.scalar(event, mark)
        if not isinstance(name, str):
            given = f'write "{event.value:.40}" in quotes' if event.value else "here is none"
            raise _RefusedError(mark, f"a key must be text; {given}")
        if name == "<<" and event.implicit[0]:
            raise _RefusedError(mark, "merge keys (<<) are not read; write the keys out")
        return name

    def scalar(self, event: Any, mark: Mark) -> bool | int | float | str | None:
        text: str = event.value
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise _RefusedError(
                mark, "half a surrogate pair is not text; write the character itself"
            )
        try:
            return scalar(text) if event.implicit[0] else text
        except ValueError as error:
            raise _RefusedError(mark, str(error)) from None

    def refuse_machinery(self, event: Any, mark: Mark) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _RefusedError(
                mark, "anchors (&) and aliases (*) are not read; write the value out"
            )
        if event.tag is not None:
            raise _RefusedError(
                mark, f"tags such as {event.tag!r:.40} are not read; write a plain value"
            )

    def mark(self, event: Any) -> Mark:
        return Mark(event.start_mark.line + 1, event.start_mark.column + 1, self.argument)

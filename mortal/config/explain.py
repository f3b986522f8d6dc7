"""What pydantic found wrong, in sentences that name file, line, column, key and what is allowed.

pydantic places an error by fields, indices and the tags of unions. Tags are not in the document:
a place is what remains of pydantic's path when the steps the document has not are left out.
"""

import difflib
import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, RootModel, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mortal.config.marks import Document, Mark, Place, Value, inside

__all__ = ["did_you_mean", "explain", "spelled"]

_Members = list[tuple[str, Any]]  # the members of a union, each with its tag
_MOST_SHOWN = 10
_MAPPING = "a mapping of keys to values"
_EXPECTED = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    "int_parsing_size": "a smaller whole number",
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    "finite_number": "a finite number",
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": "text",
    "path_type": "a path",
    "none_required": "nothing",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), _MAPPING),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "a list"),
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    **dict.fromkeys(("literal_error", "enum"), "{expected}"),
    "too_short": "at least {min_length} entries",
    "too_long": "at most {max_length} entries",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
}


@dataclass(frozen=True)
class _Problem:
    place: Place
    mark: Mark
    sentence: str = ""
    expected: str = ""  # in place of a sentence: alternatives for one value are joined
    found: str = ""
    hint: str = ""
    reached: Place = ()  # how deep validation went: below `place` when a key is missing there;
    # empty for a problem of a key, which leaves the value beneath it to be judged


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return `; did you mean X?` for the nearest of the choices, or nothing if none is near."""
    known = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return f"; did you mean {known[near[0]]}?" if near else ""


def spelled(place: Place) -> str:
    """Return a place as people write it: `story[3].distil.budget`."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{_printable(step)}" for step in place]
    return "".join(steps).removeprefix(".")


def explain(
    error: ValidationError, model: type[BaseModel], document: Document, path: Place = ()
) -> str:
    """Return what is wrong with the value at `path`, one problem a line, by position.

    A line reads `FILE:LINE:COLUMN: story[3].distil.budgett: unknown key; did you mean budget?
    (allowed: from, to, ...)`. Beyond ten problems the rest is counted.
    """
    problems = [_problem(details, model, document, path) for details in error.errors()]
    # A branch of a union that could not take the value at all says nothing once another went in.
    entered = {p.reached[:depth] for p in problems for depth in range(len(p.reached))}
    problems = [p for p in problems if p.reached != p.place or p.place not in entered]
    lines = {line: mark for mark, line in _lines(problems, document.origin)}
    ordered = sorted(lines, key=lambda line: (lines[line].argument, lines[line], line))
    if len(ordered) > _MOST_SHOWN:
        ordered[_MOST_SHOWN:] = [f"... and {len(ordered) - _MOST_SHOWN} more"]
    return "\n".join(ordered)


def _lines(problems: list[_Problem], origin: str) -> Iterator[tuple[Mark, str]]:
    alternatives: dict[Place, list[_Problem]] = {}
    for problem in problems:
        if problem.expected:
            alternatives.setdefault(problem.place, []).append(problem)
        else:
            yield problem.mark, _line(problem, problem.sentence, origin)
    for same in alternatives.values():
        expected = " or ".join(dict.fromkeys(problem.expected for problem in same))
        hint = next((problem.hint for problem in same if problem.hint), "")
        sentence = f"expected {expected}, found {same[0].found}{hint}"
        yield same[0].mark, _line(same[0], sentence, origin)


def _line(problem: _Problem, sentence: str, origin: str) -> str:
    named = f"{spelled(problem.place)}: " if problem.place else ""
    return " ".join(f"{problem.mark.within(origin)}: {named}{sentence}".split())


def _problem(
    details: ErrorDetails, model: type[BaseModel], document: Document, above: Place
) -> _Problem:
    kind, given, about = details["type"], details["input"], details.get("ctx", {})
    steps = details["loc"]
    if kind == "missing":
        steps = steps[:-1]
    place, value = _locate(steps, document, above, given)
    key_mark, mark = (document.find(place, key=key) for key in (True, False))
    if kind == "missing":
        name = details["loc"][-1]
        return _Problem(place, key_mark, f"missing key {name}", reached=(*place, name))
    if kind == "extra_forbidden":
        sentence = _unknown_key(str(steps[-1]), _keys(_members_at(model, steps[:-1])))
        return _Problem(place, key_mark, sentence, reached=place)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _tag_problem(about, document, place, value, _members_at(model, steps))
    is_key = steps[-1:] == ("[key]",)
    shown = given if is_key or isinstance(value, dict | list) else value
    sentence = expected = hint = ""
    if kind in _EXPECTED:
        expected = _EXPECTED[kind].format(**{name: _plain(bound) for name, bound in about.items()})
        if isinstance(shown, str):
            hint = did_you_mean(shown, _quoted(about.get("expected")))
    else:
        sentence = str(about.get("error", details["msg"]))
        if sentence.startswith("Input should"):
            sentence += f", found {_found(shown)}"
    if is_key:
        sentence = sentence or f"expected as a key {expected}, found {_found(shown)}{hint}"
        return _Problem(place, key_mark, sentence)
    return _Problem(place, mark, sentence, expected, _found(shown), hint, reached=place)


def _tag_problem(
    about: Mapping[str, Any], document: Document, place: Place, value: Value, members: _Members
) -> _Problem:
    """Explain a union whose member is named by a field (`kind: x`) or by its one key (`x: ...`)."""
    by_field = _quoted(about["discriminator"])
    tags = _quoted(about.get("expected_tags")) or _tags(members, by_field)
    tag = about.get("tag")
    if tag is None and by_field:
        mark = document.find(place, key=True)
        sentence = f"missing key {by_field[0]} {_allowed(tags)}"
        return _Problem(place, mark, sentence, reached=(*place, by_field[0]))
    if by_field:
        here = (*place, by_field[0])
        mark, hint = document.find(here), did_you_mean(str(tag), tags)
        return _Problem(here, mark, "", _any_of(tags), _found(tag), hint, reached=here)
    if isinstance(value, dict) and isinstance(tag, str) and tag in value:
        here = (*place, tag)
        mark = document.find(here, key=True)
        return _Problem(here, mark, _unknown_key(tag, tags), reached=here)
    expected = f"a mapping with one key of {', '.join(tags)}"
    return _Problem(place, document.find(place), "", expected, _found(value), reached=place)


def _locate(
    steps: tuple[int | str, ...], document: Document, above: Place, given: object
) -> tuple[Place, Value]:
    """Return the place in the document that pydantic's steps lead to, and the value there.

    A step the document has not is left out, and so may be one that it has (a tag can be spelled
    like a key). Among the places reached, the one that holds the very value given to pydantic is
    right; validators may have replaced that, and then the deepest is.
    """
    reached = {above: document.at(above)}
    for step in steps:
        for place, value in list(reached.items()):
            for found in inside(value, step):
                reached[(*place, step)] = found
    place = max(reached, key=lambda place: (reached[place] is given, len(place)))
    return place, reached[place]


def _members(annotation: Any, tag: str = "") -> Iterator[tuple[str, Any]]:
    annotation = getattr(annotation, "__value__", annotation)  # a named type alias
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        tag = next((note.tag for note in notes if isinstance(note, Tag)), tag)
        yield from _members(inner, tag)
    elif get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    elif isinstance(annotation, type) and issubclass(annotation, RootModel):
        yield from _members(annotation.model_fields["root"].annotation, tag)
    elif annotation is not NoneType:
        yield tag, annotation


def _members_at(model: type[BaseModel], steps: tuple[int | str, ...]) -> _Members:
    """Return the types that may stand where pydantic's steps lead."""
    members = list(_members(model))
    for step in steps:
        tagged = [member for member in members if step in _names(*member)]
        if len(members) > 1 and tagged:
            members = tagged
        else:
            inside = [inner for _, annotation in members for inner in _below(annotation, step)]
            members = inside or members
    return members


def _below(annotation: Any, step: int | str) -> Iterator[tuple[str, Any]]:
    if _is_model(annotation):
        for name, info in annotation.model_fields.items():
            if step in (name, _key(name, info)):
                yield from _members(info.annotation)
    elif issubclass(get_origin(annotation) or object, Mapping):
        yield from _members(get_args(annotation)[1])
    elif isinstance(step, int):
        for item in get_args(annotation):
            yield from _members(item)


def _names(tag: str, annotation: Any) -> set[str]:
    """Return the names under which pydantic may enter this member of a union."""
    names = {tag, getattr(annotation, "__name__", "")}
    if _is_model(annotation):
        for info in annotation.model_fields.values():
            names.update(_literals(info))
    return names


def _tags(members: _Members, by_field: list[str]) -> list[str]:
    if not by_field:
        return [tag for tag, _ in members if tag]
    models = [annotation for _, annotation in members if _is_model(annotation)]
    fields = [model.model_fields.get(name) for model in models for name in by_field]
    return [tag for info in fields if info for tag in _literals(info)]


def _keys(members: _Members) -> list[str]:
    models = [annotation for _, annotation in members if _is_model(annotation)]
    keys = [_key(name, info) for model in models for name, info in model.model_fields.items()]
    return list(dict.fromkeys(keys))


def _key(name: str, info: FieldInfo) -> str:
    alias = info.validation_alias or info.alias
    if isinstance(alias, AliasChoices):
        alias = next((choice for choice in alias.choices if isinstance(choice, str)), None)
    return alias if isinstance(alias, str) else name


def _literals(info: FieldInfo) -> list[str]:
    if get_origin(info.annotation) is not Literal:
        return []
    return [value for value in get_args(info.annotation) if isinstance(value, str)]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _unknown_key(name: str, allowed: list[str]) -> str:
    return f"unknown key{did_you_mean(name, allowed)} {_allowed(allowed)}"


def _allowed(words: list[str]) -> str:
    return f"(allowed: {', '.join(words)})" if words else ""


def _any_of(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _quoted(text: object) -> list[str]:
    return re.findall(r"'([^']*)'", str(text))


def _found(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            names = [_printable(str(name)) for name in value]
            return f"a mapping of {', '.join(names[:5] + ['...'] * (len(names) > 5)) or 'nothing'}"
        case list():
            return f"a list of {len(value)}"
        case _:
            return reprlib.repr(value)


def _plain(bound: object) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound).replace("'", "")


def _printable(name: str) -> str:
    return name if name.isprintable() else repr(name)

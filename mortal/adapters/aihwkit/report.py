"""What became of every attribute of a foreign configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any, Literal

from devices import Technology

__all__ = ["Fate", "Line", "Reader", "Translation"]

Fate = Literal["kept", "changed", "off", "lost"]

_OFF: tuple[object, ...] = (None, False, 0, "", "None", [], (), {})


@dataclass(frozen=True)
class Line:
    """One attribute.

    Attributes:
        theirs: its path, such as `device.dw_min`.
        value: what stood there.
        fate: kept: the same here; changed: as near as it comes; off: it does nothing there, so
            nothing is missing here; lost: it does something there that is not modelled here.
        ours: path in the technology, or nothing.
        note: what differs, or why.
    """

    theirs: str
    value: Any
    fate: Fate
    ours: str = ""
    note: str = ""


@dataclass(frozen=True)
class Translation:
    """A technology, and what became of the configuration that it was read from.

    Attributes:
        technology: to grow devices of.
        lines: one for every public attribute, in the order they stand in.
    """

    technology: Technology
    lines: tuple[Line, ...]

    def of(self, fate: Fate) -> tuple[Line, ...]:
        """Return the lines of one fate."""
        return tuple(line for line in self.lines if line.fate == fate)

    def __str__(self) -> str:
        rows = [("aihwkit", "value", "", "here", "")]
        rows += [
            (line.theirs, spelled(line.value), line.fate, line.ours, line.note)
            for line in self.lines
            if line.fate != "off"
        ]
        widths = [max(len(row[at]) for row in rows) for at in range(4)]
        table = [
            "  ".join([*map(str.ljust, row[:4], widths), row[4]]).rstrip()  # the note is ragged
            for row in rows
        ]
        idle = len(self.of("off"))
        return "\n".join([*table, f"and {idle} that do nothing there"])


@dataclass
class Reader:
    """Reads public attributes of one object, and remembers what was made of each.

    Attributes:
        thing: any object; a dataclass shows its fields, another what it holds.
        place: its path in the configuration.
        lines: what was told so far, by attribute.
    """

    thing: Any
    place: str
    lines: dict[str, Line] = field(default_factory=dict)

    def names(self) -> Iterator[str]:
        """Yield the names of its public attributes."""
        known = [f.name for f in fields(self.thing)] if is_dataclass(self.thing) else ()
        for name in known or vars(self.thing):
            if not name.startswith(("_", "bindings")):
                yield name

    def look(self, name: str, default: Any = 0.0) -> Any:
        """Return a value, that of an enumeration by its word; say nothing of it."""
        value = getattr(self.thing, name, default)
        return value.value if isinstance(value, Enum) else value

    def tell(self, name: str, fate: Fate, ours: str = "", note: str = "") -> None:
        """Say what became of an attribute, if it is there."""
        if hasattr(self.thing, name):
            self.lines[name] = Line(f"{self.place}.{name}", self.look(name), fate, ours, note)

    def keep(self, name: str, ours: str, default: Any = 0.0) -> Any:
        """Return a value that means the same here."""
        self.tell(name, "kept", ours)
        return self.look(name, default)

    def rest(self, idle: Mapping[str, str]) -> list[Line]:
        """Return a line for each attribute, in order; what nobody asked for is off, or lost.

        Args:
            idle: attributes that change nothing by themselves, and why.
        """
        for name in self.names():
            if name in self.lines:
                continue
            if name in idle or self.look(name) in _OFF:
                self.tell(name, "off", note=idle.get(name, ""))
            else:
                self.tell(name, "lost", note="not modelled here")
        return [self.lines[name] for name in self.names()]


def spelled(value: Any) -> str:
    """Return a value in few letters."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return text if len(text) <= 24 else f"{text[:21]}..."

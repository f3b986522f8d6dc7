"""HTML that cannot be broken by what it says: text is escaped unless it is `Markup` already."""

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Cell", "Markup", "Row", "data_block", "join", "num", "table", "tag"]

_VOID = frozenset({"meta", "br", "input", "link"})
_ESCAPED = {sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_DANGEROUS = re.compile("[<>&\u2028\u2029]")


class Markup(str):
    """Text that is HTML; any other text is escaped before it stands in a page."""

    __slots__ = ()


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        shown: what is read.
        value: what it sorts by; default: what is read.
        is_number: whether it stands right-aligned under its digits.
    """

    shown: str
    value: float | str | None = None
    is_number: bool = False


Row = list[Cell | str]
"""A row of a table; its first cell names it."""


def escaped(text: str) -> Markup:
    """Return text as HTML says it."""
    return text if isinstance(text, Markup) else Markup(html.escape(text, quote=True))


def join(parts: Iterable[str]) -> Markup:
    """Return pieces side by side, text escaped."""
    return Markup("".join(map(escaped, parts)))


def tag(kind: str, /, *children: str, **attributes: str | bool | None) -> Markup:
    """Return an element. A trailing `_` of an attribute is dropped, other `_` are hyphens.

    None and False leave an attribute out, True gives it no value.
    """
    said = ""
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        word = key.rstrip("_").replace("_", "-")
        said += f" {word}" if value is True else f' {word}="{html.escape(str(value), quote=True)}"'
    if kind in _VOID:
        return Markup(f"<{kind}{said}>")
    return Markup(f"<{kind}{said}>{join(children)}</{kind}>")


def num(value: float, shown: str) -> Cell:
    """Return a cell that shows a number and sorts by it; an absent one is a dash and sorts last."""
    is_absent = value != value  # NaN
    return Cell("–" if is_absent else shown, "" if is_absent else repr(float(value)), True)


def table(
    caption: str | Sequence[str],
    head: Sequence[str],
    rows: Iterable[Sequence[Cell | str]],
    **attributes: str | bool | None,
) -> Markup:
    """Return a table whose first column names its rows; columns of numbers are right-aligned."""
    body = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    numbers = [any(row[at].is_number for row in body) for at in range(len(head))]
    titles = (
        tag("th", title, scope="col", class_="n" if is_number else None)
        for title, is_number in zip(head, numbers, strict=True)
    )
    lines = []
    for row in body:
        cells = []
        for at, cell in enumerate(row):
            is_same = cell.value is None or str(cell.value) == cell.shown
            said: dict[str, Any] = {"class_": "n" if numbers[at] else None}
            said |= {} if is_same else {"data_value": str(cell.value)}
            cells.append(
                tag("th", cell.shown, scope="row", **said)
                if at == 0
                else tag("td", cell.shown, **said)
            )
        lines.append(tag("tr", *cells))
    words = [caption] if isinstance(caption, str) else caption
    inner = tag(
        "table",
        tag("caption", tag("span", *words)),
        tag("thead", tag("tr", *titles)),
        tag("tbody", *lines),
        **attributes,
    )
    return tag("div", inner, class_="scroll", tabindex="0", role="region", aria_label="table")


def data_block(name: str, value: Any) -> Markup:
    """Return data as JSON that a script of the page reads; no text in it can end the block."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    safe = _DANGEROUS.sub(lambda found: _ESCAPED[found[0]], text)
    return Markup(f'<script type="application/json" id="{name}">{safe}</script>')

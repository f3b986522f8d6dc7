"""Tables that read the same on a terminal and as Markdown, and the place of one in a page."""

import re
from collections.abc import Iterable, Sequence

__all__ = ["aligned", "between_markers"]


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with columns of equal width: labels and words left, numbers right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header))]
    is_words = [
        at == 0 or all(re.match(r"[A-Za-z]|$", line[at]) for line in lines)
        for at in range(len(widths))
    ]

    def told(line: Sequence[str]) -> str:
        cells = [
            text.ljust(width) if words else text.rjust(width)
            for text, width, words in zip(line, widths, is_words, strict=True)
        ]
        return "| " + " | ".join(cells) + " |"

    rule = [
        "-" * width if words else "-" * (width - 1) + ":"
        for width, words in zip(widths, is_words, strict=True)
    ]
    return "\n".join([told(lines[0]), "| " + " | ".join(rule) + " |", *map(told, lines[1:])])


def between_markers(page: str, name: str, content: str) -> str:
    """Return the page with what stands between the markers of `name` replaced by the content.

    Raises:
        ValueError: the page has not exactly one pair of markers of that name.
    """
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page needs {begin} and {end}, once each")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{content.strip()}\n{end}{after}"

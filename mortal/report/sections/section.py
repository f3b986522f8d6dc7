"""A chapter of a report."""

from collections.abc import Sequence
from dataclasses import dataclass

from mortal.report.markup import Markup, tag

__all__ = ["Section", "folded", "said"]


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it.

    Attributes:
        key: its anchor in the page.
        title: its heading.
        parts: paragraphs, figures and tables.
    """

    key: str
    title: str
    parts: Sequence[Markup]

    def markup(self) -> Markup:
        """Return it as an element."""
        name = f"{self.key}-title"
        heading = tag("h2", self.title, id=name)
        return tag("section", heading, *self.parts, id=self.key, aria_labelledby=name)


def said(text: str, class_: str | None = None) -> Markup:
    """Return a paragraph."""
    return tag("p", text, class_=class_)


def folded(rows: int, title: str, table: Markup, longest: int = 14) -> Markup:
    """Return a table as it is, or closed under its title where it is long."""
    if rows <= longest:
        return table
    return tag("details", tag("summary", f"{title} ({rows} rows)"), table)

"""The page around the chapters: one file that asks nobody for anything."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files

from mortal.report.markup import Markup, data_block, join, tag
from mortal.report.sections.section import Section

__all__ = ["page"]


def page(
    title: str,
    facts: Sequence[tuple[str, str]],
    glance: Sequence[tuple[str, str, str]],
    sections: Iterable[Section],
    notes: Sequence[str],
    data: object,
    ending: Markup,
) -> str:
    """Return a whole HTML file.

    Args:
        title: the heading.
        facts: words and what they stand for, below the heading.
        glance: numbers worth seeing first: what, how much, how sure.
        sections: the chapters.
        notes: warnings that stand before everything.
        data: what the pages of devices are built from, or None.
        ending: what stands below the chapters.
    """
    chapters = list(sections)
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        # Attributes named so cannot be written as arguments.
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        Markup(f"<style>{style}</style>"),
    )
    links = (tag("li", tag("a", one.title, href=f"#{one.key}")) for one in chapters)
    top = tag(
        "header",
        tag("button", "Dark", type="button", id="theme", hidden=True),
        tag("h1", title),
        tag("dl", *(_pair(word, value) for word, value in facts), class_="facts"),
        class_="top",
    )
    body = tag(
        "body",
        tag("a", "Skip to the report", href="#report", class_="skip"),
        top,
        tag("nav", tag("ul", *links), aria_label="Chapters", id="chapters"),
        tag(
            "main",
            *(tag("p", note, class_="warning", role="note") for note in notes),
            _glance(glance),
            *(one.markup() for one in chapters),
            id="report",
            tabindex="-1",
        ),
        tag("main", id="device", tabindex="-1", hidden=True),
        tag("footer", ending),
        data_block("data", data) if data is not None else "",
        Markup(f"<script>{script}</script>"),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, body, lang="en") + "\n"


def _pair(word: str, value: str) -> Markup:
    return tag("div", tag("dt", word), tag("dd", value))


def _glance(numbers: Sequence[tuple[str, str, str]]) -> Markup:
    cards = (
        tag("div", tag("dt", what), tag("dd", tag("strong", value), " ", tag("span", sure)))
        for what, value, sure in numbers
    )
    return tag("dl", *cards, class_="glance") if numbers else join(())


def _asset(name: str) -> str:
    return files("mortal.report").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"

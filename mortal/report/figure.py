"""Figures of a page: drawn by matplotlib, written into the page as SVG that takes its colours.

matplotlib knows fixed colours only. Each colour of the palette becomes a class (`f-INK` to fill,
`s-INK` to stroke), and the page's style says what it is, by day and by night.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

from mortal.pictures import style
from mortal.report.markup import Markup, tag

__all__ = ["COHORTS", "Drawn", "colour_of", "drawing", "ordinal"]

COHORTS = (
    "#2b6cb0", "#d1682b", "#2f8f6b", "#8a5bb5", "#b3892a", "#c0476d", "#3a94a8", "#6d7480",
)  # fmt: skip
"""Of cohorts, in the order they were declared; after the last the first comes again."""

_GRID = "#e7e9ed"
_NAMES = {style.INK: "ink", style.QUIET: "quiet", _GRID: "grid", "#ffffff": "paper"} | {
    colour: f"c{at}" for at, colour in enumerate(COHORTS)
}
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_SHORTENED = ("d", "x", "y", "width", "height", "transform", "points")
_DEFAULTS = {("fill", "#000000"), ("stroke-miterlimit", "100000"), ("stroke-dasharray", "none")}
_FONT = re.compile(r"^(?:(?P<weight>bold|[1-9]00)\s+)?(?P<size>[\d.]+)px\s")


class Drawn:
    """A figure on its way into the page; `markup` is there once the drawing is done."""

    def __init__(self, figure: Any, panel: Any) -> None:
        """Hold the figure and its only panel."""
        self.figure, self.panel = figure, panel
        self.markup = Markup("")


def ordinal(names: list[str], name: str) -> int:
    """Return which of the cohorts' colours one has."""
    return names.index(name) % len(COHORTS)


def colour_of(names: list[str], name: str) -> str:
    """Return the colour that stands for a cohort, as matplotlib takes it."""
    return COHORTS[ordinal(names, name)]


@contextmanager
def drawing(width: float, height: float, key: str, title: str, caption: str) -> Iterator[Drawn]:
    """Yield a figure to draw on, in inches.

    Args:
        width, height: of the figure.
        key: a word that no other figure of the page has.
        title: what a screen reader says in place of the figure.
        caption: one or two sentences below it.

    Raises:
        PictureError: matplotlib is not installed.
    """
    with style.canvas(width, height, columns=1) as (figure, panels):
        from matplotlib import rcParams

        # A `$` in the name of a cohort is no formula.
        rcParams["text.parse_math"] = False
        drawn = Drawn(figure, panels[0])
        figure.patch.set_alpha(0)
        panels[0].patch.set_alpha(0)
        yield drawn
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        svg = _for_page(buffer.getvalue(), key, title)
        holder = tag("div", svg, class_="scroll", tabindex="0", role="region", aria_label=title)
        drawn.markup = tag("figure", holder, tag("figcaption", caption))


def _for_page(text: str, key: str, title: str) -> Markup:
    """Return matplotlib's SVG with the page's colours, its own names, and nothing superfluous."""
    root = ElementTree.fromstring(text[text.index("<svg") :])
    style_of = f"{{{_SVG}}}style"
    for child in list(root):
        is_empty = child.tag in (f"{{{_SVG}}}metadata", style_of)
        if is_empty or child.find(style_of) is not None:
            root.remove(child)
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text))
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        _restyle(element)
        _rename(element, key, used)
        for name in _SHORTENED:
            if name in element.attrib:
                element.set(name, _NUMBER.sub(_short, element.attrib[name]))
    box = root.get("viewBox", "0 0 1 1").split()
    wide = float(box[2]) * 96 / 72
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": title, "class": "figure", "width": f"{wide:.0f}"}
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _restyle(element: ElementTree.Element) -> None:
    """Turn a `style` into attributes and classes: the page's policy allows no other."""
    said = element.attrib.pop("style", "")
    classes = []
    for piece in filter(None, (piece.strip() for piece in said.split(";"))):
        key, _, value = (part.strip() for part in piece.partition(":"))
        if (key, value) in _DEFAULTS and element.tag != "text":
            continue
        if key == "font":
            found = _FONT.match(value)
            if found:
                element.set("font-size", found["size"])
                if found["weight"]:
                    element.set("font-weight", found["weight"])
        elif key in ("fill", "stroke") and value in _NAMES:
            classes.append(f"{key[0]}-{_NAMES[value]}")
        else:
            element.set(key, value)
    if classes:
        element.set("class", " ".join(classes))


def _rename(element: ElementTree.Element, key: str, used: set[str]) -> None:
    name = element.attrib.pop("id", None)
    if name in used:
        element.set("id", f"{key}-{name}")
    if _LINK in element.attrib:
        element.set("href", f"#{key}-{element.attrib.pop(_LINK)[1:]}")
    for attribute in ("clip-path", "fill", "mask"):
        value = element.get(attribute, "")
        if value.startswith("url(#"):
            element.set(attribute, f"url(#{key}-{value[5:]}")


def _short(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")

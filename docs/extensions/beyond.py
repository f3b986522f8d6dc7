"""Pages that lie outside this folder: their links are read from where they are included."""

import re
from pathlib import Path

from sphinx.application import Sphinx

__all__ = ["setup"]

_INCLUDED = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
_TO_INCLUDED = re.compile(rf"(?<=\]\()\.\./((?:\.\./)*)({'|'.join(map(re.escape, _INCLUDED))})")
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)]+)\)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Follow included pages, and links to them."""
    app.connect("include-read", follow)
    app.connect("source-read", lead)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def follow(app: Sphinx, path: Path, page: str, content: list[str]) -> None:
    """Rewrite the links of a page of the root, included by one of this folder."""
    if path.parent == Path(".."):
        content[0] = _LINK.sub(lambda found: f"]({from_here(found[1])})", content[0])


def lead(app: Sphinx, page: str, content: list[str]) -> None:
    """Lead the links of a page of this folder to pages of the root to where those are included."""
    content[0] = _TO_INCLUDED.sub(lambda found: found[1] + found[2].lower(), content[0])


def from_here(target: str) -> str:
    """Return where a link from the root leads, as seen from this folder."""
    if target in _INCLUDED:
        return target.lower()
    return target.removeprefix("docs/") if target.startswith("docs/") else f"../{target}"

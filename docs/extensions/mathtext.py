"""Equations as pictures within the page, set by matplotlib: nothing is fetched by who reads it.

The usual renderer of Sphinx loads MathJax from a network. Matplotlib is here anyway, and its subset
of TeX is enough; what it cannot set is a warning, and so an error.
"""

import io
import re
from html import escape

from docutils import nodes
from matplotlib import rc_context
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import math_to_image
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

__all__ = ["setup"]

_SIZE = 12.5
_POINTS_PER_EM = 12.0  # of the theme's text, 16 px
_LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the renderer, and choose it."""
    app.add_html_math_renderer("mathtext", (inline, None), (block, None))
    app.config.html_math_renderer = "mathtext"
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def inline(self: HTML5Translator, node: nodes.Element) -> None:
    """Set an equation within a line."""
    self.body.append(picture(node.astext(), node))
    raise nodes.SkipNode


def block(self: HTML5Translator, node: nodes.Element) -> None:
    """Set an equation in lines of its own."""
    lines = (line for line in node.astext().split(r"\\") if line.strip())
    inner = "<br>".join(picture(line, node) for line in lines)
    self.body.append(f'<div class="math" style="text-align: center; margin: 1em 0">{inner}</div>')
    raise nodes.SkipNode


def picture(tex: str, node: nodes.Element) -> str:
    """Return an equation as SVG, on its base line, in the colour of the text."""
    written = " ".join(tex.split())
    file = io.StringIO()
    try:
        with rc_context({"mathtext.fontset": "cm", "svg.hashsalt": "mathtext"}):
            font = FontProperties(size=_SIZE)
            depth = math_to_image(f"${written}$", file, prop=font, format="svg", color="#010203")
    except ValueError as error:
        _LOGGER.warning("matplotlib cannot set %s: %s", written, error, location=node)
        return f"<code>{escape(written)}</code>"
    drawn = file.getvalue().strip()
    drawn = drawn[drawn.index("<svg") :].replace("#010203", "currentColor")
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    width, height = (float(found) for found in re.findall(r'(?:width|height)="([\d.]+)pt"', drawn))
    style = (
        f"width: {width / _POINTS_PER_EM:.3f}em; height: {height / _POINTS_PER_EM:.3f}em; "
        f"vertical-align: {-depth / _POINTS_PER_EM:.3f}em"
    )
    return drawn.replace(
        "<svg", f'<svg class="math" role="img" aria-label="{escape(written)}" style="{style}"', 1
    )

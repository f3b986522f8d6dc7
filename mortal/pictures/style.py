"""How all pictures look: quiet axes, two colours with a meaning each, every axis with its unit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mortal.errors import PictureError

__all__ = ["CELLS", "FIRST", "INK", "QUIET", "SECOND", "canvas", "panel_title", "save"]

INK, QUIET = "#22262e", "#7b828e"
FIRST, SECOND = "#2b6cb0", "#d1682b"
"""What is of interest, and what it is held against."""
CELLS = "#9fb8d3"
"""Single cells, behind the line that speaks for them."""

_FORMATS = (".png", ".svg", ".pdf")
_RULES = {
    "font.size": 9.0,
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e7e9ed",
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.dpi": 150,
    "savefig.dpi": 150,
    "svg.fonttype": "none",
    "svg.hashsalt": "mortal",
}


@contextmanager
def canvas(width: float, height: float, columns: int) -> Iterator[tuple[Any, Any]]:
    """Yield a figure in inches and its panels in one row, drawn without a screen.

    Raises:
        PictureError: matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PictureError(f"pictures need matplotlib, which cannot be loaded: {error}") from None
    with rc_context(_RULES):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, figure.subplots(1, columns, squeeze=False)[0]


def panel_title(panel: Any, text: str) -> None:
    """Write what a panel shows above it."""
    panel.set_title(text, loc="left", fontsize=9.5, fontweight="bold", pad=8)


def save(figure: Any, path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, by the ending of its name.

    Raises:
        PictureError: the ending is another.
    """
    if path.suffix.lower() not in _FORMATS:
        raise PictureError(
            f"{path}: a picture ends in {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}, "
            f"found {path.suffix or 'no ending'}"
        )
    figure.savefig(path)

"""A technology in one picture: what pulses do, what rest does, how reads scatter."""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from devices import Technology
from mortal.pictures import style
from mortal.pictures.measured import (
    PulseCurve,
    ReadScatter,
    RestCurve,
    pulse_curve,
    read_scatter,
    rest_curve,
)

__all__ = ["picture_of_technology"]

_SHOWN_CELLS = 6
_TICKS = {1.0: "1 s", 60.0: "1 min", 3600.0: "1 h", 86400.0: "1 day", 2629800.0: "1 month"}
_TICKS |= {31557600.0: "1 year", 315576000.0: "10 years"}


def picture_of_technology(technology: Technology, path: Path, seed: int = 0) -> None:
    """Draw a technology as measured on simulated cells.

    Args:
        technology: what is drawn.
        path: a PNG, SVG or PDF file, replaced if there is one.
        seed: of the cells that are measured.

    Raises:
        PictureError: the file's ending is another, or matplotlib is missing.
    """
    with style.canvas(11.0, 4.0, columns=3) as (figure, panels):
        _title(figure, technology)
        _draw_pulses(panels[0], pulse_curve(technology, seed), technology)
        _draw_rest(panels[1], rest_curve(technology, seed))
        _draw_reads(panels[2], read_scatter(technology, seed))
        style.save(figure, path)


def _title(figure: Any, technology: Technology) -> None:
    figure.suptitle(technology.name, x=0.012, ha="left", fontsize=13, fontweight="bold")
    said = textwrap.fill(technology.summary, 110)
    figure.text(0.012, 0.925, said, va="top", color=style.QUIET, fontsize=9)
    source = textwrap.shorten(f"source: {technology.source}", 170, placeholder=" ...")
    figure.supxlabel(source, x=0.012, ha="left", fontsize=7.5, color=style.QUIET)
    # Room for the summary between the name and the panels.
    figure.get_layout_engine().set(rect=(0.0, 0.0, 1.0, 0.9), w_pad=0.12)


def _draw_pulses(panel: Any, curve: PulseCurve | None, technology: Technology) -> None:
    style.panel_title(panel, "Pulses")
    if curve is None:
        _say(panel, "no pulses:\nan update adds its exact product")
        return
    microsiemens = curve.conductance * 1e6
    _draw_cells(panel, curve.pulses, microsiemens)
    is_up_only = curve.turn == curve.pulses[-1]
    panel.set_xlabel("pulses up" if is_up_only else "pulses: up, then down")
    panel.set_ylabel("conductance of a cell (uS)")
    panel.set_xlim(0, curve.pulses[-1])
    if not is_up_only:
        panel.axvline(curve.turn, color=style.QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
    for bound in (technology.cell.g_min, technology.cell.g_max):
        panel.axhline(bound * 1e6, color=style.QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
    panel.legend(loc="best", fontsize=7.5, handlelength=1.4)


def _draw_rest(panel: Any, curve: RestCurve | None) -> None:
    style.panel_title(panel, "Rest, unpowered")
    if curve is None:
        _say(panel, "retention:\nnot declared by the source")
        return
    _draw_cells(panel, curve.seconds[1:], curve.conductance[1:] * 1e6)
    panel.set_xscale("log")
    panel.set_xticks(list(_TICKS), list(_TICKS.values()), rotation=30, ha="right", fontsize=8)
    panel.minorticks_off()
    panel.set_xlim(curve.seconds[1], curve.seconds[-1])
    panel.set_xlabel("time since the last pulse")
    panel.set_ylabel("conductance of a cell (uS)")


def _draw_cells(panel: Any, x: Any, microsiemens: Any) -> None:
    low, middle, high = np.quantile(microsiemens, (0.1, 0.5, 0.9), axis=1)
    panel.fill_between(
        x, low, high, color=style.CELLS, alpha=0.3, linewidth=0, label="80 % of cells"
    )
    cells = np.linspace(0, microsiemens.shape[1] - 1, _SHOWN_CELLS).astype(int)
    for number, cell in enumerate(cells):
        label = "single cells" if number == 0 else None
        panel.plot(x, microsiemens[:, cell], color=style.CELLS, linewidth=0.9, label=label)
    panel.plot(x, middle, color=style.FIRST, linewidth=2.0, label="median cell")


def _draw_reads(panel: Any, scatter: ReadScatter) -> None:
    style.panel_title(panel, "Reads of 64 rows")
    panel.set_xlabel("output error (weight x full-scale input)")
    panel.set_ylabel("reads (%)")
    widest = np.quantile(np.abs(scatter.errors), 0.999)
    if widest < 1e-5:
        _say(panel, "exact: no noise,\nno converters, no mismatch")
        return
    edges = np.linspace(-widest, widest, 61)
    for values, colour, what in (
        (scatter.errors, style.SECOND, "from the exact sum"),
        (scatter.repeats, style.FIRST, "from read to read"),
    ):
        weights = np.full(values.size, 100 / values.size)
        label = f"{what}: {values.std():.2g}"
        panel.hist(values, edges, weights=weights, color=colour, alpha=0.35, linewidth=0)
        panel.hist(values, edges, weights=weights, color=colour, histtype="step", label=label)
    panel.set_xlim(-widest, widest)
    panel.legend(loc="upper left", fontsize=7.5, handlelength=1.4, title="standard deviation",
                 title_fontsize=7.5, alignment="left")  # fmt: skip


def _say(panel: Any, text: str) -> None:
    """Say in words what there is nothing to draw of."""
    panel.set_axis_off()
    panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center",
               color=style.QUIET, fontsize=10)  # fmt: skip

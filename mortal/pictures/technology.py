"""A technology in one picture: what writing does, what rest does, how reads scatter."""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from devices import Technology
from mortal.pictures import style
from mortal.pictures.measured import (
    ProgramScatter,
    PulseCurve,
    ReadScatter,
    RestCurve,
    program_scatter,
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
    with style.canvas(11.0, 4.2, columns=3) as (figure, panels):
        _title(figure, technology)
        programmed = program_scatter(technology, seed)
        if programmed is None:
            _draw_pulses(panels[0], pulse_curve(technology, seed), technology)
        else:
            _draw_programming(panels[0], programmed)
        _draw_rest(panels[1], rest_curve(technology, seed))
        _draw_reads(panels[2], read_scatter(technology, seed))
        style.save(figure, path)


def _title(figure: Any, technology: Technology) -> None:
    left = 0.012
    figure.text(left, 0.965, technology.title, va="top", fontsize=13, fontweight="bold")
    said = textwrap.fill(technology.summary, 160)
    figure.text(left, 0.895, said, va="top", color=style.QUIET, fontsize=8.5, linespacing=1.35)
    source = textwrap.shorten(f"source: {technology.source}", 190, placeholder=" ...")
    figure.text(left, 0.025, source, fontsize=7.5, color=style.QUIET)
    # Room for the words above and below the panels.
    figure.get_layout_engine().set(rect=(0.005, 0.07, 0.99, 0.72), w_pad=0.12)


def _draw_programming(panel: Any, scatter: ProgramScatter) -> None:
    style.panel_title(panel, "Write-verify")
    target, off = scatter.target * 1e6, (scatter.conductance - scatter.target) * 1e6
    panel.plot(target, off, ".", color=style.CELLS, markersize=1.6, label="single cells")
    bins = off.reshape(32, -1)
    middle, deviation = target.reshape(32, -1).mean(axis=1), bins.std(axis=1)
    for sign, label in ((1, "one standard deviation"), (-1, None)):
        line = bins.mean(axis=1) + sign * deviation
        panel.plot(middle, line, color=style.FIRST, linewidth=1.8, label=label)
    panel.set_xlim(target[0], target[-1])
    reach = 1.7 * np.quantile(np.abs(off), 0.999)
    panel.set_ylim(-reach, reach)
    panel.set_xlabel("target conductance (uS)")
    panel.set_ylabel("conductance error (uS)")
    panel.legend(loc="upper left", fontsize=7.5, handlelength=1.4)


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
        below_legend = {"ymax": 0.84, "color": style.QUIET, "linewidth": 0.8}
        panel.axvline(curve.turn, linestyle=(0, (4, 3)), **below_legend)
    for bound in (technology.cell.g_min, technology.cell.g_max):
        panel.axhline(bound * 1e6, color=style.QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
    panel.set_ylim(top=panel.get_ylim()[0] + 1.28 * np.ptp(panel.get_ylim()))
    panel.legend(loc="upper left", fontsize=7.5, handlelength=1.2, ncols=3, columnspacing=0.9)


def _draw_rest(panel: Any, curve: RestCurve | None) -> None:
    style.panel_title(panel, "Rest, unpowered")
    if curve is None:
        _say(panel, "retention:\nnot declared by the source")
        return
    _draw_cells(panel, curve.seconds[1:], curve.conductance[1:] * 1e6)
    panel.set_xscale("log")
    panel.set_xticks(
        list(_TICKS), list(_TICKS.values()), rotation=30, ha="right", rotation_mode="anchor"
    )
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
    # Narrower than the converter's step, bars would tell its levels apart and not the noise.
    width = scatter.step * np.ceil(widest / 20 / scatter.step) if scatter.step else widest / 20
    bars = int(np.ceil(widest / width))
    edges = width * np.arange(-bars - 0.5, bars + 1)
    for values, colour, what in (
        (scatter.errors, style.SECOND, "from the exact sum"),
        (scatter.repeats, style.FIRST, "from read to read"),
    ):
        weights = np.full(values.size, 100 / values.size)
        label = f"{what}, std {values.std():.2g}"
        panel.hist(values, edges, weights=weights, color=colour, alpha=0.35, linewidth=0)
        panel.hist(values, edges, weights=weights, color=colour, histtype="step", label=label)
    panel.set_xlim(edges[0], edges[-1])
    panel.set_ylim(top=1.3 * panel.get_ylim()[1])
    panel.legend(loc="upper left", fontsize=7.5, handlelength=1.4)


def _say(panel: Any, text: str) -> None:
    """Say in words what there is nothing to draw of."""
    panel.set(xticks=[], yticks=[], xlabel=" ", ylabel=" ")
    panel.spines[:].set_visible(False)
    panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center",
               color=style.QUIET, fontsize=10)  # fmt: skip

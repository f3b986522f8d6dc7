"""A measurement and the model fitted to it, in one picture."""

from pathlib import Path
from typing import Any

import numpy as np

from devices.fit import Fit
from mortal.pictures import style

__all__ = ["picture_of_fit"]

_SHOWN_DEVICES = 4


def picture_of_fit(fit: Fit, path: Path) -> None:
    """Draw the looks and the model: the trains, and the step against the conductance.

    Args:
        fit: what is drawn.
        path: a PNG, SVG or PDF file, replaced if there is one.

    Raises:
        PictureError: the file's ending is another, or matplotlib is missing.
    """
    with style.canvas(9.0, 4.0, columns=2) as (figure, panels):
        best = fit.candidates[0]
        said = f"{best.kind}, root-mean-square error of a span {best.residual * 1e6:.3g} uS"
        figure.text(0.012, 0.965, fit.technology.name, va="top", fontsize=13, fontweight="bold")
        figure.text(0.012, 0.885, said, va="top", color=style.QUIET, fontsize=8.5)
        figure.get_layout_engine().set(rect=(0.005, 0.01, 0.99, 0.83), w_pad=0.12)
        _draw_trains(panels[0], fit)
        _draw_steps(panels[1], fit)
        style.save(figure, path)


def _draw_trains(panel: Any, fit: Fit) -> None:
    style.panel_title(panel, "First cycles")
    measured = fit.measured
    for device in range(min(int(measured.device.max()) + 1, _SHOWN_DEVICES)):
        here = measured.trace == measured.trace[np.argmax(measured.device == device)]
        labels = ("measured", "model without noise") if device == 0 else (None, None)
        pulse, seen = measured.pulse[here], measured.conductance[here] * 1e6
        panel.plot(pulse, seen, ".", color=style.CELLS, markersize=3, label=labels[0])
        model = fit.predicted[here] * 1e6
        panel.plot(pulse, model, color=style.FIRST, linewidth=1.4, label=labels[1])
    panel.set_xlabel("pulses: up, then down")
    panel.set_ylabel("conductance (uS)")
    panel.set_xlim(left=0)
    bottom, top = panel.get_ylim()
    panel.set_ylim(top=bottom + 1.18 * (top - bottom))
    panel.legend(loc="upper left", fontsize=7.5, handlelength=1.4, ncols=2)


def _draw_steps(panel: Any, fit: Fit) -> None:
    style.panel_title(panel, "Step of one pulse")
    measured, spans = fit.measured, fit.measured.spans()
    seen, model = measured.conductance * 1e6, fit.steps()
    for way, colour, name in ((1, style.FIRST, "up"), (-1, style.SECOND, "down")):
        here = spans.direction == way
        middle = (seen[spans.start[here]] + seen[spans.end[here]]) / 2
        step = np.abs(seen[spans.end[here]] - seen[spans.start[here]]) / spans.pulses[here]
        panel.plot(middle, step, ".", color=colour, markersize=4, alpha=0.45, markeredgewidth=0)
        line = model[1 if way > 0 else 2] * 1e6
        panel.plot(model[0] * 1e6, line, color=colour, linewidth=1.8, label=f"mean cell, {name}")
    panel.set_xlabel("conductance (uS)")
    panel.set_ylabel("change by one pulse (uS)")
    panel.set_ylim(bottom=0)
    panel.legend(loc="best", fontsize=7.5, handlelength=1.4)

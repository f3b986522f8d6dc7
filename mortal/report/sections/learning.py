"""Learning: how right devices were while they trained, epoch by epoch."""

import numpy as np

from mortal.report import words
from mortal.report.figure import colour_of, drawing
from mortal.report.history import History
from mortal.report.markup import Markup, Row, num, table
from mortal.report.moments import LEARNT_FROM
from mortal.report.sections.section import Section, folded, said

__all__ = ["learning"]

_MOST_LINES = 30
_MOST_COURSES = 60


def learning(history: History) -> Section:
    """Return the training curves, and what they cost."""
    courses: dict[tuple[str, str], list[int]] = {}
    for cohort, at, _, step in history.events("epoch"):
        courses.setdefault((cohort, step), []).append(at)
    if not courses:
        return Section("learning", "Learning", [said("No epoch of learning is in the log.")])
    parts = [_curves(history, courses)]
    parts.append(folded(len(courses), "Every course", _table(history, courses)))
    return Section("learning", "Learning", parts)


def _curves(history: History, courses: dict[tuple[str, str], list[int]]) -> Markup:
    caption = (
        "Agreement with the targets while training, epoch by epoch: the mean, and the middle 80 % "
        "of devices. Full lines learn from labels, dashed ones from answers of others."
    )
    shown = list(courses.items())[:_MOST_COURSES]
    if len(shown) < len(courses):
        caption += f" The first {len(shown)} of {len(courses):,} courses."
    with drawing(9.2, 3.6, "learning", "Training curves", caption) as drawn:
        panel = drawn.panel
        named: set[tuple[str, str]] = set()
        for (cohort, _), epochs in shown:
            group = history.cohort(cohort)
            values = group["epoch_accuracy"].values[epochs]
            values = np.where(group["epoch_present"].values[epochs] == 1, values, np.nan)
            keep = np.isfinite(values).any(axis=1)
            if not keep.any():
                continue
            x = np.asarray(group["epoch_number"].values[epochs])[keep] + 1
            values = values[keep]
            kind = str(group["epoch_kind"].values[epochs[0]])
            colour = colour_of(history.cohorts, cohort)
            dashes = "solid" if kind == "train" else (0, (4, 2))
            low, high = np.nanquantile(values, (0.1, 0.9), axis=1)
            panel.fill_between(x, low, high, color=colour, alpha=0.14, linewidth=0)
            label = None
            if (cohort, kind) not in named and len(named) < 10:
                label = f"{cohort}, from {LEARNT_FROM.get(kind, kind)}"
            named.add((cohort, kind))
            panel.plot(x, np.nanmean(values, axis=1), "o", linestyle=dashes, color=colour,
                       markersize=3.2, linewidth=1.8, label=label)  # fmt: skip
        panel.set_ylim(0, 1.005)
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.set_xlabel("epoch")
        panel.set_ylabel("agreement with the targets")
        drawn.figure.legend(loc="outside upper left", ncols=4, fontsize=8, handlelength=2.2)
    return drawn.markup


def _table(history: History, courses: dict[tuple[str, str], list[int]]) -> Markup:
    rows: list[Row] = []
    for (cohort, step), epochs in courses.items():
        group = history.cohort(cohort)
        there = group["epoch_present"].values[epochs] == 1
        anybody = there.any(axis=0)
        accuracy = np.where(there, group["epoch_accuracy"].values[epochs], np.nan)
        pulses = np.where(there, group["epoch_pulses"].values[epochs], 0).sum(axis=0)[anybody]
        energy = np.where(there, group["epoch_energy"].values[epochs], 0).sum(axis=0)[anybody]
        first, last = (_mean(accuracy[at]) for at in (0, -1))
        kind = str(group["epoch_kind"].values[epochs[0]])
        rows.append(
            [
                num(int(group["epoch_sequence"].values[epochs[0]]), step),
                cohort,
                LEARNT_FROM.get(kind, kind),
                num(int(anybody.sum()), f"{int(anybody.sum()):,}"),
                num(len(epochs), f"{len(epochs):,}"),
                num(first, words.fraction(first)),
                num(last, words.fraction(last)),
                num(_mean(pulses), words.count(_mean(pulses))),
                num(_mean(energy), words.energy(_mean(energy))),
            ]
        )
    head = ["step", "cohort", "from", "devices", "epochs", "first epoch", "last epoch",
            "pulses a device", "energy a device"]  # fmt: skip
    caption = "Means over devices that took part; pulses and energy are those of the whole course."
    return table(caption, head, rows)


def _mean(values: object) -> float:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else float("nan")

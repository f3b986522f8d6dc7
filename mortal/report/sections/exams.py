"""Exams: each device a dot, against chance and against the other arms of the same step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from mortal.pictures import style
from mortal.report import words
from mortal.report.differences import welch
from mortal.report.figure import colour_of, drawing
from mortal.report.history import History
from mortal.report.markup import Cell, Markup, Row, num, table, tag
from mortal.report.moments import present
from mortal.report.sections.section import Section, folded, said

__all__ = ["Sitting", "exams", "sittings"]

_MOST_STRIPS = 36
_MOST_DOTS = 300
_MOST_PAIRS = 60


@dataclass(frozen=True)
class Sitting:
    """An exam of one cohort and generation.

    Attributes:
        sequence, step: where in the story.
        cohort, generation: whose.
        data: split examined on.
        chance: accuracy of guessing.
        majority: accuracy of naming the largest class; NaN where the log does not say.
        serial: `[device]`, who sat it.
        accuracy: `[device]`.
        age: `[device]`, s.
        energy: `[device]`, J since birth.
        alive: how many live on.
    """

    sequence: int
    step: str
    cohort: str
    generation: int
    data: str
    chance: float
    majority: float
    serial: npt.NDArray[np.int64]
    accuracy: npt.NDArray[np.float64]
    age: npt.NDArray[np.float64]
    energy: npt.NDArray[np.float64]
    alive: int


def sittings(history: History) -> list[Sitting]:
    """Return every exam, by cohort and generation, in the order of the story."""
    found = []
    for cohort, at, sequence, step in history.events("exam"):
        group = history.cohort(cohort)
        for generation, who in present(history, cohort, "exam", at).items():
            found.append(
                Sitting(
                    sequence, step, cohort, generation, str(group["exam_data"].values[at]),
                    float(group["exam_chance"].values[at]),
                    float(group["exam_majority"].values[at]), group["serial"].values[who],
                    group["exam_accuracy"].values[at][who], group["exam_age"].values[at][who],
                    group["exam_energy"].values[at][who],
                    int((group["exam_alive"].values[at][who] == 1).sum()),
                )
            )  # fmt: skip
    return found


def exams(history: History) -> Section:
    """Return the exams, their spread, chance, and the differences between arms."""
    sat = sittings(history)
    if not sat:
        nothing = "Nobody was examined; a story examines with `examine: {cohort: NAME}`."
        return Section("exams", "Exams", [said(nothing)])
    parts = [_strips(history, sat) if len(sat) <= _MOST_STRIPS else _courses(history, sat)]
    parts.append(folded(len(sat), "Every exam", _exam_table(sat), 20))
    pairs = list(_pairs(sat))
    if pairs:
        parts += [tag("h3", "Arms of the same step"), _arms(pairs)]
    return Section("exams", "Exams", parts)


def _strips(history: History, sat: list[Sitting]) -> Markup:
    caption = (
        "A dot is a device, the bar the mean of them with its 95 % interval (Student's t), the "
        "dashed line chance. Cohorts that were overwritten by copies are marked: the control arm."
    )
    if any(one.accuracy.size > _MOST_DOTS for one in sat):
        caption += f" Of more than {_MOST_DOTS} devices, {_MOST_DOTS} evenly by rank are drawn."
    copied = {name for name, _, _, _ in history.events("copy")}
    draws = np.random.default_rng(0)
    height = 0.85 + 0.42 * len(sat)
    with drawing(9.2, height, "exams", "Accuracy of devices by exam", caption) as drawn:
        panel = drawn.panel
        for at, one in enumerate(sat):
            colour = colour_of(history.cohorts, one.cohort)
            shown = np.sort(one.accuracy[np.isfinite(one.accuracy)])
            if shown.size > _MOST_DOTS:
                shown = shown[np.linspace(0, shown.size - 1, _MOST_DOTS).astype(int)]
            off = draws.uniform(-0.24, 0.24, shown.size)
            panel.plot(shown, at + off, "o", color=colour, markersize=4.2, alpha=0.45,
                       markeredgewidth=0)  # fmt: skip
            mean, low, high = words.interval(one.accuracy, within=(0, 1))
            panel.plot([low, high], [at, at], color=style.INK, linewidth=1.6, zorder=4)
            panel.plot([mean, mean], [at - 0.3, at + 0.3], color=style.INK, linewidth=2.2, zorder=4)
            panel.plot([one.chance] * 2, [at - 0.5, at + 0.5], color=style.QUIET, linewidth=1.2,
                       linestyle=(0, (3, 2)), zorder=1)  # fmt: skip
        labels = [
            f"{one.cohort}{' (copied)' if one.cohort in copied else ''}, step {one.step}, "
            f"{words.age(float(np.nanmedian(one.age)))}"
            for one in sat
        ]
        panel.set_yticks(range(len(sat)), labels)
        panel.tick_params(axis="y", length=0)
        panel.grid(visible=False, axis="y")
        panel.spines["left"].set_visible(False)
        panel.set_ylim(len(sat) - 0.4, -0.6)
        panel.set_xlim(0, 1.005)
        panel.set_xlabel("accuracy")
    return drawn.markup


def _courses(history: History, sat: list[Sitting]) -> Markup:
    caption = (
        "Mean accuracy at each exam and the middle 80 % of devices, in the order of the story; the "
        "dashed line is chance."
    )
    with drawing(9.2, 4.2, "exams", "Accuracy by exam", caption) as drawn:
        panel = drawn.panel
        order = {number: at for at, number in enumerate(sorted({one.sequence for one in sat}))}
        for cohort in history.cohorts:
            own = [one for one in sat if one.cohort == cohort]
            if not own:
                continue
            colour = colour_of(history.cohorts, cohort)
            x = [order[one.sequence] for one in own]
            low, high = np.array([np.nanquantile(one.accuracy, (0.1, 0.9)) for one in own]).T
            panel.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
            mean = [np.nanmean(one.accuracy) for one in own]
            label = cohort if len(history.cohorts) <= 10 else None
            panel.plot(x, mean, "o-", color=colour, markersize=3.5, linewidth=1.6, label=label)
        panel.plot([order[one.sequence] for one in sat], [one.chance for one in sat],
                   color=style.QUIET, linewidth=1.2, linestyle=(0, (3, 2)))  # fmt: skip
        panel.set_ylim(0, 1.005)
        panel.set_xlabel("exam, in the order of the story")
        panel.set_ylabel("accuracy")
        if len(history.cohorts) <= 10:
            drawn.figure.legend(loc="outside upper left", ncols=5, fontsize=8)
    return drawn.markup


def _exam_table(sat: list[Sitting]) -> Markup:
    rows: list[Row] = []
    for one in sat:
        mean, low, high = words.interval(one.accuracy, within=(0, 1))
        spread = float(np.nanstd(one.accuracy, ddof=1)) if one.accuracy.size > 1 else float("nan")
        rows.append(
            [
                num(one.sequence, one.step),
                one.cohort,
                num(one.generation, str(one.generation)),
                one.data,
                num(one.accuracy.size, f"{one.accuracy.size:,}"),
                num(float(np.nanmedian(one.age)), words.age(float(np.nanmedian(one.age)))),
                num(mean, words.fraction(mean)),
                _range(low, high),
                num(spread, words.fraction(spread)),
                num(float(np.nanmin(one.accuracy)), words.fraction(float(np.nanmin(one.accuracy)))),
                num(float(np.nanmax(one.accuracy)), words.fraction(float(np.nanmax(one.accuracy)))),
                num(one.chance, words.fraction(one.chance)),
                num(one.majority, words.fraction(one.majority)),
                num(one.alive, f"{one.alive:,}"),
            ]
        )
    head = ["step", "cohort", "generation", "data", "devices", "age", "mean", "95 % interval",
            "deviation", "min", "max", "chance", "largest class", "live on"]  # fmt: skip
    caption = (
        "Accuracy of devices. The age is the median; the interval is that of the mean over devices "
        "of this run, by Student's t."
    )
    if all(one.generation == 0 for one in sat):
        head.remove("generation")
        rows = [[*row[:2], *row[3:]] for row in rows]
    return table(caption, head, rows)


def _pairs(sat: list[Sitting]) -> Iterator[tuple[Sitting, Sitting]]:
    """Yield exams of two cohorts at one step, on the same data."""
    by_step: dict[tuple[str, str], list[Sitting]] = {}
    for one in sat:
        by_step.setdefault((one.step, one.data), []).append(one)
    for together in by_step.values():
        for one, other in combinations(together, 2):
            if one.cohort != other.cohort:
                yield one, other


def _arms(pairs: list[tuple[Sitting, Sitting]]) -> Markup:
    rows: list[Row] = []
    for one, other in pairs[:_MOST_PAIRS]:
        found = welch(one.accuracy, other.accuracy)
        rows.append(
            [
                num(one.sequence, one.step),
                f"{one.cohort} − {other.cohort}",
                num(found.mean, words.signed(found.mean)),
                _range(found.low, found.high, words.signed),
                num(one.accuracy.size, f"{one.accuracy.size:,}"),
                num(other.accuracy.size, f"{other.accuracy.size:,}"),
            ]
        )
    caption = "Differences of mean accuracy with their 95 % intervals (Welch's t over devices)."
    if len(pairs) > len(rows):
        caption += f" The first {len(rows)} of {len(pairs):,}."
    head = ["step", "arms", "difference", "95 % interval", "devices of one", "of the other"]
    return folded(len(rows), "Every pair", table(caption, head, rows), 20)


def _range(low: float, high: float, show: Callable[[float], str] = words.fraction) -> Cell:
    return num(high - low, f"{show(low)} to {show(high)}")

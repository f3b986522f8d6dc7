"""Teaching: what passed from teachers to students, and how alike they answer for it."""

import numpy as np
import numpy.typing as npt

from mortal.pictures import style
from mortal.report import words
from mortal.report.differences import paired
from mortal.report.figure import colour_of, drawing
from mortal.report.history import History
from mortal.report.markup import Markup, Row, num, table, tag
from mortal.report.moments import named_teachers
from mortal.report.sections.section import Section, folded, said

__all__ = ["teaching"]

Array = npt.NDArray[np.float64]

_MOST_LINES = 200
_MOST_ROWS = 36


def teaching(history: History) -> Section:
    """Return the lessons of the story: bits, and agreement before and after."""
    title = "Teaching"
    lessons, rounds = history.events("transfer"), history.events("mutual")
    if not lessons and not rounds:
        nobody = "Nobody taught anybody; a story does with `distil: {from: NAME, to: NAME}`."
        return Section("teaching", title, [said(nobody)])
    parts: list[Markup] = []
    if lessons:
        parts.append(_picture(history, lessons[:_MOST_ROWS], len(lessons)))
        parts.append(folded(len(lessons), "Every lesson", _table(history, lessons)))
    if rounds:
        parts.append(tag("h3", "Peers"))
        parts.append(folded(len(rounds), "Every round", _rounds(history, rounds)))
    return Section("teaching", title, parts)


def _rounds(history: History, rounds: list[tuple[str, int, int, str]]) -> Markup:
    rows: list[Row] = []
    for cohort, at, sequence, step in rounds:
        group = history.cohort(cohort)
        who = group["mutual_present"].values[at] == 1
        alike = words.interval(group["mutual_agreement"].values[at][who], within=(0, 1))
        peers, asked, heard = (
            float(np.nanmean(group[f"mutual_{name}"].values[at][who].astype(np.float64)))
            for name in ("peers", "asked", "bits")
        )
        number = int(group["mutual_round"].values[at])
        rows.append(
            [
                num(sequence, step),
                num(number, str(number)),
                cohort,
                num(int(who.sum()), f"{int(who.sum()):,}"),
                num(peers, words.plain(peers)),
                num(asked, words.count(asked)),
                num(heard, words.bits(heard)),
                num(alike[0], words.fraction(alike[0])),
                num(alike[1], f"{words.fraction(alike[1])} to {words.fraction(alike[2])}"),
            ]
        )
    head = ["step", "round", "cohort", "devices", "peers", "asked", "answers' size", "agreement",
            "95 % interval"]  # fmt: skip
    caption = (
        "Rounds in which peers teach each other; round 0 is of the labels that they own. Means "
        "over devices: agreement with the other peers before the round."
    )
    return table(caption, head, rows)


def _agreements(history: History, cohort: str, at: int) -> tuple[Array, Array]:
    """Return agreement with the teacher before and after, of those who were there."""
    group = history.cohort(cohort)
    who = group["transfer_present"].values[at] == 1
    before, after = (group[f"transfer_agreement_{when}"].values[at] for when in ("before", "after"))
    return before[who], after[who]


def _stage(history: History, cohort: str, at: int) -> int:
    group = history.cohort(cohort)
    return int(group["transfer_stage"].values[at]) if "transfer_stage" in group else 0


def _step(history: History, cohort: str, at: int, step: str) -> str:
    """Return a step, and which of its stages, where a curriculum has several."""
    steps = history.cohort(cohort)["transfer_step"].values.astype(str)
    is_alone = (steps == step).sum() == 1
    return step if is_alone else f"{step}, stage {_stage(history, cohort, at)}"


def _name(history: History, lesson: tuple[str, int, int, str]) -> str:
    cohort, at, _, step = lesson
    return f"{cohort}, step {_step(history, cohort, at, step)}"


def _picture(history: History, lessons: list[tuple[str, int, int, str]], all_of: int) -> Markup:
    caption = (
        "Agreement of students with their teachers, from before (open) to after (filled) the "
        "lesson; a line is a student, the bars are means."
    )
    if len(lessons) < all_of:
        caption += f" The first {len(lessons)} of {all_of:,} lessons."
    draws = np.random.default_rng(0)
    height = 0.85 + 0.5 * len(lessons)
    with drawing(9.2, height, "teaching", "Agreement with the teacher", caption) as drawn:
        panel = drawn.panel
        for at, (cohort, index, _, _) in enumerate(lessons):
            before, after = _agreements(history, cohort, index)
            colour = colour_of(history.cohorts, cohort)
            shown = np.flatnonzero(np.isfinite(after))
            if shown.size > _MOST_LINES:
                shown = shown[np.linspace(0, shown.size - 1, _MOST_LINES).astype(int)]
            y = at + draws.uniform(-0.26, 0.26, shown.size)
            panel.hlines(y, before[shown], after[shown], color=colour, linewidth=0.7, alpha=0.3)
            panel.plot(before[shown], y, "o", markersize=3.4, markerfacecolor="none",
                       markeredgecolor=colour, markeredgewidth=0.8, alpha=0.6)  # fmt: skip
            panel.plot(after[shown], y, "o", color=colour, markersize=4, alpha=0.6,
                       markeredgewidth=0)  # fmt: skip
            for values in (before, after):
                mean, low, high = words.interval(values, within=(0, 1))
                panel.plot([low, high], [at, at], color=style.INK, linewidth=1.6, zorder=4)
                panel.plot([mean] * 2, [at - 0.33, at + 0.33], color=style.INK, linewidth=2.2,
                           zorder=4)  # fmt: skip
        panel.set_yticks(range(len(lessons)), [_name(history, one) for one in lessons])
        panel.tick_params(axis="y", length=0)
        panel.grid(visible=False, axis="y")
        panel.spines["left"].set_visible(False)
        panel.set_ylim(len(lessons) - 0.4, -0.6)
        panel.set_xlim(0, 1.005)
        panel.set_xlabel("agreement with the teacher")
    return drawn.markup


def _table(history: History, lessons: list[tuple[str, int, int, str]]) -> Markup:
    rows: list[Row] = []
    for cohort, at, sequence, step in lessons:
        group = history.cohort(cohort)
        who = group["transfer_present"].values[at] == 1
        before, after = _agreements(history, cohort, at)
        asked, passed, about = (
            float(np.nanmean(group[f"transfer_{name}"].values[at][who].astype(np.float64)))
            for name in ("asked", "bits", "input_bits")
        )
        gained = paired(after, before)
        first, last = (words.interval(part, within=(0, 1)) for part in (before, after))
        rows.append(
            [
                num(
                    sequence + 1e-3 * _stage(history, cohort, at), _step(history, cohort, at, step)
                ),
                cohort,
                named_teachers(history, cohort, at),
                num(int(who.sum()), f"{int(who.sum()):,}"),
                str(group["transfer_kind"].values[at]),
                num(asked, words.count(asked)),
                num(passed, words.bits(passed)),
                num(about, words.bits(about)),
                num(first[0], words.fraction(first[0])),
                num(last[0], words.fraction(last[0])),
                num(last[1], f"{words.fraction(last[1])} to {words.fraction(last[2])}"),
                num(gained.mean, words.signed(gained.mean)),
                num(gained.low, f"{words.signed(gained.low)} to {words.signed(gained.high)}"),
            ]
        )
    head = ["step", "students", "teachers", "devices", "answers", "asked", "answers' size",
            "inputs' size", "before", "after", "95 % interval", "gained",
            "interval of it"]  # fmt: skip
    caption = (
        "Means over students of agreement with the teacher, their 95 % intervals (Student's t), "
        "and what each gained. Sizes are information per student: of the answers, and of the "
        "inputs that were asked about."
    )
    return table(caption, head, rows)

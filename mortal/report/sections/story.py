"""The story as a timeline: cohorts and generations as lines of life, steps as marks on them."""

from collections.abc import Callable
from typing import Any

from mortal.pictures import style
from mortal.report.figure import COHORTS, colour_of, drawing
from mortal.report.history import History
from mortal.report.markup import Markup, Row, num, table
from mortal.report.moments import Moment, moments_of
from mortal.report.sections.section import Section, folded, said

__all__ = ["story"]

_MOST_ROWS = 40
_MOST_MOMENTS = 300
_ASIDE = 0.22
"""Deaths stand beside the exam that noticed them, in steps."""
_MARKS = {
    "train": ("learns from labels", "s", 7),
    "distil": ("learns from answers", "D", 6.5),
    "mutual": ("peers teach each other", "p", 8),
    "exam": ("examined", "o", 6),
    "ageing": ("ages", "_", 14),
    "copy": ("overwritten by a copy", "P", 7.5),
    "death": ("somebody dies", "X", 7.5),
    "buried": ("buried", "|", 9),
}


def story(history: History) -> Section:
    """Return the timeline and the list of what happened."""
    moments = moments_of(history)
    parts = [said(_summary(history, moments))]
    if moments:
        parts.append(_timeline(history, moments))
    shown = moments[:_MOST_MOMENTS]
    rows: list[Row] = [
        [
            num(one.sequence, "birth" if one.step == "birth" else one.step),
            one.cohort,
            num(one.generation, str(one.generation)),
            num(one.devices, f"{one.devices:,}"),
            one.words,
        ]
        for one in shown
    ]
    caption = "What happened, in the order of the story."
    if len(moments) > len(shown):
        caption += f" The first {len(shown)} of {len(moments):,} moments."
    head = ["step", "cohort", "generation", "devices", "what happened"]
    parts.append(folded(len(rows), "Every step", table(caption, head, rows), 8))
    return Section("story", "The story", parts)


def _summary(history: History, moments: list[Moment]) -> str:
    devices = history.devices
    generations = int(devices["generation"].max()) + 1
    died = int((devices["death_cause"].isin(["accuracy", "stuck"])).sum())
    buried = int((devices["death_cause"] == "buried").sum())
    steps = len({one.step for one in moments if one.step != "birth"})
    cohorts = len(history.cohorts)
    said_of_ends = f"{died:,} died" if died else "Nobody died"
    said_of_ends += f", {buried:,} were buried." if buried else "."
    return (
        f"{len(devices):,} devices in {cohorts} cohort{'s' * (cohorts != 1)} and {generations} "
        f"generation{'s' * (generations != 1)} lived {steps} steps. {said_of_ends}"
    )


def _timeline(history: History, moments: list[Moment]) -> Markup:
    lines = sorted(
        {(one.cohort, one.generation) for one in moments},
        key=lambda line: (history.cohorts.index(line[0]), line[1]),
    )
    with_generations = len(lines) <= _MOST_ROWS
    if not with_generations:
        lines = [(name, -1) for name in history.cohorts[:_MOST_ROWS]]
    row_of = {line: at for at, line in enumerate(lines)}

    def row(cohort: str, generation: int) -> int | None:
        return row_of.get((cohort, generation if with_generations else -1))

    steps = list(dict.fromkeys(one.step for one in moments))
    column_of = {step: at for at, step in enumerate(steps)}
    caption = (
        "From left to right the steps of the story, one line a cohort"
        + (" and generation" if len(lines) > len(history.cohorts) else "")
        + ". Arrows lead from teachers to students, dashed ones from originals to copies."
    )
    if len(lines) < len(history.cohorts):
        caption += f" The first {len(lines)} of {len(history.cohorts)} cohorts."
    height = 1.15 + 0.42 * len(lines)
    with drawing(9.2, height, "story", "Timeline of the story", caption) as drawn:
        panel = drawn.panel
        panel.grid(visible=False)
        seen: dict[tuple[str, int], list[int]] = {}
        for one in moments:
            if row(one.cohort, one.generation) is not None:
                line = (one.cohort, one.generation if with_generations else -1)
                seen.setdefault(line, []).append(column_of[one.step])
        for line, columns in seen.items():
            colour = colour_of(history.cohorts, line[0])
            at = row_of[line]
            panel.plot([min(columns), max(columns)], [at, at], color=colour, linewidth=2.2,
                       alpha=0.35, solid_capstyle="round", zorder=1)  # fmt: skip
        for kind, (label, marker, size) in _MARKS.items():
            of_kind = [one for one in moments if one.kind == kind]
            for one in of_kind:
                y = row(one.cohort, one.generation)
                if y is not None:
                    colour = colour_of(history.cohorts, one.cohort)
                    x = column_of[one.step] + (_ASIDE if kind == "death" else 0)
                    panel.plot(x, y, marker, color=colour, markersize=size,
                               markeredgewidth=2 if marker in "_|" else 0, zorder=3)  # fmt: skip
            if of_kind:
                panel.plot([], [], marker, color=style.QUIET, markersize=size * 0.85, label=label,
                           markeredgewidth=2 if marker in "_|" else 0)  # fmt: skip
        for one in moments:
            _draw_arrows(history, panel, one, row, column_of[one.step])
        panel.set_yticks(range(len(lines)), [_line_name(lines, line) for line in lines])
        for label, line in zip(panel.get_yticklabels(), lines, strict=True):
            label.set_color(COHORTS[history.cohorts.index(line[0]) % len(COHORTS)])
        panel.tick_params(axis="y", length=0)
        every = max(1, len(steps) // 18)
        panel.set_xticks(range(0, len(steps), every), steps[::every])
        panel.set_xlabel("step")
        panel.set_xlim(-0.4, len(steps) - 0.6)
        panel.set_ylim(len(lines) - 0.45, -0.55)
        panel.spines["left"].set_visible(False)
        if any(one.kind in _MARKS for one in moments):  # births alone have no mark
            drawn.figure.legend(loc="outside upper left", ncols=7, fontsize=8, handlelength=1.2,
                                columnspacing=1.4, handletextpad=0.4)  # fmt: skip
    return drawn.markup


def _draw_arrows(
    history: History,
    panel: Any,
    one: Moment,
    row: Callable[[str, int], int | None],
    column: int,
) -> None:
    """Draw who taught, or was copied by, the devices of a moment."""
    if one.kind not in ("lesson", "copy"):
        return
    to = row(one.cohort, one.generation)
    for cohort, generation in one.other:
        start = row(cohort, generation)
        if start is None or to is None or start == to:
            continue
        colour = colour_of(history.cohorts, cohort)
        dashes = "solid" if one.kind == "lesson" else (0, (3, 2))
        shape = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.3, "linestyle": dashes}
        panel.annotate("", (column, to), (column, start), zorder=2,
                       arrowprops=shape | {"shrinkA": 2, "shrinkB": 5})  # fmt: skip


def _line_name(lines: list[tuple[str, int]], line: tuple[str, int]) -> str:
    cohort, generation = line
    is_alone = sum(name == cohort for name, _ in lines) == 1
    return cohort if is_alone else f"{cohort}, generation {generation}"

"""Answers: who answers like whom, as a map and as agreement between cohorts."""

import numpy as np

from mortal.analysis import (
    AnswerMap,
    LoggedAnswers,
    agreement_matrix,
    answer_distances,
    draw_map,
    lessons,
    logged_answers,
)
from mortal.errors import AnalysisError
from mortal.pictures import style
from mortal.report import words
from mortal.report.figure import colour_of, drawing
from mortal.report.history import History
from mortal.report.markup import Markup, Row, num, table
from mortal.report.sections.section import Section, said

__all__ = ["answers"]

_MOST_DEVICES = 1500
_MOST_ARROWS = 600
_MOST_COHORTS = 12
_NEIGHBOURS = 30


def answers(history: History) -> Section:
    """Return the map of devices by what they answer, if the log holds answers."""
    title = "Who answers like whom"
    try:
        given = logged_answers(history.tree)
    except AnalysisError:
        nothing = (
            "There is no map of the devices, for the log holds no answers; a story logs them with "
            "`examine: {cohort: NAME, answers: 200}`."
        )
        return Section("answers", title, [said(nothing)])
    given, note = _some(given)
    parts: list[Markup] = []
    try:
        distances = answer_distances(given.answers)
        neighbours = min(_NEIGHBOURS, len(distances) - 1)
        drawn = draw_map(distances, neighbours=neighbours)
        parts.append(_map(history, given, drawn, note))
    except AnalysisError as error:
        parts.append(said(f"There is no map: {error}.", "note"))
    parts.append(_agreement(history, given))
    return Section("answers", title, parts)


def _some(given: LoggedAnswers) -> tuple[LoggedAnswers, str]:
    """Return at most so many devices, evenly by serial number, and a sentence if some are out."""
    count = given.serial.size
    if count <= _MOST_DEVICES:
        return given, ""
    at = np.linspace(0, count - 1, _MOST_DEVICES).astype(int)
    kept = LoggedAnswers(
        given.serial[at], given.cohort[at], given.sequence[at], given.question, given.answers[at]
    )
    return kept, f" {_MOST_DEVICES:,} of {count:,} devices are drawn, evenly by serial number."


def _map(history: History, given: LoggedAnswers, found: AnswerMap, note: str) -> Markup:
    caption = (
        f"Devices placed by their answers to {given.question.size} questions (t-SNE by "
        f"{found.neighbours} neighbours): who is near answers alike; sizes of groups and gaps mean "
        "little. Arrows lead from teachers to students. Trustworthiness "
        f"{found.trustworthiness:.3f}: 1 if neighbours on the map are neighbours in truth, about "
        f"0.5 by chance.{note}"
    )
    with drawing(9.2, 5.6, "answers", "Map of devices by their answers", caption) as drawn:
        panel = drawn.panel
        place = dict(zip(given.serial.tolist(), found.positions, strict=True))
        taught = lessons(history.tree)
        arrows = list(zip(taught.teacher.tolist(), taught.student.tolist(), strict=True))
        arrows = [pair for pair in arrows if pair[0] in place and pair[1] in place]
        if arrows:
            start, end = (
                np.array([place[pair[which]] for pair in arrows[:_MOST_ARROWS]]) for which in (0, 1)
            )
            panel.quiver(*start.T, *(end - start).T, angles="xy", scale_units="xy", scale=1,
                         width=0.0012, headwidth=7, headlength=9, headaxislength=9,
                         color=style.QUIET, alpha=0.45, zorder=1)  # fmt: skip
        for cohort in dict.fromkeys(given.cohort.tolist()):
            at = given.cohort == cohort
            label = cohort if len(history.cohorts) <= _MOST_COHORTS else None
            panel.plot(*found.positions[at].T, "o", color=colour_of(history.cohorts, cohort),
                       markersize=5.5, alpha=0.8, markeredgewidth=0, label=label)  # fmt: skip
        panel.set_aspect("equal", "datalim")
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(False)
        if len(history.cohorts) <= _MOST_COHORTS:
            drawn.figure.legend(loc="outside upper left", ncols=6, fontsize=8)
    return drawn.markup


def _agreement(history: History, given: LoggedAnswers) -> Markup:
    """Return how often devices of two cohorts name the same class."""
    alike = agreement_matrix(given.answers)
    present = [name for name in history.cohorts if (given.cohort == name).any()][:_MOST_COHORTS]
    rows: list[Row] = []
    for one in present:
        row: Row = [one]
        for other in present:
            here, there = (np.flatnonzero(given.cohort == name) for name in (one, other))
            block = alike[np.ix_(here, there)]
            if one == other:
                block = block[~np.eye(len(block), dtype=bool)]
            mean = float(block.mean()) if block.size else float("nan")
            row.append(num(mean, words.fraction(mean)))
        rows.append(row)
    caption = (
        "Fraction of questions on which two devices name the same class, mean over pairs of "
        "devices of two cohorts at their last exams with answers."
    )
    return table(caption, ["cohort", *present], rows)

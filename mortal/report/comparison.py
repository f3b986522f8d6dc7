"""Two runs side by side: what was set otherwise, and what came of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mortal.pictures import style
from mortal.report import words
from mortal.report.differences import Difference, paired, welch
from mortal.report.figure import COHORTS, drawing
from mortal.report.history import History
from mortal.report.markup import Markup, Row, num, table
from mortal.report.sections.exams import Sitting, sittings
from mortal.report.sections.section import Section, said

__all__ = ["comparison", "matches"]

_MOST_SETTINGS = 200
_MOST_SHOWN = 60


@dataclass(frozen=True)
class Match:
    """An exam that both runs held: of one cohort and generation, at one step, on the same split.

    Attributes:
        one, other: the exam in A and in B.
        difference: B - A.
    """

    one: Sitting
    other: Sitting
    difference: Difference


def matches(first: History, second: History) -> list[Match]:
    """Return the exams of two runs that match, in the order of the first.

    Devices are held against themselves where seed, technology as declared, and serial number agree
    for all that sat both; else the groups are compared (Welch).
    """
    there = _by_place(second)
    found = []
    for place, one in _by_place(first).items():
        if place in there:
            found.append(Match(one, there[place], _difference(first, second, one, there[place])))
    return found


def comparison(first: History, second: History) -> list[Section]:
    """Return the chapters of a comparison."""
    found = matches(first, second)
    sections = [Section("settings", "What was set otherwise", [_settings(first, second)])]
    if not found:
        nothing = (
            "No exam of A matches one of B: an exam matches where cohort, generation, step and "
            "data have the same names."
        )
        return [*sections, Section("exams", "Exams", [said(nothing)])]
    parts = [_picture(found[:_MOST_SHOWN]), _table(found)]
    counts = [len(sittings(history)) - len(found) for history in (first, second)]
    if any(counts):
        parts.append(said(f"Without a match: {counts[0]} exams of A and {counts[1]} of B.", "note"))
    return [*sections, Section("exams", "Exams that match", parts)]


def _by_place(history: History) -> dict[tuple[Any, ...], Sitting]:
    """Return exams by cohort, generation, step, data, and which of them it is."""
    seen: Counter[tuple[Any, ...]] = Counter()
    found = {}
    for one in sittings(history):
        place = (one.cohort, one.generation, one.step, one.data)
        found[(*place, seen[place])] = one
        seen[place] += 1
    return found


def _difference(first: History, second: History, one: Sitting, other: Sitting) -> Difference:
    technologies = [
        history.declared(sitting.cohort).get("technology")
        for history, sitting in ((first, one), (second, other))
    ]
    common, here, there = np.intersect1d(one.serial, other.serial, return_indices=True)
    is_same = (
        first.seed is not None
        and first.seed == second.seed
        and technologies[0] is not None
        and technologies[0] == technologies[1]
    )
    if is_same and common.size == one.serial.size == other.serial.size:
        return paired(other.accuracy[there], one.accuracy[here])
    return welch(other.accuracy, one.accuracy)


def _picture(found: list[Match]) -> Markup:
    caption = (
        "Accuracy in B minus accuracy in A at exams that match, with 95 % intervals over devices; "
        "right of the line B is better. Filled: each device against itself."
    )
    height = 0.9 + 0.36 * len(found)
    with drawing(9.2, height, "compare", "Differences between the runs", caption) as drawn:
        panel = drawn.panel
        for at, one in enumerate(found):
            difference = one.difference
            panel.plot([difference.low, difference.high], [at, at], color=COHORTS[0], linewidth=2)
            panel.plot(difference.mean, at, "o", color=COHORTS[0], markersize=7,
                       markerfacecolor=COHORTS[0] if difference.is_paired else "#ffffff",
                       markeredgewidth=1.8)  # fmt: skip
        panel.axvline(0, color=style.QUIET, linewidth=1.2, linestyle=(0, (3, 2)))
        panel.set_yticks(range(len(found)), [_name(one.one) for one in found])
        panel.tick_params(axis="y", length=0)
        panel.grid(visible=False, axis="y")
        panel.spines["left"].set_visible(False)
        panel.set_ylim(len(found) - 0.4, -0.6)
        panel.set_xlabel("accuracy, B − A")
    return drawn.markup


def _table(found: list[Match]) -> Markup:
    rows: list[Row] = []
    for match in found:
        mean = [words.interval(one.accuracy)[0] for one in (match.one, match.other)]
        difference = match.difference
        shown = f"{words.signed(difference.low)} to {words.signed(difference.high)}"
        rows.append(
            [
                _name(match.one),
                match.one.data,
                num(match.one.accuracy.size, f"{match.one.accuracy.size:,}"),
                num(match.other.accuracy.size, f"{match.other.accuracy.size:,}"),
                num(mean[0], words.fraction(mean[0])),
                num(mean[1], words.fraction(mean[1])),
                num(difference.mean, words.signed(difference.mean)),
                num(difference.low, shown),
                "each with itself" if difference.is_paired else "groups",
            ]
        )
    head = ["exam", "data", "devices in A", "devices in B", "A", "B", "B − A", "95 % interval",
            "compared"]  # fmt: skip
    caption = (
        "Mean accuracy. Where seed, technology and serial numbers agree, each device is held "
        "against itself (paired t); else groups are compared (Welch's t). Devices count as "
        "independent, though those of a wafer have much in common."
    )
    return table(caption, head, rows)


def _name(one: Sitting) -> str:
    generation = f", generation {one.generation}" if one.generation else ""
    return f"{one.cohort}{generation}, step {one.step}"


def _settings(first: History, second: History) -> Markup:
    here, there = (dict(_leaves(history.configuration)) for history in (first, second))
    keys = [key for key in here | there if here.get(key) != there.get(key)]
    if not keys:
        return said("The configurations say the same.")
    rows: list[Row] = [
        [key, _shown(here, key), _shown(there, key)] for key in keys[:_MOST_SETTINGS]
    ]
    caption = "Settings that differ, as the logs have them."
    if len(rows) < len(keys):
        caption += f" The first {len(rows)} of {len(keys)}."
    return table(caption, ["setting", "A", "B"], rows)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{at}")
    else:
        yield path, str(value)


def _shown(leaves: dict[str, str], key: str) -> str:
    return leaves.get(key, "–")

"""Survival: the fraction that outlives an age, cohort by cohort."""

import math

import numpy as np

from mortal.analysis import Lifetimes, SurvivalCurve, lifetimes, log_rank, survival_curve
from mortal.errors import AnalysisError
from mortal.report import words
from mortal.report.figure import colour_of, drawing
from mortal.report.history import History
from mortal.report.markup import Markup, Row, num, table
from mortal.report.sections.section import Section, said

__all__ = ["survival"]

_MOST_COHORTS = 12
_YEAR = 365.25 * 86400
_UNITS = (
    (_YEAR, "years"), (86400.0, "days"), (3600.0, "hours"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us"),
)  # fmt: skip
_TICKS = (1e-6, 1e-4, 1e-2, 1.0, 60.0, 3600.0, 86400.0, 30 * 86400.0, _YEAR, 10 * _YEAR)


def survival(history: History) -> Section:
    """Return survival curves, or a sentence where nobody died."""
    title = "Survival"
    lives = lifetimes(history.tree)
    if not lives.is_death.any():
        oldest = words.age(float(lives.seconds.max())) if lives.seconds.size else "birth"
        nobody = (
            f"Nobody died; the oldest device was last seen at {oldest}. A cohort dies where it "
            "says so, with `death: {below: 0.5}` or `death: {stuck: 0.2}`."
        )
        return Section("survival", title, [said(nobody)])
    curves: dict[str, tuple[Lifetimes, SurvivalCurve]] = {}
    for cohort in history.cohorts[:_MOST_COHORTS]:
        own = lives.of(cohort)
        if own.seconds.size:
            curves[cohort] = own, survival_curve(own.seconds, own.is_death)
    parts = [_curves(history, curves), _table(curves)]
    tested = [name for name, (own, _) in curves.items() if own.seconds.size > 1]
    if len(tested) > 1:
        at = np.isin(lives.cohort.astype(str), tested)
        try:
            found = log_rank(lives.seconds[at], lives.is_death[at], lives.cohort[at])
        except AnalysisError:
            return Section("survival", title, parts)
        parts.append(
            said(
                f"Log-rank test of {len(tested)} cohorts: χ² = {found.statistic:.1f} with "
                f"{found.degrees} degree{'s' * (found.degrees != 1)} of freedom, "
                f"p = {words.plain(found.p)}."
            )
        )
    return Section("survival", title, parts)


def _curves(history: History, curves: dict[str, tuple[Lifetimes, SurvivalCurve]]) -> Markup:
    caption = (
        "Kaplan-Meier curves with 95 % intervals; ticks are lives cut short by burial or the end "
        "of the story. A death is noticed at an exam, so an age at death is an upper bound."
    )
    ages = np.concatenate([own.seconds for own, _ in curves.values()])
    known = ages[ages > 0]
    # Some lives last milliseconds of training, others years of rest.
    is_wide = known.size > 0 and known.max() > 1000 * known.min()
    oldest = known.max() if known.size else 1.0
    unit, name = next(((size, word) for size, word in _UNITS if oldest >= size), _UNITS[-1])
    unit, name = (1.0, "") if is_wide else (unit, f" ({name})")
    start = float(known.min()) / 3 if is_wide else 0.0
    with drawing(9.2, 3.6, "survival", "Survival of devices by age", caption) as drawn:
        panel = drawn.panel
        for cohort, (own, curve) in curves.items():
            colour = colour_of(history.cohorts, cohort)
            x = np.concatenate([[start], curve.seconds, [curve.last_seen]])
            x = np.maximum(x, start) / unit
            stairs = np.concatenate([[1.0], curve.survival])
            y = np.concatenate([stairs, stairs[-1:]])
            panel.step(x, y, where="post", color=colour, linewidth=1.9, label=cohort)
            if curve.seconds.size:
                low, high = (np.nan_to_num(edge) for edge in (curve.low, curve.high))
                low, high = (np.concatenate([[1.0], edge, edge[-1:]]) for edge in (low, high))
                panel.fill_between(x, low, high, step="post", color=colour, alpha=0.14, linewidth=0)
            cut = np.unique(own.seconds[~own.is_death])
            panel.plot(
                np.maximum(cut, start) / unit, curve.at(cut), "|", color=colour, markersize=8
            )
        if is_wide:
            panel.set_xscale("log")
            panel.minorticks_off()
            ticks = [tick for tick in _TICKS if start <= tick <= oldest]
            panel.set_xticks(ticks, [words.age(tick) for tick in ticks])
        panel.set_ylim(0, 1.03)
        panel.set_xlim(left=start / unit)
        panel.set_xlabel(f"age{name}")
        panel.set_ylabel("fraction alive")
        drawn.figure.legend(loc="outside upper left", ncols=6, fontsize=8)
    return drawn.markup


def _table(curves: dict[str, tuple[Lifetimes, SurvivalCurve]]) -> Markup:
    rows: list[Row] = []
    for cohort, (own, curve) in curves.items():
        deaths = int(own.is_death.sum())
        empty = not curve.survival.size
        last, low, high = (
            (1.0, math.nan, math.nan)
            if empty
            else (float(curve.survival[-1]), float(curve.low[-1]), float(curve.high[-1]))
        )
        shown = "–" if math.isnan(low) else f"{words.fraction(low)} to {words.fraction(high)}"
        rows.append(
            [
                cohort,
                num(own.seconds.size, f"{own.seconds.size:,}"),
                num(deaths, f"{deaths:,}"),
                num(own.seconds.size - deaths, f"{own.seconds.size - deaths:,}"),
                num(curve.median, words.age(curve.median)),
                num(curve.last_seen, words.age(curve.last_seen)),
                num(last, words.fraction(last)),
                num(low, shown),
            ]
        )
    caption = (
        "Lives, deaths and lives cut short; the age that half outlive; the fraction still alive "
        "when anybody was last seen, with its 95 % interval."
    )
    head = ["cohort", "devices", "deaths", "cut short", "median life", "last seen", "alive then",
            "95 % interval"]  # fmt: skip
    return table(caption, head, rows)

"""Birth: how devices differ by manufacture, and what of it foretells how they do."""

import math

import numpy as np

from mortal.analysis import (
    COMPONENTS,
    Associations,
    VarianceComponents,
    associations,
    born_components,
    born_traits,
)
from mortal.analysis.prediction import Outcome
from mortal.errors import AnalysisError
from mortal.report import words
from mortal.report.figure import COHORTS, drawing
from mortal.report.history import History
from mortal.report.markup import Markup, Row, num, table, tag
from mortal.report.sections.section import Section, said

__all__ = ["birth"]

_PARAMETERS = (
    ("step", "step of a pulse"),
    ("gain", "gain of a cell"),
    ("bound_mean", "upper bound"),
    ("curvature_mean", "I-V curvature"),
    ("offset_std", "column offset"),
)
_OUTCOMES: tuple[tuple[Outcome, str], ...] = (
    ("accuracy", "accuracy at the first exam"),
    ("lifetime", "lifetime"),
    ("teachability", "agreement of its students"),
)
_FEWEST = 5
_MOST_COHORTS = 12
_RATE = 0.05


def birth(history: History) -> Section:
    """Return variance components of manufacture, and what predicts accuracy and lifetime."""
    title = "Differences by birth"
    if not any("birth_step_mean" in history.cohort(name) for name in history.cohorts):
        return Section("birth", title, [said("The log holds no births, so nothing varies.")])
    found: dict[str, VarianceComponents] = {}
    for name, label in _PARAMETERS:
        try:
            components = born_components(history.tree, name)
        except AnalysisError:
            continue
        if any(part > 0 for part in components.variance.values()):
            found[label] = components
    parts: list[Markup] = []
    if found:
        parts += [_shares(found), _components(found)]
    else:
        parts.append(said("All devices were born alike: no logged parameter varies."))
    parts += [tag("h3", "What foretells how a device will do"), *_predictions(history)]
    return Section("birth", title, parts)


def _shares(found: dict[str, VarianceComponents]) -> Markup:
    caption = (
        "Where the variance of each parameter lies: between technologies, between wafers, between "
        "devices of a wafer, or between the cells of a device. Where only a device's mean is "
        "logged there is no part for cells."
    )
    parts = [name for name in COMPONENTS if any(_part(one, name) > 0 for one in found.values())]
    height = 0.95 + 0.38 * len(found)
    with drawing(9.2, height, "birth", "Shares of variance by birth", caption) as drawn:
        panel = drawn.panel
        panel.grid(visible=False, axis="y")
        for at, one in enumerate(found.values()):
            left = 0.0
            for which, name in enumerate(parts):
                share = 100 * np.nan_to_num(one.share[name])
                label = f"{name}s" if at == 0 else None
                panel.barh(at, share, left=left, height=0.56, color=COHORTS[which], alpha=0.85,
                           label=label)  # fmt: skip
                left += share
        panel.set_yticks(range(len(found)), list(found))
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
        panel.set_ylim(len(found) - 0.5, -0.5)
        panel.set_xlim(0, 100)
        panel.set_xlabel("share of the variance (%)")
        names = ["technologies", "wafers", "devices", "cells"]
        handles, labels = panel.get_legend_handles_labels()
        labels = [next((n for n in names if n[:5] == label[:5]), label) for label in labels]
        drawn.figure.legend(handles, labels, loc="outside upper left", ncols=6, fontsize=8)
    return drawn.markup


def _components(found: dict[str, VarianceComponents]) -> Markup:
    rows: list[Row] = []
    for label, one in found.items():
        for name in COMPONENTS:
            if math.isnan(one.variance[name]):
                continue
            deviation, low, high = (
                math.sqrt(max(part[name], 0.0)) if not math.isnan(part[name]) else math.nan
                for part in (one.variance, one.low, one.high)
            )
            share = one.share[name]
            rows.append(
                [
                    label,
                    name,
                    num(deviation, words.plain(deviation)),
                    num(low, f"{words.plain(low)} to {words.plain(high)}"),
                    num(share, f"{100 * share:.1f} %"),
                ]
            )
    one = next(iter(found.values()))
    caption = (
        f"Components of {one.devices:,} devices from {one.wafers:,} wafers, as standard deviations "
        f"in the parameter's own unit, with {100 * one.level:.0f} % bootstrap intervals over "
        "wafers (over devices, where there is one wafer). First array of a device."
    )
    head = ["parameter", "varies between", "standard deviation", "interval", "share"]
    return table(caption, head, rows)


def _part(one: VarianceComponents, name: str) -> float:
    return float(np.nan_to_num(one.variance[name]))


def _predictions(history: History) -> list[Markup]:
    rows: list[Row] = []
    notes: list[str] = []
    tested = 0
    for cohort in history.cohorts[:_MOST_COHORTS]:
        for outcome, label in _OUTCOMES:
            try:
                found, whom = _judged(history, cohort, outcome)
            except AnalysisError as error:
                if outcome == "accuracy":
                    notes.append(f"{cohort}: {error}.")
                continue
            tested += 1
            for at in range(min(3, len(found.names))):
                if at and found.q[at] > _RATE:
                    break
                rows.append(
                    [
                        cohort,
                        label,
                        found.names[at],
                        num(found.rho[at], f"{found.rho[at]:+.2f}".replace("-", "−")),
                        num(found.p[at], words.plain(found.p[at])),
                        num(found.q[at], words.plain(found.q[at])),
                        "yes" if found.q[at] <= _RATE else "no",
                        whom,
                    ]
                )
    parts = []
    if tested:
        caption = (
            "Rank correlation (Spearman) of parameters of manufacture with an outcome, the surest "
            "first: what is found at a false discovery rate of 5 % (Benjamini and Hochberg, over "
            "all parameters of the row's cohort), or else the nearest to it. Devices of five "
            "wafers or more are judged by wafers. None of it names a cause."
        )
        head = ["cohort", "outcome", "parameter", "correlation", "p", "q", "found", "judged by"]
        parts.append(table(caption, head, rows))
    parts += [said(note, "note") for note in notes]
    return parts or [said("Too few devices have an outcome to judge by.", "note")]


def _judged(history: History, cohort: str, outcome: Outcome) -> tuple[Associations, str]:
    """Return associations in a cohort, and which devices they are of.

    Two to four wafers are too few witnesses, so that the largest wafer speaks alone.
    """
    traits = born_traits(history.tree, outcome, cohort)
    wafers, sizes = np.unique(traits.wafers, return_counts=True)
    everybody = f"{traits.serial.size:,} devices of {wafers.size} wafer{'s' * (wafers.size != 1)}"
    if wafers.size == 1 or wafers.size >= _FEWEST:
        found = associations(traits.values, traits.outcome, traits.names, wafers=traits.wafers)
        return found, everybody
    at = traits.wafers == wafers[sizes.argmax()]
    values, reached = traits.values[at], traits.outcome[at]
    moves = np.ptp(values, axis=0) > 0
    names = [name for name, keep in zip(traits.names, moves, strict=True) if keep]
    found = associations(values[:, moves], reached, names)
    return found, f"{int(at.sum()):,} devices, one wafer of {wafers.size}"

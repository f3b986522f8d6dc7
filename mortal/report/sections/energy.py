"""Energy against accuracy: what a cohort had spent by each exam, and who got most for it."""

from typing import TYPE_CHECKING

import numpy as np

from mortal.analysis import energy_table
from mortal.errors import AnalysisError
from mortal.pictures import style
from mortal.report import words
from mortal.report.figure import colour_of, drawing
from mortal.report.history import History
from mortal.report.markup import Markup, Row, num, table
from mortal.report.sections.section import Section, folded, said

if TYPE_CHECKING:
    import pandas

__all__ = ["energy"]


def energy(history: History) -> Section:
    """Return energy against accuracy at the exams on the test split, or what there is."""
    title = "Energy"
    splits = history.exams["exam_data"].unique().tolist() if len(history.exams) else []
    data = "test" if "test" in splits or not splits else str(splits[0])
    try:
        found = energy_table(history.tree, data=data)
    except AnalysisError as error:
        return Section("energy", title, [said(f"{str(error)[:1].upper()}{str(error)[1:]}.")])
    if not (found["energy"] > 0).any():
        nothing = "No energy was counted: the technology declares none."
        return Section("energy", title, [said(nothing)])
    parts = [_picture(history, found), folded(len(found), "Every exam", _table(found, data))]
    return Section("energy", title, parts)


def _picture(history: History, found: "pandas.DataFrame") -> Markup:
    caption = (
        "Energy spent since birth against accuracy: means over devices with one standard deviation "
        "over devices, exams of a cohort joined in order. Ringed points are on the front: no other "
        "exam was as right for less."
    )
    with drawing(9.2, 3.6, "energy", "Energy against accuracy", caption) as drawn:
        panel = drawn.panel
        for cohort in history.cohorts:
            own = found[(found["cohort"] == cohort) & (found["energy"] > 0)]
            if own.empty:
                continue
            colour = colour_of(history.cohorts, cohort)
            label = cohort if len(history.cohorts) <= 12 else None
            x, y = own["energy"].to_numpy(), own["accuracy"].to_numpy()
            sideways = np.minimum(own["energy_deviation"].fillna(0).to_numpy(), 0.95 * x)
            panel.errorbar(x, y, own["accuracy_deviation"].fillna(0), sideways, fmt="o-",
                           color=colour, markersize=6, linewidth=1.1, elinewidth=1.1, capsize=0,
                           label=label)  # fmt: skip
        front = found[found["is_on_front"] & (found["energy"] > 0)]
        panel.plot(front["energy"], front["accuracy"], "o", markersize=11, markerfacecolor="none",
                   markeredgecolor=style.INK, markeredgewidth=1)  # fmt: skip
        panel.set_xscale("log")
        reach = panel.get_xlim()
        if reach[1] < 30 * reach[0]:
            middle = float(np.sqrt(reach[0] * reach[1]))
            reach = middle / 5.5, middle * 5.5
        panel.set_xlim(reach)
        decades = np.arange(np.ceil(np.log10(reach[0])), np.floor(np.log10(reach[1])) + 1)
        panel.set_xticks(10.0**decades, [words.energy(10.0**decade) for decade in decades])
        panel.minorticks_off()
        panel.set_ylim(0, 1.03)
        panel.set_xlabel("energy a device since birth")
        panel.set_ylabel("accuracy")
        if len(history.cohorts) <= 12:
            drawn.figure.legend(loc="outside upper left", ncols=6, fontsize=8)
    return drawn.markup


def _table(found: "pandas.DataFrame", data: str) -> Markup:
    rows: list[Row] = [
        [
            one.cohort,
            num(one.sequence, str(one.sequence)),
            num(one.devices, f"{one.devices:,}"),
            num(one.energy, words.energy(one.energy)),
            num(one.energy_deviation, words.energy(one.energy_deviation)),
            num(one.accuracy, words.fraction(one.accuracy)),
            num(one.joules_per_point, words.energy(one.joules_per_point)),
            "yes" if one.is_on_front else "",
        ]
        for one in found.itertuples()
    ]
    head = ["cohort", "position in the story", "devices", "energy a device", "deviation",
            "accuracy", "energy a point gained", "on the front"]  # fmt: skip
    caption = (
        f"Exams on {data}. A point gained is one percent more accuracy since the cohort's exam "
        "before, among devices that sat both."
    )
    return table(caption, head, rows)

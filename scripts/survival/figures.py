"""The figures of docs/rules.md, as SVG that is the same for the same numbers."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from survival.bargain import bargain
from survival.cells import WAYS
from survival.intervals import half_width
from survival.published import YARDSTICKS
from survival.results import Results
from survival.stages import (
    ABLATED,
    ABLATED_ON,
    ABLATED_WAYS,
    RULES,
    tuned,
)

from devices import preset, preset_names

MARKS = dict(zip(WAYS, "ovs^", strict=True))
"""Ways are told apart by their marks, rules by their colours."""


def grid_figure(results: Results, path: Path) -> None:
    """Draw accuracy: a panel a rule, a row a preset, a column a way, the number in each field."""
    rules = [rule for rule in RULES if next(results.of("grid", rule=rule), None)]
    seen = {cell.technology for cell, _ in results.of("grid")} - {"exact"}
    technologies = [name for name in preset_names() if name in seen]
    if not technologies:
        return
    columns = min(len(rules), 4)
    lines = -(-len(rules) // columns)
    figure = Figure(figsize=(2 + 2.3 * columns, lines * (1.6 + 0.3 * len(technologies))))
    axes = figure.subplots(lines, columns, sharey=True, squeeze=False)
    for axis in axes.flat[len(rules) :]:
        axis.set_visible(False)
    for rule, axis in zip(rules, axes.flat, strict=False):
        shown = np.array([
            [mean_of(results, rule, technology, way) for way in WAYS]
            for technology in technologies
        ])  # fmt: skip
        axis.imshow(shown, vmin=10, vmax=100, cmap="viridis", aspect="auto")
        for (row, column), value in np.ndenumerate(shown):
            if np.isfinite(value):
                ink = "white" if value < 65 else "black"
                axis.text(column, row, f"{value:.0f}", ha="center", va="center", color=ink,
                          fontsize=8)  # fmt: skip
        axis.set_title(rule, fontsize=9)
        axis.set_xticks(range(len(WAYS)), list(WAYS), rotation=45, ha="right", fontsize=8)
        axis.set_yticks(range(len(technologies)), technologies, fontsize=8)
    save(figure, path)


def mean_of(results: Results, rule: str, technology: str, way: str) -> float:
    """Return the mean accuracy of a cell of the grid in percent; NaN: not measured."""
    found = tuned(results, "grid", rule, technology, way)
    return float(100 * found.mean()) if found.size else float("nan")


def bargain_figure(results: Results, percent: float, path: Path) -> None:
    """Draw the joules to an accuracy of every cell that reached it, and of digital nets."""
    found = bargain(results, percent)
    technologies = [name for name in preset_names() if any(name == t for _, t, _ in found.every)]
    rules = [rule for rule in RULES if any(rule == r for r, _, _ in found.every)]
    if not technologies:
        return
    figure = Figure(figsize=(8, 1.8 + 0.45 * len(technologies)))
    axis = figure.subplots()
    for (rule, technology, way), spent in found.every.items():
        place = technologies.index(technology) + 0.6 * (rules.index(rule) / len(rules) - 0.4)
        axis.plot(spent.joules, place, MARKS[way], color=f"C{rules.index(rule)}", markersize=5,
                  markerfacecolor="none")  # fmt: skip
    for stick in YARDSTICKS if found.digital else ():
        axis.axvline(stick.joules * found.digital, color="black", linewidth=1, linestyle="--")
        axis.text(stick.joules * found.digital, 1.01, f"digital,\n{stick.name}", fontsize=8,
                  ha="center", va="bottom", transform=axis.get_xaxis_transform())  # fmt: skip
    axis.set_xscale("log")
    axis.set_xlabel(f"J to reach {percent:.0f} % for the first time, of one device")
    axis.set_yticks(range(len(technologies)), technologies, fontsize=8)
    axis.set_ylim(len(technologies) - 0.5, -0.5)
    for border in range(1, len(technologies)):
        axis.axhline(border - 0.5, color="0.85", linewidth=0.8)
    for number, rule in enumerate(rules):
        axis.plot([], [], "s", color=f"C{number}", label=rule)
    for way, mark in MARKS.items():
        axis.plot([], [], mark, color="black", markerfacecolor="none", label=way)
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    save(figure, path)


def ablation_figure(results: Results, path: Path) -> None:
    """Draw what switching off one non-ideality adds, with the 95 % interval over devices."""
    paths = preset(ABLATED_ON).non_idealities
    drawn = False
    figure = Figure(figsize=(8, 1.2 + 0.4 * len(paths)))
    axis = figure.subplots()
    arms = [(rule, way) for rule in ABLATED for way in ABLATED_WAYS]
    for number, (rule, way) in enumerate(arms):
        whole = tuned(results, "without", rule, ABLATED_ON, way, without="")
        for row, name in enumerate(paths):
            off = tuned(results, "without", rule, ABLATED_ON, way, without=name)
            if off.size < 2 or off.size != whole.size:
                continue
            change = 100 * (off - whole)
            label = f"{rule}, {way}" if row == 0 else None
            axis.errorbar(
                change.mean(),
                row + 0.15 * (number - 1.5),
                xerr=half_width(change),
                fmt=MARKS[way],
                color=f"C{ABLATED.index(rule)}",
                markersize=4,
                label=label,
            )
            drawn = True
    if not drawn:
        return
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_yticks(range(len(paths)), paths, fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("points gained without it, paired over devices")
    axis.legend(fontsize=7, frameon=False)
    save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """Write an SVG without date and chance names, and without trailing spaces."""
    with mpl.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")

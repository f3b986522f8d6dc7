"""What was measured, as the tables of docs/rules.md; what was not measured is said, not guessed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from survival import asked
from survival.bargain import bargain
from survival.cells import UNTAUGHT, WAYS
from survival.figures import ablation_figure, bargain_figure, grid_figure
from survival.intervals import Accuracies, difference, interval
from survival.means import AS_IT_IS, all_tried
from survival.published import PUBLISHED, YARDSTICKS
from survival.results import Results
from survival.stages import (
    ABLATED,
    ABLATED_ON,
    ABLATED_WAYS,
    RATES,
    RULES,
    SEEDS,
    STAGES,
    TUNED_ON,
    TUNED_WAYS,
    cells,
    factor_of,
    tasks,
    tuned,
    ways_on,
)

from devices import preset, preset_names

BEGIN, END = "<!-- begin: measured -->", "<!-- end: measured -->"
COMPARED = ("better fast array less alternating", "best less `exact`", "untaught")
BARGAINS = (85.0, 90.0)
"""Percent to be reached, in the accounts of joules."""


def report(results: Results, docs: Path | None) -> None:
    """Print the tables, or put them into docs/rules.md with figures beside it."""
    text = text_of(results)
    if docs is None:
        print(text)
        return
    page = docs / "rules.md"
    kept = page.read_text(encoding="utf-8")
    kept = re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{text}\n{END}", kept, flags=re.DOTALL)
    page.write_text(kept, encoding="utf-8")
    grid_figure(results, docs / "rules-grid.svg")
    bargain_figure(results, BARGAINS[0], docs / "rules-bargain.svg")
    ablation_figure(results, docs / "rules-ablation.svg")


def text_of(results: Results) -> str:
    """Return all tables."""
    return "\n\n".join(
        make(results)
        for make in (progress, tuning, published, distances, means, grid, cost, ablation, best)
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def progress(results: Results) -> str:
    """Return what of each stage is measured, what is refused, and what is not yet."""
    rows = []
    for stage in STAGES:
        wanted = list(cells(stage, results))
        done = [cell for cell in wanted if cell in results]
        told = list(results.of(stage))
        refused = sum("refused" in line for _, line in told)
        diverged = sum("diverged" in line for _, line in told)
        dates = sorted({line["date"] for _, line in told})
        when = "" if not dates else dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        rows.append(
            (stage, f"{len(done)} of {len(wanted)}", f"{refused}, {diverged}", setting(stage), when)
        )
    header = ("stage", "cells measured", "refused, diverged", "task", "measured on")
    lines = [table(header, rows)]
    grid_rules = {cell.rule for cell, _ in results.of("grid")}
    grid_presets = {cell.technology for cell, _ in results.of("grid")}
    for what, all_, found in (
        ("rules", RULES, grid_rules), ("presets", preset_names(), grid_presets)
    ):  # fmt: skip
        if missing := [name for name in all_ if name not in found]:
            lines.append(f"Not yet in the grid, {what}: {', '.join(missing)}.")
    return "## What is measured, and what is not yet\n\n" + "\n\n".join(lines)


def tuning(results: Results) -> str:
    """Return the rates that were found, and which lie at the edge of those tried."""
    rows = []
    for rule in RULES:
        row = [rule]
        for technology in TUNED_ON.values():
            for way in ways_on(technology, tuple(TUNED_WAYS.values())):
                told = list(results.of("tune", rule=rule, technology=technology, way=way))
                factor = factor_of(results, rule, technology, way)
                edge = " (edge)" if factor in (RATES[0], RATES[-1]) else ""
                row.append(f"{factor:g}{edge}" if told else "")
        if any(row[1:]):
            rows.append(row)
    header = ["rule"]
    for kind, technology in TUNED_ON.items():
        writes = ["plain"] if technology == "exact" else list(TUNED_WAYS)
        header += [f"{kind} cells, {write}" for write in writes]
    presets = ", ".join(f"{kind} {name}" for kind, name in TUNED_ON.items() if kind != name)
    ways = ", ".join(f"{kind} {way}" for kind, way in TUNED_WAYS.items())
    tried = ", ".join(f"{rate:g}" for rate in RATES)
    return (
        "## Rates\n\nFactors on the declared rates, climbed on validation samples from 1 until "
        f"both neighbours of the best ({tried}) were tried. Kinds of cells are tuned on one each "
        f"({presets}), kinds of ways on one way each ({ways}). Where nothing stands, the declared "
        "rate is taken.\n\n" + table(header, rows)
    )


def setting(stage: str) -> str:
    """Return a stage's task in a phrase."""
    task = tasks(quick=False)[stage]
    return (
        f"{'-'.join(map(str, task.layers))}, {task.train:,} images, {task.epochs} "
        f"epoch{'s' * (task.epochs > 1)} of batches of {task.batch}, {task.devices} devices"
    )


def published(results: Results) -> str:
    """Return each rule's published number, and ours without physics."""
    rows = []
    for rule in RULES:
        known = PUBLISHED[rule]
        whole, small = (
            tuned(results, stage, rule, "exact", "alternating") for stage in ("exact", "grid")
        )
        theirs = "" if known.right is None else f"{known.right:.2f}"
        apart = "" if known.right is None or not whole.size else (
            f"{100 * whole.mean() - known.right:+.1f}"
        )  # fmt: skip
        rows.append(
            (rule, theirs, f"{known.said} [{known.mark}]", interval(whole), apart,
             interval(small), known.differs)
        )  # fmt: skip
    header = ("rule", "published", "where", "ours, whole MNIST", "difference", "ours, 14x14",
              "what differs there")  # fmt: skip
    return "## Beside what is published, without physics (`exact`)\n\n" + table(header, rows)


def distances(results: Results) -> str:
    """Return the distances to `exact` that were asked for, and those that were found."""
    header = ("rule", "preset", "way", "asked", "found less `exact`", "")
    by_means = ("rule", "preset", "way", "asked", "what is otherwise",
                *(f"seed {seed}" for seed in SEEDS), "all", "")  # fmt: skip
    return (
        "## What was asked: points below `exact`\n\nOf ways through a fast array the better one "
        "counts. `Within the interval`: other devices might have decided otherwise.\n\n"
        + table(header, asked.rows(results))
        + "\n\nWith the best means found, of those below: chosen by validation images of seed 1; "
        "measured on test images, by four devices of each of three seeds, less `exact` as it is of "
        "the same seeds. Settings were sought on validation images of seeds 1 and 2; seed 3 had no "
        "part in it.\n\n" + table(by_means, asked.by_means(results))
    )


def means(results: Results) -> str:
    """Return what other settings gained where a distance was missed, paired over devices."""
    rows = []
    for rule, technology, way, name in all_tried():
        at = (results, "means", rule, technology, way)
        found = tuned(*at, means=name, seed=1)
        seen = tuned(*at, means=name, seed=1, images="test")
        gained = difference(found, tuned(*at, means=AS_IT_IS, seed=1)) if name else ""
        exact = tuned(results, "grid", rule, "exact", "alternating")
        rows.append((rule, technology, way, name or "as it is", interval(found), gained,
                     difference(seen, exact)))  # fmt: skip
    header = ("rule", "preset", "way", "what is otherwise", "%, validation", "gained",
              "less `exact`, test")  # fmt: skip
    return (
        "## What was tried where a distance was missed\n\nOne thing is otherwise at a time, at the "
        "rates of the grid. What helps is told by validation images; what is left to `exact` as it "
        "is in the grid, by test images.\n\n" + table(header, rows)
    )


def grid(results: Results) -> str:
    """Return a table for each rule: presets by ways, and what a fast array is worth."""
    parts = ["## Rule by technology by way of writing", "![](rules-grid.svg)"]
    for rule in RULES:
        if rows := list(grid_rows(results, rule)):
            header = ("preset", *WAYS, *COMPARED)
            parts.append(f"### {rule}\n\n{table(header, rows)}")
    return "\n\n".join(parts)


def grid_rows(results: Results, rule: str) -> Iterator[Sequence[str]]:
    """Yield the rows of a rule's table."""
    exact = tuned(results, "grid", rule, "exact", "alternating")
    for technology in ("exact", *(name for name in preset_names() if name != "exact")):
        found = {way: tuned(results, "grid", rule, technology, way) for way in WAYS}
        untaught = tuned(results, "grid", rule, technology, UNTAUGHT)
        refused = [why(line) for _, line in results.of("grid", rule=rule, technology=technology)]
        if not any(a.size for a in found.values()):
            if reason := next(filter(None, refused), ""):
                yield (technology, f"refused: {reason}", *[""] * 6)
            continue
        best = best_of(found, list(WAYS))
        fast = best_of(found, [way for way in WAYS if "through" in WAYS[way]])
        short = "" if technology == "exact" else difference(best, exact)
        said = [
            shown(results, rule, technology, way) if way in ways_on(technology) else ""
            for way in WAYS
        ]
        has_no_fast = technology == "exact" or said[-1] == "refused"
        plain = "" if has_no_fast else difference(fast, found["alternating"])
        yield (technology, *said, plain, short, interval(untaught))


def best_of(found: Mapping[str, Accuracies], ways: Sequence[str]) -> Accuracies:
    """Return the accuracies of the way that is best on the mean; empty: none measured."""
    return max((found[way] for way in ways), key=lambda a: a.mean() if a.size else -1.0)


def shown(results: Results, rule: str, technology: str, way: str) -> str:
    """Return what a field of the grid says."""
    factor = factor_of(results, rule, technology, way)
    for _, line in results.of("grid", rule=rule, technology=technology, way=way, factor=factor):
        if "accuracy" not in line:
            return next(word for word in ("refused", "diverged") if word in line)
    return interval(tuned(results, "grid", rule, technology, way))


def why(line: dict[str, Any]) -> str:
    """Return the reason of a refusal, if it is one."""
    return str(line.get("refused", ""))


def cost(results: Results) -> str:
    """Return what each rule spends on each preset to reach accuracies, beside digital backprop."""
    parts = ["## The bargain: what an accuracy costs", "![](rules-bargain.svg)"]
    parts += [cost_of(results, percent) for percent in reversed(BARGAINS)]
    sticks = (
        f"- {stick.name}: {stick.joules * 1e12:g} pJ. {stick.source}." for stick in YARDSTICKS
    )
    return "\n\n".join([*parts, "A digital multiply-accumulate takes:", "\n".join(sticks)])


def cost_of(results: Results, percent: float) -> str:
    """Return the account of one accuracy."""
    found = bargain(results, percent)
    rows = [
        (rule, technology, way, f"{spent.images:,.0f}", joules(spent.joules), joules(spent.birth),
         f"{1e3 * spent.seconds:.1f}", f"{spent.pulses:.2g}", f"{spent.reads:,.0f}")
        for (rule, technology), (way, spent) in found.reached.items()
    ]  # fmt: skip
    header = ("rule", "preset", "cheapest way", "images shown", "energy, µJ", "of it at birth",
              "latency, ms", "pulses", "vectors read")  # fmt: skip
    never = "; ".join(f"{rule}: {', '.join(names)}" for rule, names in found.never.items() if names)
    digital = (
        " and ".join(
            f"{joules(each.joules * found.digital)} µJ ({each.name})" for each in YARDSTICKS
        )
        if found.digital
        else "not measured yet"
    )
    return (
        f"### {percent:.0f} %\n\n{table(header, rows)}\n\n"
        f"Not reached within the lesson by any way that is measured: {never or 'none'}.\n\n"
        f"Digital backprop, {found.digital:.2g} multiply-accumulates: {digital}."
    )


def joules(amount: float) -> str:
    """Return joules as microjoules, in three digits."""
    return f"{float(f'{1e6 * amount:.3g}'):,g}"


def ablation(results: Results) -> str:
    """Return what each non-ideality costs, paired over devices."""
    parts = [f"## What noise and variation cost, one at a time ({ABLATED_ON})"]
    rows = []
    for path in ("", *preset(ABLATED_ON).non_idealities):
        row = [path or "nothing off"]
        for rule in ABLATED:
            for way in ABLATED_WAYS:
                found, whole = (
                    tuned(results, "without", rule, ABLATED_ON, way, without=off)
                    for off in (path, "")
                )
                row.append(difference(found, whole) if path else interval(found))
        rows.append(row)
    header = ("off", *(f"{rule}, {way}" for rule in ABLATED for way in ABLATED_WAYS))
    parts += ["![](rules-ablation.svg)", table(header, rows)]
    return "\n\n".join(parts)


def best(results: Results) -> str:
    """Return whole MNIST: accuracy over devices of both seeds."""
    told = [cell for cell, _ in results.of("best")]
    if not told:
        return "## The five best on whole MNIST\n\nNot measured yet (stage `best`)."
    keys = dict.fromkeys((cell.rule, cell.technology, cell.way, cell.means) for cell in told)
    rows = [
        (
            *key,
            str(len({c.seed for c in told if (c.rule, c.technology, c.way, c.means) == key})),
            interval(tuned(results, "best", *key[:3], means=key[3])),
        )
        for key in keys
    ]
    return "## The five best on whole MNIST\n\n" + table(
        ("rule", "preset", "way", "what is otherwise", "seeds", "%"), rows
    )

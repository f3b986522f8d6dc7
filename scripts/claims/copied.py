"""The tables and the figure of copying against distilling, and where the one passes the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from findings import Findings, said, save, verdicts
from lives import table

from mortal.pictures.style import FIRST, QUIET, SECOND, canvas, panel_title

__all__ = ["ahead", "crossing", "over_rival", "report", "told_presets", "winner"]

Array = npt.NDArray[Any]
All = Mapping[tuple[str, str], Findings]
COPIES = ("write-verify", "read-out", "open-loop")
ARMS = ("elders", "untaught", "labels", "heirs", *COPIES)


def report(findings: All, tasks: Mapping[str, Any], words: str, *, is_drawn: bool) -> str:
    """Return the section; its figure is drawn if asked for."""
    parts = [
        "```\nMORTAL_DATA=FOLDER python scripts/claims/copy_or_distil.py --write\n```",
        words,
        setting(findings, tasks),
    ]
    for name, task in tasks.items():
        parts += [f"**{name}: the read paths differ more and more.**"]
        for technology in task.crossing:
            parts += [f"`{technology}`", crossings(findings, name, task, technology)]
    parts += [
        "**Every preset as published** (digits), by plain pulses. The last column is the side "
        "whose mean over seeds lies ahead, heirs or the best way to copy, by more than twice the "
        "standard error of the difference.",
        presets(findings),
    ]
    for name, task in tasks.items():
        parts += [
            f"**{name}: the rival**, a net trained to be copied.",
            rivals(findings, name, task),
        ]
    parts += [verdicts(asked(findings))]
    if is_drawn:
        parts.append(figure(findings, tasks))
    return "\n\n".join(parts)


def setting(findings: All, tasks: Mapping[str, Any]) -> str:
    """Return who learns what from how much."""
    lines = []
    for name, task in tasks.items():
        found = [
            kept
            for (data, part), lines in findings.items()
            if data == name
            for kept in lines.of(part=part)
        ]
        seeds = sorted({kept["case"]["seed"] for kept in found})
        lines.append(
            f"{name}: Mono-Forward, {'-'.join(map(str, task.layers))}, {task.count} devices a seed "
            f"and arm, seeds {', '.join(map(str, seeds))}, "
            f"{sum(kept['seconds'] for kept in found):.0f} s of one core. Elders learn "
            f"{'all' if task.train is None else f'{task.train:,}'} training images "
            f"({spelled(task.elder)}); heirs {task.budget:,} soft answers, softening "
            f"{task.softening:g} ({spelled(task.pupil)}), `labels` the true labels of the same "
            f"inputs{', ' + spelled(task.labelled) if task.labelled else ''}. The read-out errs "
            f"by {task.read_error:g} of weight."
        )
    return "\n\n".join(lines)


def spelled(told: Mapping[str, Any]) -> str:
    """Return settings in a line."""
    return ", ".join(f"{name} {value:g}" for name, value in told.items())


def crossings(findings: All, name: str, task: Any, technology: str) -> str:
    """Return the table of one technology whose mismatch grows, and where distilling takes over."""
    found, factors, gaps, rows = findings[name, "crossing"], task.crossing[technology], [], []
    for factor in factors:
        case = {"technology": technology, "factor": factor}
        gap = ahead(found, case)
        gaps.append(gap.mean() if gap.size else np.nan)
        rows.append((f"{factor:g}", *(said(found.values(arm, **case)) for arm in ARMS), said(gap)))
    lines = [table(("mismatch", *ARMS, "heirs - write-verify"), rows)]
    for least in (0, 15):
        at = crossing(factors, gaps, least)
        if at is not None:
            what = "overtake" if least == 0 else f"lead by {least} points over"
            lines.append(f"Heirs {what} clones at mismatch {at:.2g} (between the points: a line).")
    return "\n\n".join(lines)


def ahead(found: Findings, case: Mapping[str, Any], other: str = "write-verify") -> Array:
    """Return by how much heirs lead, a number a seed; both are the same devices."""
    return found.values("heirs", **case) - found.values(other, **case)


def crossing(factors: Sequence[float], gaps: Sequence[float], least: float) -> float | None:
    """Return where a gap first rises past `least`, on lines between the points; None: nowhere.

    It must start at or below `least`.
    """
    for (a, low), (b, high) in zip(
        zip(factors, gaps, strict=True), list(zip(factors, gaps, strict=True))[1:], strict=False
    ):
        if low <= least < high:
            return a + (b - a) * (least - low) / (high - low)
    return None


def winner(gap: npt.ArrayLike) -> str:
    """Return who leads by more than two standard errors over seeds."""
    found = np.asarray(gap, np.float64)
    if found.size < 2:
        return "not yet"
    error = found.std(ddof=1) / np.sqrt(found.size)
    if abs(found.mean()) <= 2 * error:
        return "undecided"
    return "distilling" if found.mean() > 0 else "**copying**"


def presets(findings: All) -> str:
    """Return the table of published numbers."""
    rows = []
    for technology, arms, best, gap in told_presets(findings["digits", "presets"]):
        rows.append((f"`{technology}`", *map(said, arms.values()), best, said(gap), winner(gap)))
    header = [arm for arm in ARMS if arm != "untaught"]
    return table(("technology", *header, "best copy", "heirs - best copy", "ahead"), rows)


def told_presets(found: Findings) -> Iterator[tuple[str, dict[str, Array], str, Array]]:
    """Yield each preset, what its arms know, the best copy, and how far heirs lead it."""
    for technology in dict.fromkeys(k["case"]["technology"] for k in found.of(part="presets")):
        arms = {
            arm: found.values(arm, part="presets", technology=technology)
            for arm in ARMS
            if arm != "untaught"
        }
        best = max(COPIES, key=lambda arm: arms[arm].mean())
        yield technology, arms, best, arms["heirs"] - arms[best]


def rivals(findings: All, name: str, task: Any) -> str:
    """Return the table of nets written into devices, and of devices taught by nets."""
    found, rows = findings[name, "rival"], []
    for factor in task.rival:

        def told(kind: str, what: str, at: float = factor) -> str:
            return said(found.values(what, kind=kind, factor=at))

        kinds = ("plain", "sharp", "injected", "both")
        rows.append((
            f"{factor:g}", told("plain", "net"), *(told(kind, "written") for kind in kinds),
            told("both", "net"), told("plain", "heirs"), told("both", "heirs"),
            said(over_rival(found, factor)),
        ))  # fmt: skip
    header = ("mismatch", "net", "written: plain", "sharp", "injected", "both",
              "net, both", "heirs of plain", "heirs of both", "heirs of plain - both")  # fmt: skip
    gaps = [over_rival(found, factor) for factor in task.rival]
    at = crossing(task.rival, [gap.mean() if gap.size else np.nan for gap in gaps], 0)
    lines = [table(header, rows)]
    if at is not None:
        lines.append(f"Heirs overtake the rival at mismatch {at:.2g} (between the points: a line).")
    return "\n\n".join(lines)


def over_rival(found: Findings, factor: float) -> Array:
    """Return by how much heirs of the plain net lead the best rival, a number a seed."""
    heirs = found.values("heirs", kind="plain", factor=factor)
    written = found.values("written", kind="both", factor=factor)
    both = min(heirs.size, written.size)
    return heirs[:both] - written[:both]


def asked(findings: All) -> Iterator[tuple[str, float, Array]]:
    """Yield what the project claims, and what was found of each seed."""
    for factor in (0.25, 1):
        case = {"technology": "mortal-default", "factor": factor}
        yield (
            f"digits, heirs - clones, mismatch {factor:g}",
            15,
            ahead(findings["digits", "crossing"], case),
        )
    rival = findings["digits", "rival"]
    yield "digits, heirs - nets trained to be copied, mismatch 1", 0, over_rival(rival, 1)
    if ("mnist", "crossing") in findings:
        found = findings["mnist", "crossing"]
        yield "MNIST, elders, mismatch 1", 94, found.values("elders", factor=1)


def figure(findings: All, tasks: Mapping[str, Any]) -> str:
    """Draw the arms over the mismatch of mortal-default, and the rival's best."""
    with canvas(8.0, 3.2, len(tasks)) as (drawn, axes):
        for axis, (name, task) in zip(axes, tasks.items(), strict=True):
            found, factors = findings[name, "crossing"], task.crossing["mortal-default"]
            looks = {"elders": (QUIET, "-"), "heirs": (FIRST, "-"), "labels": (FIRST, ":"),
                     "write-verify": (SECOND, "-"), "open-loop": (SECOND, ":")}  # fmt: skip
            for arm, (colour, line) in looks.items():
                of = [found.values(arm, technology="mortal-default", factor=f) for f in factors]
                draw(axis, factors, of, colour, line, arm)
            rival = findings[name, "rival"]
            of = [rival.values("written", kind="both", factor=f) for f in task.rival]
            draw(axis, task.rival, of, SECOND, "--", "trained to be copied")
            axis.set_xlabel("mismatch of read paths")
            axis.set_ylim(0, 100)
            panel_title(axis, f"{name}, right %")
        axes[0].legend(fontsize=7.5)
        return save(drawn, "copy")


def draw(
    axis: Any, factors: Sequence[float], of: list[Array], colour: str, line: str, name: str
) -> None:
    """Draw means over seeds with their standard errors, where there are any."""
    there = [(f, v.mean(), v.std(ddof=1) / v.size**0.5 if v.size > 1 else 0.0)
             for f, v in zip(factors, of, strict=True) if v.size]  # fmt: skip
    if there:
        x, mean, error = zip(*there, strict=True)
        axis.errorbar(x, mean, error, color=colour, linestyle=line, marker="o", markersize=3,
                      linewidth=1.2, label=name)  # fmt: skip

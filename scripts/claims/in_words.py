"""What the claims about copies and budgets come to, in words and beside their sources.

Every number in a sentence is worked out from the lines measured; a sentence whose lines are not all
there is left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from budgeted import accuracy, at_equal_bits, paired
from copied import ahead, crossing, over_rival, told_presets, winner
from findings import Findings, said
from lives import table

__all__ = ["budget_in_words", "copy_in_words"]

Array = npt.NDArray[Any]


def copy_in_words(findings: Mapping[tuple[str, str], Findings], tasks: Mapping[str, Any]) -> str:
    """Return what copying and distilling come to."""
    parts = [" ".join(copy_sentences(findings, tasks))]
    ours = {
        technology: arms for technology, arms, _, _ in told_presets(findings["digits", "presets"])
    }
    rows = []
    for technology, *pilot in PILOT:
        rows.append((f"`{technology}`", "pilot", *pilot))
        if technology in ours:
            found = [said(ours[technology][arm]) for arm in COMPARED]
            rows.append((f"`{technology}`", "ours", *found))
    parts.append(
        "Beside its source, a pilot of this project with another emulator: MNIST pooled to 14x14 "
        "and column mismatch of 5 % (ours: digits, and spreads as published):\n\n"
        + table(("preset", "", *COMPARED), rows)
    )
    return "\n\n".join(part for part in parts if part)


COMPARED = ("elders", "write-verify", "open-loop", "heirs")
PILOT = (
    ("ecram-tang2018", "90.6", "90.4", "89.8", "87.1"),
    ("reram-array-om-gong2022", "", "82.2", "74.5", "85.9"),
)
"""Preset, and what the compared knew in the pilot; heirs learnt from 1,000 answers."""


WEAK = 50
"""Percent below which elders have hardly anything to pass on."""


def copy_sentences(
    findings: Mapping[tuple[str, str], Findings], tasks: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the sentences about copying."""
    for name, task in tasks.items():
        found = findings[name, "crossing"]
        factors = task.crossing["mortal-default"]
        case = {"technology": "mortal-default"}
        gaps = [ahead(found, {**case, "factor": factor}) for factor in factors]
        if all(gap.size for gap in gaps) and {0, 1} <= set(factors):
            at, far = (crossing(factors, [g.mean() for g in gaps], least) for least in (0, 15))
            said_at = [
                f"{words} at {place:.2g}"
                for words, place in (("overtake", at), ("lead by 15 points", far))
                if place is not None
            ]
            yield (
                f"On {named(name)} clones seen by a perfect microscope lead heirs by "
                f"{said(-gaps[0])} points where read paths are alike, and at mismatch 1 they know "
                f"{said(found.values('write-verify', **case, factor=1))} where heirs know "
                f"{said(found.values('heirs', **case, factor=1))} and elders "
                f"{said(found.values('elders', **case, factor=1))}"
                + (f": heirs {', '.join(said_at)}." if said_at else ".")
            )
    yield from by_preset(findings["digits", "presets"])
    for name, task in tasks.items():
        found = findings[name, "rival"]
        gaps = [over_rival(found, factor) for factor in task.rival]
        if all(gap.size for gap in gaps):
            told = ", ".join(
                f"{said(gap)} at {factor:g}" for factor, gap in zip(task.rival, gaps, strict=True)
            )
            yield (
                f"Devices that learn from a plain net's answers stand to the rival, on "
                f"{named(name)}, a net made ready for being copied by injected variation and "
                f"sharpness together, by mismatch: {told} points; below zero the rival wins."
            )
    yield from against_labels(findings)


def by_preset(found: Findings) -> Iterator[str]:
    """Yield who leads with which preset as published."""
    leads: dict[str, list[str]] = {}
    for technology, arms, _, gap in told_presets(found):
        elders = arms["elders"]
        weak = f" (whose elders know {said(elders)})" if elders.mean() < WEAK else ""
        leads.setdefault(winner(gap).strip("*"), []).append(f"`{technology}`{weak}")
    order = (("copying", "Of the presets as published copying wins with"),
             ("distilling", "Distilling wins with"), ("undecided", "Undecided are"))  # fmt: skip
    for side, words in order:
        if side in leads:
            yield f"{words} {', '.join(leads[side])}."


def against_labels(findings: Mapping[tuple[str, str], Findings]) -> Iterator[str]:
    """Yield how heirs stand to those who learn the true labels of the same inputs."""
    for (name, part), found in findings.items():
        if part == "crossing" and (lines := list(found.of(part=part))):
            gaps = [np.mean(kept["heirs"]) - np.mean(kept["labels"]) for kept in lines]
            yield (
                f"To those who learn the true labels of the same {named(name)} inputs heirs stand "
                f"by {said(gaps)} points (over seeds, technologies and mismatches)."
            )


def budget_in_words(findings: Mapping[str, Findings], tasks: Mapping[str, Any]) -> str:
    """Return what answers are worth."""
    rows: list[tuple[str, ...]] = [
        ("Hinton et al. 2015, section 6: speech, 3 % of the frames", "", "57.0", "", "44.5",
         "58.9 (all labels)"),
        ("pilot, digits, direct feedback alignment", "100", "94", "86", "", "95 to 96.6"),
    ]  # fmt: skip
    for name, budget in (("digits", 100), ("mnist", 300)):
        if name not in findings:
            continue
        found = findings[name]
        if name == "mnist":
            rows.append(("pilot, MNIST pooled to 14x14, Mono-Forward", "300", "85.1", "79.3",
                         "78.7", "90.6"))  # fmt: skip
        of = [accuracy(found, arm, budget) for arm in ("soft", "hard", "labels")]
        elders = found.values("accuracy", arm="elders")
        rows.append((f"**ours, {named(name)}**", f"{budget}", *map(said, (*of, elders))))
    header = ("beside the sources", "inputs", "soft", "hard", "labels", "elder")
    return " ".join(budget_sentences(findings, tasks)) + "\n\n" + table(header, rows)


def budget_sentences(findings: Mapping[str, Findings], tasks: Mapping[str, Any]) -> Iterator[str]:
    """Yield the sentences about answers."""
    for name, task in tasks.items():
        found = findings[name]
        gaps = {
            other: [paired(accuracy(found, "soft", budget), accuracy(found, other, budget))
                    for budget in task.budgets]
            for other in ("hard", "labels")
        }  # fmt: skip
        if not all(gap.size for of in gaps.values() for gap in of):
            continue
        best = int(np.argmax([gap.mean() for gap in gaps["hard"]]))
        ends = {other: first_not_ahead(task.budgets, of) for other, of in gaps.items()}
        yield (
            f"On {named(name)} soft answers lead hard ones by {said(gaps['hard'][best])} points at "
            f"{task.budgets[best]:,} queries; they no longer do, by two standard errors, from "
            f"{ends['hard']}, nor over true labels from {ends['labels']}. At the largest budget "
            f"hard ones lead by {said(-gaps['hard'][-1])} and labels by "
            f"{said(-gaps['labels'][-1])}."
        )
        coarse = {bits: accuracy(found, "soft", 300, bits) for bits in (4, 2)}
        fine = accuracy(found, "soft", 300)
        if all(of.size for of in (*coarse.values(), fine)):
            yield (
                f"Four bits a number cost {said(paired(fine, coarse[4]))} points at 300 queries, "
                f"two {said(paired(fine, coarse[2]))}."
            )
        few, many = (
            paired(accuracy(found, "moved", size), accuracy(found, "moved labels", size))
            for size in (300, 1000)
        )
        if few.size and many.size:
            yield (
                f"Against labels that move along, answers to moved images are worth {said(few)} "
                f"points at 300 inputs, {said(many)} at 1,000."
            )
    if "mnist" in findings and len(found := list(told_long(findings["mnist"]))) == 2:
        few, many = found
        yield (
            f"Learnt for longer, 300 soft answers on MNIST lead true labels by {said(few)} points, "
            f"and who was asked 10,000 questions once lies {said(-many)} behind its elder."
        )
    equal = [
        paired(soft, hard).mean()
        for name, task in tasks.items()
        for _, soft, hard in at_equal_bits(task.budgets, findings[name])
    ]
    if equal and max(equal) < 0:
        yield (
            f"Paid by the bit, hard answers win wherever both were measured, by {-max(equal):.1f} "
            "points or more, as long as inputs cost nothing: soft answers are for scarce inputs, "
            "not for a narrow channel."
        )


def told_long(found: Findings) -> Iterator[Array]:
    """Yield the lead of 300 answers over labels, and of who heard 10,000 over its elder."""
    soft, labels = (accuracy(found, arm, 300, is_long=True) for arm in ("soft", "labels"))
    many = paired(
        accuracy(found, "soft", 10_000, is_long=True), found.values("accuracy", arm="elders")
    )
    for gap in (paired(soft, labels), many):
        if gap.size:
            yield gap


def first_not_ahead(budgets: tuple[int, ...], gaps: list[Array]) -> str:
    """Return the budget from which on a gap is never above 0 by more than two standard errors."""
    clear = [
        number for number, gap in enumerate(gaps)
        if gap.size > 1 and gap.mean() > 2 * gap.std(ddof=1) / np.sqrt(gap.size)
    ]  # fmt: skip
    after = max(clear, default=-1) + 1
    return f"{budgets[after]:,} on" if after < len(budgets) else "no budget on"


def named(data: str) -> str:
    """Return how a data set is written."""
    return "MNIST" if data == "mnist" else data

"""The section of docs/claims.md that tells what generations hand down."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from findings import Findings, said, save, verdicts
from lives import table

from distill.decay import fit_decay
from mortal.pictures.style import FIRST, INK, QUIET, SECOND, canvas

__all__ = ["FLOAT", "report"]

SETTINGS = (("digits", 1000), ("mnist", 10_000), ("mnist", 1000))
ONCE, MOVED = "1 elder, asked once", "1 elder, moved"
FLOAT = "float nets, moved"
"""The control without devices: digital nets of the same layers, Adam, as many steps."""
BEST = (
    ONCE, MOVED, f"{MOVED}, netted", f"{MOVED}, netted, thrice as long", f"{MOVED}, twice as long",
    "4 elders, asked once", "4 elders, moved",
)  # fmt: skip
"""Arms held against what is asked."""
PAIRS = (
    ("six times as long, asked once", ONCE, f"{ONCE}, a sixth as long"),
    ("six times as long, moved", MOVED, f"{MOVED}, a sixth as long"),
    ("twice as long again, moved", f"{MOVED}, twice as long", MOVED),
    ("thrice as long, netted", f"{MOVED}, netted, thrice as long", f"{MOVED}, netted"),
    ("writes netted, moved", f"{MOVED}, netted", MOVED),
    ("moved, equally long", MOVED, ONCE),
    ("mixed, equally long", "1 elder, mixed", ONCE),
    ("elders corrected before they teach, asked once", f"{ONCE}, corrected", ONCE),
    ("no year between, asked once", f"{ONCE}, at once", ONCE),
    ("4 elders, asked once", "4 elders, asked once", ONCE),
    ("4 elders, moved", "4 elders, moved", MOVED),
    ("images of the generation before rehearsed, moved", f"{MOVED}, rehearsed", MOVED),
    ("peers, moved", "1 elder, moved, peers", MOVED),
    ("softening 8, 4 elders, moved", "4 elders, softening 8", "4 elders, moved"),
    ("pixels drawn for images, 4 elders", "4 elders, no inputs", "4 elders, moved"),
    ("3 years at 55 C, 4 elders, moved", "4 elders, 3 years at 55 C", "4 elders, moved"),
    ("float nets for devices, moved", FLOAT, f"{MOVED}, netted"),
    ("exact devices, netted, moved", f"{MOVED}, exact", f"{MOVED}, netted"),
    ("exact devices, 4 elders, moved", "4 elders, exact", "4 elders, moved"),
    ("no common scale, asked once", "1 elder, one temperature, no scale", ONCE),
    ("copied, not taught", "copied", ONCE),
)
"""What was changed, the arm that has it, and the arm that is the same without."""


def report(findings: Mapping[str, Findings], arms: Sequence[str], *, is_drawn: bool) -> str:
    """Return the section; its figure is drawn if asked for."""
    seconds = sum(kept["seconds"] for found in findings.values() for kept in found.of())
    parts = [
        "```\nMORTAL_DATA=FOLDER python scripts/claims/generations.py --write\n```",
        "`mortal-default`, Mono-Forward; digits 64-128-128, founders of 1,197 labels, heirs asked "
        "about 1,000 of the same images (there are no others); MNIST 784-256-256, founders of "
        "20,000 labels, heirs asked about images drawn anew each generation from the other 35,000. "
        "A year at 25 C between generations where nothing else is said. `1 elder` teaches one "
        "heir, in four lines side by side on digits, in one on MNIST; `4 elders` teach each of "
        "four heirs with one voice; `peers`: heirs then teach each other, one round. `asked once`: "
        "each image as it is, learnt again and again; `moved`: in many forms, half of them moved "
        "by up to 1 (digits) or 2 pixels, each form asked and counted as an answer; `mixed`: half "
        "of the forms between two images; `rehearsed`: half of the images those of the generation "
        "before; `no inputs`: each pixel drawn by itself. All are "
        "schooled equally long, founders too, but those `a sixth`, `twice` or `thrice as long`. "
        "`Corrected`: elders, rested, add an offset a class, from the images they are about to be "
        "asked alone (`distill.class_offsets`); `at once`: they teach without a year of rest. "
        "`Netted`: a batch's sum is formed digitally and written once; `exact`: so, at a third of "
        "the rate, on cells without physics. "
        "Answers are brought to one scale and softened by 2; `one temperature, no scale`: softened "
        "by 4 as they are. "
        "`Float nets`: digital nets of the same layers, which learn for as many steps by Adam and "
        "do not age. "
        f"`Copied`: by a perfect microscope and write-verify. {seconds:,.0f} s of one core.",
        *_best(findings),
        verdicts(_asked(findings)),
        *_without_devices(findings["mnist"]),
    ]  # fmt: skip
    parts.append("**What moved it**, in points, paired by seed; at the tenth generation.")
    parts.append(_means(findings))
    for data, inputs in SETTINGS:
        parts.append(f"**{data}, {inputs:,} unlabelled inputs a generation.**")
        parts.append(_table(findings[data], inputs, [arm for arm in arms if arm != "labels"]))
        labels = list(findings[data].of(arm="labels", inputs=inputs))
        if labels:
            taught = said([np.mean(kept["accuracies"]) for kept in labels])
            untaught = said([np.mean(kept["untaught"]) for kept in labels])
            parts.append(
                f"True labels of as many images, as long: {taught}; never taught: {untaught}."
            )
    parts.append(
        "`half-life`: generations until half of what can be lost is lost, and `fixed point`, where "
        "it ends, of the mean over seeds (`distill.fit_decay`); `-` where the generations do not "
        "tell them."
    )
    return "\n\n".join([*parts, _figure(findings)] if is_drawn else parts)


def _tenth(found: Findings, arm: str, inputs: int) -> dict[int, float]:
    """Return mean accuracy of the tenth generation, by seed."""
    lines = [line for line in found.of(arm=arm, inputs=inputs) if len(line["accuracies"]) > 10]
    return {line["case"]["seed"]: float(np.mean(line["accuracies"][10])) for line in lines}


def _means(findings: Mapping[str, Findings]) -> str:
    """Return a table of what each change brought at the tenth generation."""
    rows = []
    for change, arm, without in PAIRS:
        cells = []
        for data, inputs in SETTINGS:
            changed, plain = (_tenth(findings[data], one, inputs) for one in (arm, without))
            both = sorted(changed.keys() & plain.keys())
            cells.append(said([changed[seed] - plain[seed] for seed in both]) if both else "")
        if any(cells):
            rows.append((change, *cells))
    return table(("changed", *(f"{data}, {inputs:,} inputs" for data, inputs in SETTINGS)), rows)


def _best(findings: Mapping[str, Findings]) -> Iterator[str]:
    """Yield a sentence a setting: which of the means kept most, seen afterwards."""
    for data, inputs in SETTINGS:
        found = findings[data]
        tenths = {arm: _at(_curves(found, arm, inputs), 10) for arm in BEST}
        known = {arm: tenth for arm, tenth in tenths.items() if tenth.size}
        if known:
            best = max(known, key=lambda arm: float(known[arm].mean()))
            first = _at(_curves(found, best, inputs), 0)
            half, end = _decay(found, best, inputs)
            yield (
                f"Of what was tried, `{best}` kept most on {data} with {inputs:,} inputs: "
                f"{said(known[best])} after ten generations, {said(first - known[best])} points "
                f"less than its founders; half-life {half} generations, fixed point {end}."
            )


def _without_devices(found: Findings) -> Iterator[str]:
    """Yield a sentence an amount of inputs: what the same schooling loses where no device is."""
    for inputs in (10_000, 1000):
        lost = [
            f"`{arm}` {said(_at(curves, 0) - _at(curves, 10))}"
            for arm in (FLOAT, f"{MOVED}, exact", f"{MOVED}, netted")
            if _at(curves := _curves(found, arm, inputs), 10).size
        ]
        if lost:
            yield (
                f"What ten generations on MNIST with {inputs:,} inputs lose without devices, and "
                f"with them, in points: {', '.join(lost)}."
            )


def _decay(found: Findings, arm: str, inputs: int) -> tuple[str, str]:
    """Return half-life and fixed point of the longest curves, `-` where they do not tell."""
    longest = _curves(found, arm, inputs, 30)
    curves = longest if longest.size else _curves(found, arm, inputs)
    decay = fit_decay(curves.mean(axis=0) / 100, 0.1)
    half = "-" if decay.half_life is None else f"{decay.half_life:.1f}"
    return half, "-" if decay.fixed_point is None else f"{100 * decay.fixed_point:.1f}"


def _curves(found: Findings, arm: str, inputs: int, least: int = 0) -> np.ndarray[Any, Any]:
    """Return mean accuracies over devices, `[seed, generation]`, as far as all seeds go.

    `least` leaves out seeds followed for fewer generations.
    """
    kept = [line["accuracies"] for line in found.of(arm=arm, inputs=inputs)]
    long = [np.mean(line, axis=1) for line in kept if len(line) > least]
    return np.array([line[: min(map(len, long))] for line in long])


def _at(curves: np.ndarray[Any, Any], generation: int) -> np.ndarray[Any, Any]:
    """Return one generation's accuracies `[seed]`; none where it was not reached."""
    reached = curves.size and curves.shape[1] > generation
    return curves[:, generation] if reached else np.empty(0)


def _asked(findings: Mapping[str, Findings]) -> Iterator[tuple[str, float, Any]]:
    """Yield what the project is asked; losses are negative gains."""
    mnist = findings["mnist"]
    yield "MNIST founders", 94, _at(_curves(mnist, MOVED, 10_000), 0)
    for arm in BEST:
        curves = _curves(findings["digits"], arm, 1000)
        if curves.size:
            yield f"digits, ten generations, {arm}", 92, _at(curves, 10)
    for inputs, first, tenth in ((10_000, -1.5, -1.0), (1000, -5.0, -4.0)):
        for arm in BEST:
            curves = _curves(mnist, arm, inputs)
            if not curves.size:
                continue
            name = f"MNIST, {inputs:,} inputs, {arm}"
            yield f"{name}: first heirs less founders", first, _at(curves, 1) - _at(curves, 0)
            yield f"{name}: tenth less founders", tenth, _at(curves, 10) - _at(curves, 0)


def _table(found: Findings, inputs: int, arms: Sequence[str]) -> str:
    head = ("arm", "founders", "first heirs", "10th", "10th less founders", "30th", "half-life",
            "fixed point", "answers", "KiB of answers")  # fmt: skip
    rows = []
    for arm in arms:
        curves = _curves(found, arm, inputs)
        if not curves.size:
            continue
        line = next(found.of(arm=arm, inputs=inputs))
        longest = _curves(found, arm, inputs, 30)
        tenth = _at(curves, 10)
        half, end = _decay(found, arm, inputs)
        cost = ("", "")
        if "answers" in line:
            cost = f"{line['answers']:,}", f"{line['answer_bits'] / 8192:,.0f}"
        rows.append((
            arm, said(curves[:, 0]), said(curves[:, 1]), said(tenth),
            said(tenth - curves[:, 0]) if tenth.size else "",
            said(_at(longest, 30)) if longest.size else "", half, end, *cost,
        ))  # fmt: skip
    return table(head, rows) if rows else "Not measured yet."


def _figure(findings: Mapping[str, Findings]) -> str:
    shown = {
        "4 elders, moved": (FIRST, "-"),
        MOVED: (FIRST, "--"),
        ONCE: (SECOND, "-"),
        f"{ONCE}, a sixth as long": (SECOND, "--"),
        "1 elder, one temperature, no scale": (QUIET, "--"),
        "4 elders, no inputs": (SECOND, ":"),
        "copied": (QUIET, "-"),
        "4 elders, exact": (INK, ":"),
    }
    with canvas(10, 3.2, 3) as (figure, panels):
        for panel, (data, inputs) in zip(panels, SETTINGS, strict=True):
            for arm, (colour, dash) in shown.items():
                curves = _curves(findings[data], arm, inputs, 30)
                if not curves.size:
                    curves = _curves(findings[data], arm, inputs)
                if curves.size:
                    panel.plot(curves.mean(axis=0), dash, color=colour, label=arm, linewidth=1.4)
            panel.set_title(f"{data}, {inputs:,} inputs")
            panel.set_xlabel("generation")
            panel.set_ylim(0, 100)
        panels[0].set_ylabel("accuracy, % of test images")
        panels[0].legend(fontsize=7)
        return save(figure, "generations")

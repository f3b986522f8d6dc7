"""The section of docs/claims.md that tells what generations hand down."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from findings import Findings, said, save, verdicts
from lives import table

from distill.decay import fit_decay
from mortal.pictures.style import FIRST, INK, QUIET, SECOND, canvas

__all__ = ["report"]

SETTINGS = (("digits", 1000), ("mnist", 10_000), ("mnist", 1000))


def report(findings: Mapping[str, Findings], arms: Sequence[str], *, is_drawn: bool) -> str:
    """Return the section; its figure is drawn if asked for."""
    seconds = sum(kept["seconds"] for found in findings.values() for kept in found.of())
    parts = [
        "```\nMORTAL_DATA=FOLDER python scripts/claims/generations.py --write\n```",
        "`mortal-default`, Mono-Forward, four devices a generation; digits 64-128-128, founders "
        "of 1,197 labels, heirs asked about the same images (there are no others); MNIST "
        "784-256-256, founders of 20,000 labels, heirs asked about images drawn anew each "
        "generation from the other 35,000. A year at 25 C between generations where nothing "
        "else is said. Founders and heirs are schooled equally long. `moved`: the same unlabelled "
        "images in many forms, half of them moved by up to 1 (digits) or 2 pixels, each form asked "
        "and counted as an answer; `mixed`: half of the forms between two images; `no inputs`: "
        "each pixel drawn by itself. `4 elders` teach each heir with one voice; `peers`: heirs "
        f"then teach each other, one round. {seconds:,.0f} s of one core.",
        verdicts(_asked(findings)),
    ]  # fmt: skip
    for data, inputs in SETTINGS:
        parts.append(f"**{data}, {inputs:,} unlabelled inputs a generation.**")
        parts.append(_table(findings[data], inputs, [arm for arm in arms if arm != "labels"]))
        labels = list(findings[data].of(arm="labels", inputs=inputs))
        taught = said([np.mean(kept["accuracies"]) for kept in labels])
        untaught = said([np.mean(kept["untaught"]) for kept in labels])
        parts.append(f"True labels of as many images, as long: {taught}; never taught: {untaught}.")
    parts.append(
        "`half-life`: generations until half of what can be lost is lost, and `fixed point`, where "
        "it ends, of the mean over seeds (`distill.fit_decay`); `-` where the generations do not "
        "tell them."
    )
    return "\n\n".join([*parts, _figure(findings)] if is_drawn else parts)


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
    mnist, best = findings["mnist"], "4 elders, moved"
    curves = _curves(mnist, best, 10_000)
    yield "MNIST founders", 94, _at(curves, 0)
    digits = _curves(findings["digits"], best, 1000)
    yield "digits, ten generations, 4 elders, moved", 92, _at(digits, 10)
    for inputs, first, tenth in ((10_000, -1.5, -1.0), (1000, -5.0, -4.0)):
        for arm in (best, "1 elder, moved"):
            curves = _curves(mnist, arm, inputs)
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
        decay = fit_decay((longest if longest.size else curves).mean(axis=0) / 100, 0.1)
        half = "-" if decay.half_life is None else f"{decay.half_life:.1f}"
        end = "-" if decay.fixed_point is None else f"{100 * decay.fixed_point:.1f}"
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
        "1 elder, moved": (FIRST, "--"),
        "1 elder, asked once": (SECOND, "-"),
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

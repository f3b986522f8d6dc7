"""The tables and the figure of corrupted labels: the cliff, and what a noisy label is worth."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from findings import Findings, said, save, verdicts
from lives import table

import distill
from mortal.pictures.style import FIRST, INK, QUIET, SECOND, canvas, panel_title

__all__ = ["LEARNERS", "RIGHT", "chosen", "report", "worth"]

TUNED = (1.0, 0.2)
"""Where lessons of devices are chosen: for clean labels, and for all corrupted ones."""
RIGHT = (1.0, 0.5, 0.3, 0.2, 0.15, 0.13, 0.12, 0.11, 0.1)
LEARNERS = {"convnet": QUIET, "wide convnet": INK, "perceptron": SECOND, "device": FIRST}
CURVED = ("convnet", "perceptron", "device")
"""Whose noisy labels are held beside clean ones."""
WIDE_RIGHT = (0.2,)
"""Where the wide convnet is measured, which is dear."""
SOURCE = {1.0: "98.99", 0.5: "97.71", 0.2: "91.77; 95 in the interview"}
"""Guan et al. 2017, table of MNIST, a small convnet; unverified, from memory."""


def chosen(found: Findings, right: float) -> str:
    """Return the lesson whose devices met the most corrupted labels held out at this q."""
    met = {
        kept["case"]["lesson"]: float(np.mean(kept["held out"]))
        for kept in found.of(stage="tune", right=right)
    }
    return max(met, key=lambda name: met[name])


def worth(found: Findings, learner: str, right: float, labels: int) -> float:
    """Return the number of clean labels that teach as much; NaN outside of those measured.

    The mean accuracy over seeds is looked up between the accuracies from N clean labels, linearly
    in log N; where more labels taught less, the best so far counts.
    """
    noisy = found.values("accuracy", stage="noisy", learner=learner, right=right)
    curve = clean_curve(found, learner, labels)
    if not noisy.size or len(curve) < 2:
        return math.nan
    samples, accuracy = np.array(sorted(curve.items())).T
    accuracy = np.maximum.accumulate(accuracy)
    if not accuracy[0] <= noisy.mean() <= accuracy[-1]:
        return math.nan
    return float(np.exp(np.interp(noisy.mean(), accuracy, np.log(samples))))


def rule_of(labels: int, right: float) -> float:
    """Return N I / 3.32: the clean labels that hold as many bits."""
    return labels * distill.corrupted_label_bits(right) / distill.label_bits(10)


def clean_curve(found: Findings, learner: str, labels: int) -> dict[int, float]:
    """Return the mean accuracy from each number of clean labels; `labels` are all there are."""
    counts = {kept["case"]["samples"] for kept in found.of(stage="curve", learner=learner)}
    curve = {
        count: found.values("accuracy", stage="curve", learner=learner, samples=count).mean()
        for count in sorted(counts)
    }
    whole = found.values("accuracy", stage="noisy", learner=learner, right=1.0)
    return {**curve, labels: whole.mean()} if curve and whole.size else curve


def report(findings: Mapping[str, Findings], task: Any, *, is_drawn: bool) -> str:
    """Return the section; its figure is drawn if asked for."""
    labels = task.train or 60_000 - task.held_out
    parts = [
        "```\nMORTAL_DATA=FOLDER python scripts/claims/corrupted_labels.py --write\n```",
        setting(findings, task, labels),
        "**Accuracy from labels of which a share q is right.**",
        accuracies(findings),
        verdicts(asked(findings)),
        f"**What {labels:,} noisy labels are worth**, in clean ones. The rule: N I / 3.32. "
        "A rule over worth of 2 means that they were worth half of what the rule says; nothing "
        "stands where the clean labels measured do not reach.",
        worths(findings, labels),
        f"**From N clean labels**, in lessons of {task.clean_steps:,} batches or more.",
        clean(findings),
        "**Six devices that learnt from the same labels, q = .2, and a seventh** that was told no "
        "label: it learns from the mean of their soft answers to the same images.",
        council(findings["device"]),
        "**A teacher device whose answers are 80 % wrong**, and its student, another device. "
        "The channel corrupts each answer once and for all (`answers=\"hard\", right=0.2`).",
        teachers(findings["device"]),
        "**How devices learn** was chosen by corrupted labels of images held out (right times q, "
        "or wrong and met by chance), seed 1; bold is what was taken, at q = 1 for clean labels, "
        "at q = .2 for all corrupted ones.",
        lessons(findings["device"]),
    ]  # fmt: skip
    return "\n\n".join([*parts, figure(findings, labels)] if is_drawn else parts)


def setting(findings: Mapping[str, Findings], task: Any, labels: int) -> str:
    """Return who learns what."""
    lines = [kept for found in findings.values() for kept in found.of()]
    seconds = sum(kept["seconds"] for kept in lines)
    convolved, perceptron = (
        "-".join(map(str, getattr(task, name))) for name in ("convolved", "perceptron")
    )
    layers = "-".join(map(str, task.layers))
    return (
        f"{labels:,} images learnt from. `convnet`: {convolved} (channels, channels, units; 5x5), "
        f"dropout .5, {task.convolved_epochs} epochs, batch {task.batch}, momentum .9, rate "
        f"{task.rate:g} falling linearly to 0; `wide convnet`: the same, "
        f"{'-'.join(map(str, task.wide))}, {task.wide_epochs} epochs. "
        f"`perceptron`: {perceptron}, dropout .5, "
        f"{task.epochs} epochs of Adam. `device`: `mortal-default`, {layers}, Mono-Forward, "
        f"{task.devices} a seed. Seeds 1 to {task.seeds}. {seconds:.0f} s of one core.\n\n"
        "Source: Guan, Gulshan, Dai, Hinton 2017, arXiv:1703.08774, on 60,000 images; its numbers "
        "are from memory, unverified."
    )


def asked(findings: Mapping[str, Findings]) -> Iterator[tuple[str, float, Any]]:
    """Yield what the project is asked, and what was found."""
    nets = [
        findings[name].values("accuracy", stage="noisy", learner=name, right=0.2)
        for name in findings
        if name != "device"
    ]
    best = max(nets, key=lambda found: found.mean() if found.size else 0.0)
    yield "best digital net, q = .2", 90, best
    device = findings["device"]
    found = device.values("accuracy", stage="noisy", learner="device", right=0.2)
    yield "device, q = .2, alone with the labels", 83, found
    council = device.values("accuracy", stage="council")
    yield "device, q = .2, taught by six that were", 83, council
    yield "... aim", 86, council
    answers, student = (device.values(name, stage="teacher") for name in ("answers", "accuracy"))
    if answers.size:
        yield "student of the teacher that is mostly wrong", round(answers.mean(), 1), student


def accuracies(findings: Mapping[str, Findings]) -> str:
    """Return what every learner reached at every q."""

    def reached(name: str, right: float) -> str:
        if name == "wide convnet" and right not in WIDE_RIGHT:
            return ""
        return said(findings[name].values("accuracy", stage="noisy", learner=name, right=right))

    rows = [
        (f"{right:g}", f"{distill.corrupted_label_bits(right):.4f}", SOURCE.get(right, ""),
         *(reached(name, right) for name in LEARNERS))
        for right in RIGHT
    ]  # fmt: skip
    return table(("q", "I, bits", "source", *LEARNERS), rows)


def worths(findings: Mapping[str, Findings], labels: int) -> str:
    """Return what noisy labels are worth, and by what factor it is less than the rule's."""
    rows = []
    for right in RIGHT[1:-1]:
        rule = rule_of(labels, right)
        row = [f"{right:g}", f"{rule:,.0f}"]
        for name in CURVED:
            found = worth(findings[name], name, right, labels)
            row += ["", ""] if math.isnan(found) else [f"{found:,.0f}", f"{rule / found:.2f}"]
        rows.append(row)
    header = [f"{name}{what}" for name in CURVED for what in (": worth", ": rule over worth")]
    return table(("q", "rule", *header), rows)


def clean(findings: Mapping[str, Findings]) -> str:
    """Return the learning curves of clean labels."""
    counts = sorted(
        {kept["case"]["samples"] for found in findings.values() for kept in found.of(stage="curve")}
    )
    rows = [
        (f"{count:,}",
         *(said(findings[name].values("accuracy", stage="curve", learner=name, samples=count))
           for name in CURVED))
        for count in counts
    ]  # fmt: skip
    return table(("N", *CURVED), rows)


def teachers(findings: Findings) -> str:
    """Return the elders' own accuracy, that of their corrupted answers, and their students'."""
    found = [findings.values(name, stage="teacher") for name in ("elder", "answers", "accuracy")]
    return table(
        ("elder, asked undisturbed", "its answers as they arrive", "student"),
        [list(map(said, found))],
    )


def council(findings: Findings) -> str:
    """Return what the six know each, all together, and what their student learnt."""
    found = [findings.values(name, stage="council") for name in ("elders", "together", "accuracy")]
    return table(("the six, each", "together", "their student"), [list(map(said, found))])


def lessons(findings: Findings) -> str:
    """Return how well each lesson meets corrupted labels held out."""
    names = dict.fromkeys(kept["case"]["lesson"] for kept in findings.of(stage="tune"))
    taken = {right: chosen(findings, right) for right in TUNED} if names else {}
    rows = []
    for name in names:
        row = [name]
        for right, best in taken.items():
            met = findings.values("held out", stage="tune", lesson=name, right=right)
            text = f"{met.mean():.1f}" if met.size else ""
            row.append(f"**{text}**" if name == best else text)
        rows.append(row)
    return table(("lesson", *(f"held out at q = {right:g}, %" for right in taken)), rows)


def figure(findings: Mapping[str, Findings], labels: int) -> str:
    """Draw the cliff, and noisy labels beside clean ones of as many bits."""
    with canvas(8.0, 3.2, 2) as (drawn, (cliff, bits)):
        for name, colour in LEARNERS.items():
            noisy = [findings[name].values("accuracy", stage="noisy", learner=name, right=right)
                     for right in RIGHT]  # fmt: skip
            known = [
                (right, found) for right, found in zip(RIGHT, noisy, strict=True) if found.size
            ]
            if not known:
                continue
            means = [found.mean() for _, found in known]
            cliff.plot([right for right, _ in known], means, "-", color=colour, label=name)
            for right, found in known:
                cliff.plot([right] * found.size, found, "o", color=colour, markersize=3)
            if curve := clean_curve(findings[name], name, labels):
                bits.plot(
                    list(curve), list(curve.values()), "-", color=colour, label=f"{name}, clean"
                )
            rule = [rule_of(labels, right) for right, _ in known]
            bits.plot(rule, means, "o", color=colour, markersize=4, markerfacecolor="none")
        cliff.set_xscale("log")
        ticks = [0.1, 0.15, 0.2, 0.3, 0.5, 1]
        cliff.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        cliff.minorticks_off()
        cliff.set_xlabel("q, share of right labels")
        bits.set_xscale("log")
        bits.set_xlim(left=5)
        bits.set_xlabel("clean labels N, or N I / 3.32 of noisy ones (rings)")
        for axis in (cliff, bits):
            axis.set_ylim(0, 101)
            axis.set_ylabel("accuracy, %")
            axis.legend(fontsize=7.5)
        panel_title(cliff, "the cliff")
        panel_title(bits, "what a noisy label is worth")
        return save(drawn, "corrupted-labels")

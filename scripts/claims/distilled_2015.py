"""The table and the figure of the numbers of 2015, and what the source reports."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from findings import Findings, said, save, verdicts
from lives import table

from mortal.pictures.style import FIRST, QUIET, SECOND, canvas, panel_title

__all__ = ["ARMS", "report"]

ARMS: Mapping[str, tuple[int, ...]] = {
    "labels": tuple(range(10)),
    "soft": tuple(range(10)),
    "no 3s": (0, 1, 2, 4, 5, 6, 7, 8, 9),
    "7s and 8s": (7, 8),
}
"""The classes that each student is shown."""

SAME = {
    ("digital to device", "teacher"): "digital",
    ("digital to device", "labels"): "device to device",
}
"""Arms that two kinds have in common, and the kind under which they are measured."""

ROWS = (
    ("teacher", "teacher", "plain accuracy", "99.33"),
    ("student, true labels", "labels", "plain accuracy", "98.54"),
    ("student, soft answers", "soft", "plain accuracy", "99.26"),
    ("... no 3s", "no 3s", "plain accuracy", "97.94"),
    ("... ... corrected, peeking", "no 3s", "peeking accuracy", "98.91"),
    ("... ... corrected, unlabelled", "no 3s", "unlabelled accuracy", ""),
    ("threes right, never shown", "no 3s", "plain threes", "86.8"),
    ("... corrected, peeking", "no 3s", "peeking threes", "98.6"),
    ("... **corrected, unlabelled**", "no 3s", "unlabelled threes", ""),
    ("threes right after a longer lesson", "no 3s, longer", "plain threes", ""),
    ("... corrected, peeking", "no 3s, longer", "peeking threes", ""),
    ("... **corrected, unlabelled**", "no 3s, longer", "unlabelled threes", ""),
    ("... all right, corrected, unlabelled", "no 3s, longer", "unlabelled accuracy", ""),
    ("student, only 7s and 8s", "7s and 8s", "plain accuracy", "52.7"),
    ("... corrected, peeking", "7s and 8s", "peeking accuracy", "86.8"),
    ("... corrected, unlabelled", "7s and 8s", "unlabelled accuracy", ""),
)
"""What stands in a row: arm, finding, and the source's percent, of its 10,000 test errors."""

WAYS = {"plain": QUIET, "peeking": SECOND, "unlabelled": FIRST}


def report(findings: Mapping[str, Findings], task: Any, *, is_drawn: bool) -> str:
    """Return the section; its figure is drawn if asked for."""
    rows = []
    for label, arm, name, source in ROWS:
        found = [values(findings, kind, arm, name) for kind in findings]
        if any(of.size for of in found):
            is_asked = [kind != "digital" or arm != "no 3s, longer" for kind in findings]
            cells = [said(of) if is_it else "" for of, is_it in zip(found, is_asked, strict=True)]
            rows.append((label, source, *cells))
    parts = [
        "```\nMORTAL_DATA=FOLDER python scripts/claims/distillation_2015.py --write\n```",
        setting(findings, task),
        table(("", "source", *findings), rows),
        verdicts(asked(findings)),
    ]
    if is_drawn:
        parts.append(figure(findings))
    return "\n\n".join(parts)


def asked(findings: Mapping[str, Findings]) -> Iterator[tuple[str, float, Any]]:
    """Yield what the project is asked, and what was found."""
    for kind in ("digital", "device to device"):
        who = kind.partition(" ")[0]
        yield f"teacher, {who}", 94, values(findings, kind, "teacher", "plain accuracy")
    for kind in findings:
        what = f"threes right, never shown, corrected unlabelled, {kind}"
        yield what, 85, values(findings, kind, "no 3s", "unlabelled threes")
        if kind != "digital":
            found = values(findings, kind, "no 3s, longer", "unlabelled threes")
            yield f"... after a longer lesson, {kind}", 85, found


def values(findings: Mapping[str, Findings], kind: str, arm: str, name: str) -> Any:
    """Return a finding of each seed."""
    kind = SAME.get((kind, arm), kind)
    return findings[kind].values(name, kind=kind, arm=arm)


def setting(findings: Mapping[str, Findings], task: Any) -> str:
    """Return who learns what, and how that differs from the source."""

    def chain(units: Sequence[int]) -> str:
        return "-".join(map(str, units))

    lines = [kept for kind, found in findings.items() for kept in found.of(kind=kind)]
    seeds = sorted({kept["case"]["seed"] for kept in lines})
    nets, devices = task.nets, task.devices
    lessons = "; ".join(
        f"{kind}: {told['questions'] * told['epochs'] // told['batch']:,} batches of "
        f"{told['batch']}, array rate {told['array_rate']:g}, label rate {told['label_rate']:g}, "
        f"{told['questions']:,} forms moved by up to {told['pixels']} pixels, softened by "
        f"{told['softening']:g}, corrected at {told['correction']:g}"
        for kind in findings
        for told in [kept["case"] for kept in findings[kind].of(arm="no 3s, longer", kind=kind)][:1]
    )
    return (
        f"Seeds {', '.join(map(str, seeds))}; {sum(kept['seconds'] for kept in lines):.0f} s of "
        f"one core. Devices are `mortal-default` by Mono-Forward, {chain(devices.layers)}, "
        f"{devices.count} a seed, {devices.teacher_writes:,} batches of "
        f"{devices.teacher_batch} for teachers and those taught by labels, {devices.writes:,} of "
        f"{devices.batch} at {devices.rate:g} times the declared rates for students. "
        f"{task.images.kept_apart:,} training images are kept apart: rates, epochs and softening "
        "were chosen on such of another seed.\n\n"
        f"Differs from the source: the teacher is {chain(nets.teacher)} (source "
        f"784-1200-1200-10), {nets.teacher_steps:,} steps of Adam on batches of {nets.batch} with "
        f"dropout and images moved by up to {nets.jitter} pixels; digital students are "
        f"{chain(nets.student)} (source 784-800-800-10), {nets.steps:,} steps whatever they are "
        f"shown. Answers pass a channel of 8 bits a class, at one scale, softened by "
        f"{nets.softening:g} for nets and {devices.softening:g} for devices (source: T = 20 on raw "
        "logits). `Peeking` chooses its one offset on the test images, as the source did; "
        "`unlabelled` sees the images kept apart, and no label.\n\n"
        "The longer lesson without 3s was chosen on half of the images kept apart of another seed, "
        f"corrected by the other half; {lessons}.\n\n"
        "Source: Hinton, Vinyals, Dean 2015, arXiv:1503.02531, section 3, percent of its 10,000 "
        "test images; one net each."
    )


def figure(findings: Mapping[str, Findings]) -> str:
    """Draw what the correction moves, a dot a seed: threes, and all ten classes."""
    panels = (
        ("no 3s", "threes", "never shown a 3: threes right, %", (86.8, 98.6)),
        ("7s and 8s", "accuracy", "shown only 7s and 8s: all right, %", (52.7, 86.8)),
    )
    kinds = list(findings)
    with canvas(8.0, 3.0, 2) as (drawn, axes):
        for axis, (arm, name, title, (before, after)) in zip(axes, panels, strict=True):
            for place, kind in enumerate(kinds):
                for number, (way, colour) in enumerate(WAYS.items()):
                    found = values(findings, kind, arm, f"{way} {name}")
                    at = place + 0.2 * (number - 1)
                    axis.plot([at] * found.size, found, "o", color=colour, markersize=4,
                              label=way if not place else None)  # fmt: skip
            axis.axhline(before, color=QUIET, linewidth=0.8, linestyle=":")
            axis.axhline(after, color=SECOND, linewidth=0.8, linestyle=":")
            axis.set_xticks(range(len(kinds)), [kind.replace(" to ", "\nto ") for kind in kinds])
            axis.set_ylim(0, 102)
            panel_title(axis, title)
        axes[1].legend(fontsize=7.5, title="bias; dotted: source", title_fontsize=7.5)
        return save(drawn, "distillation-2015")

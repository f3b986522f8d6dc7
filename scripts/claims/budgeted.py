"""The tables and the figure of budgets: by queries, by bits, and by kinds of answers."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from copied import draw
from findings import Findings, said, save, verdicts
from lives import table

from mortal.pictures.style import FIRST, QUIET, SECOND, canvas, panel_title

__all__ = ["accuracy", "at_equal_bits", "paired", "report", "stops"]

Array = npt.NDArray[Any]


def report(
    findings: Mapping[str, Findings], tasks: Mapping[str, Any], words: str, *, is_drawn: bool
) -> str:
    """Return the section; its figure is drawn if asked for."""
    parts = ["```\nMORTAL_DATA=FOLDER python scripts/claims/budget.py --write\n```", words]
    for name, task in tasks.items():
        found = findings[name]
        parts += [setting(name, task, found), queries(task, found), bits(task, found)]
        parts += [*long(found), moved(task, found)]
    parts.append(verdicts(asked(findings)))
    if is_drawn:
        parts.append(figure(findings, tasks))
    return "\n\n".join(parts)


def setting(name: str, task: Any, found: Findings) -> str:
    """Return who learns how."""
    seeds = sorted({kept["case"]["seed"] for kept in found.of()})

    def spelled(school: Any) -> str:
        return (
            f"{school.presented:,} presentations, batches of {school.batch}, {school.rate:g} times "
            f"the declared rates, decay {school.decay:g}"
        )

    elder = ", ".join(f"{word} {value:g}" for word, value in task.elder.items())
    return (
        f"**{name}**: {'-'.join(map(str, task.layers))}, seeds {', '.join(map(str, seeds))}, "
        f"{task.count} device{'s' * (task.count > 1)} a seed and arm, "
        f"{sum(kept['seconds'] for kept in found.of()):.0f} s of one core. Elders ({elder}) reach "
        f"{said(found.values('accuracy', arm='elders'))}. Students of soft answers, `top-k` and "
        f"`ranking` (the best {task.keep}): {spelled(task.soft)}; of classes alone: "
        f"{spelled(task.hard)}; 200 epochs and an eighth of the samples a batch at most. Softening "
        f"{task.softening:g}. Schools were chosen on images held back."
    )


def accuracy(
    found: Findings, arm: str, budget: int, number_bits: int | None = None, *, is_long: bool = False
) -> Array:
    """Return accuracy of an arm, a number a seed."""
    lines = found.of(arm=arm, budget=budget)
    return np.array([np.mean(kept["accuracy"]) for kept in lines
                     if kept["case"].get("bits") == number_bits
                     and ("long" in kept["case"]) == is_long])  # fmt: skip


def queries(task: Any, found: Findings) -> str:
    """Return accuracy by queries, and where soft answers stop winning."""
    rows = []
    for budget in task.budgets:
        soft, hard, labels = (accuracy(found, arm, budget) for arm in ("soft", "hard", "labels"))
        told = [said(accuracy(found, arm, budget)) for arm in ("top-k", "ranking")]
        rows.append((f"{budget:,}", said(soft), *(text.replace("not yet", "") for text in told),
                     said(hard), said(labels), said(paired(soft, hard)),
                     said(paired(soft, labels))))  # fmt: skip
    header = ("queries", "soft", "top-k", "ranking", "hard", "labels", "soft - hard",
              "soft - labels")  # fmt: skip
    ends = {
        other: stops(task.budgets, [
            paired(accuracy(found, "soft", budget), accuracy(found, other, budget))
            for budget in task.budgets
        ])
        for other in ("hard", "labels")
    }  # fmt: skip
    lines = [
        f"Soft answers lead over {'hard ones' if other == 'hard' else 'true labels'} by more than "
        f"two standard errors at {end}."
        for other, end in ends.items()
    ]
    return table(header, rows) + "\n\n" + " ".join(lines)


def paired(one: Array, other: Array) -> Array:
    """Return differences seed by seed, as far as both are there."""
    both = min(one.size, other.size)
    return one[:both] - other[:both]


def stops(budgets: tuple[int, ...], gaps: list[Array]) -> str:
    """Return the budgets at which a gap is above 0 by more than two standard errors."""
    ahead = [
        f"{budget:,}"
        for budget, gap in zip(budgets, gaps, strict=True)
        if gap.size > 1 and gap.mean() > 2 * gap.std(ddof=1) / np.sqrt(gap.size)
    ]
    return ", ".join(ahead) + " queries" if ahead else "no budget"


def bits(task: Any, found: Findings) -> str:
    """Return accuracy by bits a number, and soft against hard where as many bits were paid."""
    widths, rows = (1, 2, 4, 8), []
    for budget in (budget for budget in (100, 300, 1000) if budget in task.budgets):
        of = [accuracy(found, "soft", budget, None if width == 8 else width) for width in widths]
        rows.append((f"{budget:,}", *map(said, of)))
    header = ("soft, queries", *(f"{width} bit{'s' * (width > 1)} a number" for width in widths))
    equal = [
        (f"{80 * budget:,}", f"{budget:,}", said(soft), f"{20 * budget:,}", said(hard),
         said(paired(soft, hard)))
        for budget, soft, hard in at_equal_bits(task.budgets, found)
    ]  # fmt: skip
    told = ("bits paid", "soft answers", "right", "hard answers", "right", "soft - hard")
    return table(header, rows) + (
        "\n\nFor as many bits of answers, hard answers are twenty times as many (80 bits against "
        "4); inputs are not counted (between measured budgets: a line in their logarithm):\n\n"
        + table(told, equal)
    )


def at_equal_bits(budgets: tuple[int, ...], found: Findings) -> Iterator[tuple[int, Array, Array]]:
    """Yield budgets of soft answers, their accuracy, and that of 20 times as many hard ones."""
    hard = [accuracy(found, "hard", budget) for budget in budgets]
    both = min((one.size for one in hard), default=0)
    for budget in budgets:
        if 20 * budget <= max(budgets) and both:
            x = np.log(budgets)
            lines = np.array([one[:both] for one in hard])
            drawn = np.array([np.interp(np.log(20 * budget), x, line) for line in lines.T])
            yield budget, accuracy(found, "soft", budget), drawn


def moved(task: Any, found: Findings) -> str:
    """Return what moved images bring, and how many answers they cost."""
    elders, rows = found.values("accuracy", arm="elders"), []
    for budget in (size for size in (100, 300, 1000, 10_000) if size in task.budgets):
        if budget == 100 and task.side > 8:
            continue
        paid = found.values("answers", arm="moved", budget=budget)
        arms = [accuracy(found, arm, budget) for arm in ("soft", "moved", "moved labels")]
        behind = [said(paired(arm, elders)) for arm in arms[:2]]
        rows.append((f"{budget:,}", said(arms[0]), behind[0],
                     f"{paid[0]:,.0f}" if paid.size else "not yet", said(arms[1]), behind[1],
                     said(arms[2])))  # fmt: skip
    header = ("inputs", "soft, asked once", "- elder", "answers, moved", "soft, moved", "- elder",
              "labels, moved")  # fmt: skip
    return (
        f"Half of the forms asked moved by up to {task.pixels} pixel{'s' * (task.pixels > 1)}, "
        f"{task.moved.presented:,} presentations: inputs are few, answers many, and all are paid "
        "for. A label is valid for the moved image too.\n\n" + table(header, rows)
    )


def long(found: Findings) -> Iterator[str]:
    """Yield what the same answers are worth that are learnt for longer, if it was measured."""
    told = {kept["case"]["budget"]: kept["case"]["long"] for kept in found.of()
            if "long" in kept["case"]}  # fmt: skip
    elders, rows = found.values("accuracy", arm="elders"), []
    for budget, how in sorted(told.items()):
        soft, hard, labels = (
            accuracy(found, arm, budget, is_long=True) for arm in ("soft", "hard", "labels")
        )
        told_of = (f"{how['presented']:,}", f"{how['batch']}", f"{how['softening']:g}")
        gaps = [paired(soft, other) for other in (hard, labels, elders)]
        rows.append((f"{budget:,}", *told_of, *map(said, (soft, hard, labels, *gaps))))
    header = ("queries", "presentations", "batch", "softening", "soft", "hard", "labels",
              "soft - hard", "soft - labels", "soft - elder")  # fmt: skip
    if rows:
        yield "Each asked once, and learnt for longer by all three:\n\n" + table(header, rows)


def asked(findings: Mapping[str, Findings]) -> Iterator[tuple[str, float, Array]]:
    """Yield what the project is asked, and what was found of each seed."""
    digits = findings["digits"]
    yield "digits, 100 soft answers", 92, accuracy(digits, "soft", 100)
    gap = paired(accuracy(digits, "soft", 100), accuracy(digits, "hard", 100))
    yield "digits, 100 soft answers - 100 hard ones", 4, gap
    if "mnist" in findings:
        found = findings["mnist"]
        elders = found.values("accuracy", arm="elders")
        yield "MNIST, elders", 94, elders
        for budget, least in ((10_000, -1.5), (1000, -5.0)):
            for arm, words in (("soft", "asked once"), ("moved", "moved")):
                what = f"MNIST, student - elder, {budget:,} inputs, {words}"
                yield what, least, paired(accuracy(found, arm, budget), elders)
        once = accuracy(found, "soft", 10_000, is_long=True)
        what = "MNIST, student - elder, 10,000 inputs, asked once, learnt for longer"
        yield what, -1.5, paired(once, elders)
        for is_long, words in ((False, ""), (True, ", both learnt for longer")):
            soft = accuracy(found, "soft", 300, is_long=is_long)
            labels = accuracy(found, "labels", 300, is_long=is_long)
            yield f"MNIST, 300 soft answers - 300 true labels{words}", 3, paired(soft, labels)


def figure(findings: Mapping[str, Findings], tasks: Mapping[str, Any]) -> str:
    """Draw accuracy by queries, and by bits."""
    looks = {"soft": (FIRST, "-"), "hard": (SECOND, "-"), "labels": (QUIET, "-")}
    with canvas(4.0 * 2 * len(tasks), 3.2, 2 * len(tasks)) as (drawn, axes):
        for number, (name, task) in enumerate(tasks.items()):
            by_queries, by_bits = axes[2 * number : 2 * number + 2]
            for arm, (colour, line) in looks.items():
                of = [accuracy(findings[name], arm, budget) for budget in task.budgets]
                draw(by_queries, task.budgets, of, colour, line, arm)
                if arm != "labels":
                    width = 80 if arm == "soft" else 4
                    draw(by_bits, [width * b for b in task.budgets], of, colour, line, arm)
            for axis, unit in ((by_queries, "queries"), (by_bits, "bits of answers")):
                axis.set_xscale("log")
                axis.set_xlabel(unit)
            panel_title(by_queries, f"{name}, right %")
        axes[0].legend(fontsize=7.5)
        return save(drawn, "budget")

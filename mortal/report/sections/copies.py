"""Copies, the control arm: weights written from one device into another."""

import numpy as np

from mortal.report import words
from mortal.report.history import History
from mortal.report.markup import Row, num, table
from mortal.report.sections.section import Section, folded

__all__ = ["copies"]


def copies(history: History) -> Section | None:
    """Return what copying cost and how far it missed; nothing if nobody was copied."""
    events = history.events("copy")
    if not events:
        return None
    rows: list[Row] = []
    for cohort, at, sequence, step in events:
        group = history.cohort(cohort)
        who = group["copy_present"].values[at] == 1
        sources = dict.fromkeys(
            history.cohort_of.get(serial, "no device")
            for serial in group["copy_source_serial"].values[at][who].tolist()
        )
        error, pulses, reads, energy = (
            words.interval(group[f"copy_{name}"].values[at][who].astype(np.float64))
            for name in ("error", "pulses", "reads", "energy")
        )
        then = history.exams[
            (history.exams["cohort"] == cohort) & (history.exams["exam_sequence"] > sequence)
        ].drop_duplicates("serial")
        after = words.interval(then["exam_accuracy"], within=(0, 1))
        rows.append(
            [
                num(sequence, step),
                cohort,
                " and ".join(sources),
                str(group["copy_mode"].values[at]),
                num(int(who.sum()), f"{int(who.sum()):,}"),
                num(error[0], words.plain(error[0])),
                num(pulses[0], words.count(pulses[0])),
                num(reads[0], words.count(reads[0])),
                num(energy[0], words.energy(energy[0])),
                num(after[0], words.fraction(after[0])),
                num(after[1], f"{words.fraction(after[1])} to {words.fraction(after[2])}"),
            ]
        )
    head = ["step", "copies", "originals", "written by", "devices", "weight error", "pulses",
            "cell reads", "energy", "accuracy then", "95 % interval"]  # fmt: skip
    caption = (
        "Means over copies: root mean square error of the weights after writing, what it took, and "
        "the accuracy at the next exam. A small weight error with a low accuracy says that weights "
        "of one device are worth little in another."
    )
    return Section(
        "copies", "Copies, the control arm",
        [folded(len(rows), "Every copy", table(caption, head, rows))],
    )  # fmt: skip

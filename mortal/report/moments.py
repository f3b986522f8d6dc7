"""The story as a list of moments: who was born, taught, examined, aged, copied, and who ended."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.report import words
from mortal.report.history import History

__all__ = ["LEARNT_FROM", "Moment", "moments_of", "named_teachers", "present"]


@dataclass(frozen=True)
class Moment:
    """Something that happened to devices of one cohort and generation at one step.

    Attributes:
        sequence: position in the story.
        step: its path, `3` or `repeat.2.1`; `birth` before the story.
        kind: birth, train, distil, mutual, lesson, exam, ageing, copy, death or buried.
        cohort, generation: whose.
        devices: how many of them.
        words: what happened, in a sentence.
        other: cohorts and generations that taught or were copied.
    """

    sequence: int
    step: str
    kind: str
    cohort: str
    generation: int
    devices: int
    words: str
    other: tuple[tuple[str, int], ...] = ()


LEARNT_FROM = {"train": "labels", "distil": "answers", "mutual": "peers"}
"""What each kind of epoch learns from."""


def moments_of(history: History) -> list[Moment]:
    """Return what happened, in the order of the story."""
    found = [*_births(history), *_epochs(history), *_exams(history), *_ageings(history)]
    found += [*_lessons(history), *_copies(history), *_ends(history)]
    rank = {name: at for at, name in enumerate(history.cohorts)}
    return sorted(found, key=lambda one: (one.sequence, rank[one.cohort], one.generation))


def present(history: History, cohort: str, axis: str, at: int) -> dict[int, npt.NDArray[np.bool_]]:
    """Return who of a cohort took part in an event, by generation, `[device]` each."""
    group = history.cohort(cohort)
    there = group[f"{axis}_present"].values[at] == 1
    generation_of = dict(
        zip(history.devices["serial"].tolist(), history.devices["generation"], strict=True)
    )
    generation = np.array([generation_of[serial] for serial in group["serial"].values.tolist()])
    return {int(number): there & (generation == number) for number in np.unique(generation[there])}


def named_teachers(history: History, cohort: str, at: int) -> str:
    """Return who taught in a lesson: cohorts, or how many devices with one voice."""
    group = history.cohort(cohort)
    there = group["transfer_present"].values[at] == 1
    whose = _whose(history, group["transfer_teacher_serial"].values[at][there])
    if not whose and "transfer_teachers" in group:
        many = int(group["transfer_teachers"].values[at][there].max(initial=0))
        if many > 0:
            return f"{many} devices with one voice"
    return _named(whose)


def _births(history: History) -> list[Moment]:
    keys = ["born_sequence", "born_step", "cohort", "generation", "technology", "rule"]
    return [
        Moment(int(sequence), str(step), "birth", str(cohort), int(generation), len(born),
               f"born: {technology}, {rule}")
        for (sequence, step, cohort, generation, technology, rule), born
        in history.devices.groupby(keys, sort=False)
    ]  # fmt: skip


def _epochs(history: History) -> list[Moment]:
    steps: dict[tuple[str, str, int], list[tuple[int, int, npt.NDArray[np.bool_]]]] = {}
    for cohort, at, sequence, step in history.events("epoch"):
        for generation, who in present(history, cohort, "epoch", at).items():
            steps.setdefault((cohort, step, generation), []).append((at, sequence, who))
    found = []
    for (cohort, step, generation), epochs in steps.items():
        group = history.cohort(cohort)
        first, last = epochs[0], epochs[-1]
        kind = str(group["epoch_kind"].values[first[0]])
        everybody = np.any([who for _, _, who in epochs], axis=0)
        accuracy = group["epoch_accuracy"].values
        begun, ended = (_mean(accuracy[at][who]) for at, _, who in (first, last))
        spent = sum(np.where(who, group["epoch_energy"].values[at], 0) for at, _, who in epochs)
        energy = words.energy(_mean(np.asarray(spent)[everybody]))
        said = (
            f"learnt from {LEARNT_FROM.get(kind, kind)} for "
            f"{len(epochs)} epoch{'s' * (len(epochs) != 1)}: right while training "
            f"{words.fraction(begun)} in the first, {words.fraction(ended)} in the last; "
            f"{energy} a device"
        )
        found.append(Moment(first[1], step, kind, cohort, generation, int(everybody.sum()), said))
    return found


def _exams(history: History) -> list[Moment]:
    found = []
    for cohort, at, sequence, step in history.events("exam"):
        group = history.cohort(cohort)
        for generation, who in present(history, cohort, "exam", at).items():
            accuracy = group["exam_accuracy"].values[at][who]
            said = (
                f"examined on {group['exam_data'].values[at]}: accuracy "
                f"{words.fraction(_mean(accuracy))}, from {words.fraction(accuracy.min())} to "
                f"{words.fraction(accuracy.max())}"
            )
            found.append(Moment(sequence, step, "exam", cohort, generation, int(who.sum()), said))
    return found


def _ageings(history: History) -> list[Moment]:
    found = []
    for cohort, at, sequence, step in history.events("ageing"):
        group = history.cohort(cohort)
        time = words.age(float(group["ageing_duration"].values[at]))
        celsius = float(group["ageing_temperature"].values[at]) - 273.15
        is_modelled = group["ageing_modelled"].values[at] == 1
        said = f"aged {time} at {celsius:.4g} °C"
        said += "" if is_modelled else "; the technology has no retention data, so nothing changed"
        for generation, who in present(history, cohort, "ageing", at).items():
            found.append(Moment(sequence, step, "ageing", cohort, generation, int(who.sum()), said))
    return found


def _lessons(history: History) -> list[Moment]:
    found = []
    for cohort, at, sequence, step in history.events("transfer"):
        group = history.cohort(cohort)
        for generation, who in present(history, cohort, "transfer", at).items():
            before, after = (
                _mean(group[f"transfer_agreement_{when}"].values[at][who])
                for when in ("before", "after")
            )
            teachers = _whose(history, group["transfer_teacher_serial"].values[at][who])
            asked = words.count(_mean(group["transfer_asked"].values[at][who]))
            said = (
                f"taught by {named_teachers(history, cohort, at)}: {asked} "
                f"{group['transfer_kind'].values[at]} answers each, "
                f"{words.bits(_mean(group['transfer_bits'].values[at][who]))}; agreement "
                f"{words.fraction(before)} before, {words.fraction(after)} after"
            )
            found.append(
                Moment(sequence, step, "lesson", cohort, generation, int(who.sum()), said, teachers)
            )
    return found


def _copies(history: History) -> list[Moment]:
    found = []
    for cohort, at, sequence, step in history.events("copy"):
        group = history.cohort(cohort)
        for generation, who in present(history, cohort, "copy", at).items():
            sources = _whose(history, group["copy_source_serial"].values[at][who])
            said = (
                f"weights copied from {_named(sources)} ({group['copy_mode'].values[at]}): error "
                f"{words.plain(_mean(group['copy_error'].values[at][who]))} of the weight range"
            )
            found.append(
                Moment(sequence, step, "copy", cohort, generation, int(who.sum()), said, sources)
            )
    return found


def _ends(history: History) -> list[Moment]:
    ended = history.devices[history.devices["died_sequence"] >= 0]
    why = {
        "accuracy": "died: accuracy below the declared limit",
        "stuck": "died: more stuck cells than the declared limit",
        "buried": "buried alive, so the life is censored",
    }
    keys = ["died_sequence", "died_step", "cohort", "generation", "death_cause"]
    return [
        Moment(int(sequence), str(step), "buried" if cause == "buried" else "death", str(cohort),
               int(generation), len(dead), why.get(str(cause), f"died: {cause}"))
        for (sequence, step, cohort, generation, cause), dead in ended.groupby(keys, sort=False)
    ]  # fmt: skip


def _whose(history: History, serials: Any) -> tuple[tuple[str, int], ...]:
    """Return the cohorts and generations of some devices, most of them first."""
    table = history.devices.set_index("serial").loc[[s for s in serials.tolist() if s >= 0]]
    pairs = Counter(zip(table["cohort"], table["generation"].astype(int), strict=True))
    return tuple((str(cohort), int(number)) for (cohort, number), _ in pairs.most_common())


def _named(whose: tuple[tuple[str, int], ...]) -> str:
    cohorts = list(dict.fromkeys(cohort for cohort, _ in whose))
    return " and ".join(cohorts) if cohorts else "no device"


def _mean(values: Any) -> float:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else float("nan")

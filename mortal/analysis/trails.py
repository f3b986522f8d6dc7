"""Who learnt from whom: lessons between devices, and the trails that knowledge took."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mortal.analysis.tables import transfer_table

if TYPE_CHECKING:
    import xarray

__all__ = ["Lessons", "lessons", "trails"]

Serials = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lessons:
    """Lessons that one device gave another, in the order of the story: arrows on a map.

    Attributes:
        teacher, student: `[lesson]`, serial numbers.
        sequence: `[lesson]`, position in the story.
        agreement: `[lesson]`, agreement with the teacher after it.
    """

    teacher: Serials
    student: Serials
    sequence: Serials
    agreement: npt.NDArray[np.float64]


def lessons(tree: "xarray.DataTree") -> Lessons:
    """Return all lessons in a log by one device, each as it stood after its last stage.

    Raises:
        AnalysisError: it is no log.
    """
    table = transfer_table(tree)
    table = table[table["transfer_teacher_serial"] >= 0].drop_duplicates(
        ["transfer_sequence", "transfer_teacher_serial", "serial"], keep="last"
    )
    return Lessons(
        teacher=table["transfer_teacher_serial"].to_numpy(np.int64),
        student=table["serial"].to_numpy(np.int64),
        sequence=table["transfer_sequence"].to_numpy(np.int64),
        agreement=table["transfer_agreement_after"].to_numpy(np.float64),
    )


def trails(tree: "xarray.DataTree") -> list[tuple[int, ...]]:
    """Return the trails of knowledge: serial numbers from a first teacher to a last student.

    One trail ends at each student who teaches nobody, by that number. Who had many teachers follows
    its last one. Among peers who teach each other in turn a trail begins where it would go round.

    Raises:
        AnalysisError: it is no log.
    """
    given = lessons(tree)
    last_teacher = dict(zip(given.student.tolist(), given.teacher.tolist(), strict=True))
    taught = set(last_teacher.values())
    ends = sorted(set(last_teacher) - taught) or sorted(last_teacher)
    found = []
    for end in ends:
        trail = [end]
        while (teacher := last_teacher.get(trail[-1])) is not None and teacher not in trail:
            trail.append(teacher)
        found.append(tuple(reversed(trail)))
    return found

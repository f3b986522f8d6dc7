"""Who teaches whom."""

from typing import Any

import numpy as np
import numpy.typing as npt

from distill.errors import PairingError

__all__ = ["PAIRINGS", "check_pairing", "of_each_student"]

PAIRINGS = ("one-to-one", "one-to-all", "all-to-each")
"""Who teaches whom: teacher i student i, one teacher every student, or all teachers with one voice
(`distill.ensemble`) every student."""


def check_pairing(
    of_teachers: npt.NDArray[np.float64], of_students: npt.NDArray[np.float64], pairing: str
) -> None:
    """Raise PairingError where teachers and students do not fit in number or in classes.

    Both are answers `[device, sample, class]`.
    """
    teachers, students = len(of_teachers), len(of_students)
    if of_teachers.shape[2] != of_students.shape[2]:
        raise PairingError(
            f"the teacher answers {of_teachers.shape[2]} classes, "
            f"the student {of_students.shape[2]}"
        )
    if pairing == "one-to-all" and teachers != 1:
        raise PairingError(f"pairing 'one-to-all' has one teacher, given are {teachers}")
    if pairing == "one-to-one" and teachers != students:
        hint = "; pairing='one-to-all' lets one teach them all" if teachers == 1 else ""
        raise PairingError(
            f"pairing 'one-to-one' needs equal counts, given are teachers {teachers}, "
            f"students {students}{hint}"
        )


def of_each_student(of_teachers: npt.NDArray[Any], students: int) -> npt.NDArray[Any]:
    """Return `[device, ...]` of teachers as `[device, ...]` of their students."""
    if len(of_teachers) == students:
        return of_teachers
    return np.repeat(of_teachers, students, axis=0)

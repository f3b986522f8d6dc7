"""The record of one session: what was asked, what it cost, what came of it."""

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from distill.errors import SettingError
from distill.fidelity import Interval, wilson_interval
from distill.intervals import mean_interval
from distill.settings import check_word

__all__ = ["PER_DEVICE", "Checkpoint", "Transcript"]

COUNTED = (
    "agreement_before",
    "agreement_after",
    "accuracy_teacher",
    "accuracy_before",
    "accuracy_after",
)
"""Fields that are shares of samples counted one by one."""

PER_DEVICE = (
    *COUNTED,
    "divergence_before",
    "divergence_after",
    "calibration_before",
    "calibration_after",
    "exam_calibration_before",
    "exam_calibration_after",
)
"""Fields `[device]`."""


_PROBES = {
    "held back": "probe inputs",
    "drawn": "probe inputs of the same source",
    "given": "probe inputs given",
    "asked": "inputs that were asked",
}


class Checkpoint(NamedTuple):
    """How the students stood after a round."""

    asked: int
    """Answers each teacher had given by then."""
    agreement: npt.NDArray[np.float64]
    """Share of the probe on which teacher and student name the same class, `[device]`."""
    accuracy: npt.NDArray[np.float64] | None = None
    """Share of the exam that each student gets right, `[device]`, where there was an exam."""


@dataclass(frozen=True, eq=False, repr=False)
class Transcript:
    """What one `transfer` asked, paid and achieved.

    Per-device fields are float64 arrays `[device]`, one entry a student, in the students' order;
    they cannot be written to.
    """

    asked: int
    """Answers each teacher gave for teaching; repeats count."""
    classes: int
    answers: str
    """Their kind, of `distill.channel.ANSWER_KINDS`."""
    softening: float
    """No unit. With hard answers only the divergences are read at it."""
    bits_per_answer: int
    """Bits that one answer of one teacher costs."""
    answer_bits: int
    """Bits of all answers each student was given: asked * bits_per_answer."""
    input_bits: int
    """Bits of all questions, counted apart; every device shares the same questions."""
    agreement_before: npt.NDArray[np.float64]
    """Share of the probe on which teacher and student name the same class, before learning."""
    agreement_after: npt.NDArray[np.float64]
    """The same after learning."""
    divergence_before: npt.NDArray[np.float64]
    """Mean Kullback-Leibler divergence of the student's answers from the teacher's on the probe,
    bits an answer, both brought to one scale and softened; before learning."""
    divergence_after: npt.NDArray[np.float64]
    """The same after learning."""
    probe_count: int
    """Inputs in the probe. Their answers are an examination, not teaching, and cost no bits."""
    probe_was_asked: bool
    """True where no input was held back, so that the probe is the inputs already taught."""
    probe_from: str = "held back"
    """Where the probe came from: `held back` of the inputs; `drawn` from the same source as the
    questions, less those that could have been asked; `given`; or `asked`, as above, those of the
    first round."""
    probe_overlap: int = 0
    """Inputs of the probe that were also asked, number for number; only a probe that was given,
    or a pool with the same input twice, has any unless the probe was asked."""
    keep: int | None = None
    """Classes that an answer of top-k or a ranking tells; None for the other kinds."""
    right: float = 1.0
    """Probability that an answer was handed on as it was given, not corrupted on purpose."""
    reads: int = 1
    """How often each teacher was read for one answer."""
    choosing: str = "random"
    """How the questions were chosen."""
    checkpoints: tuple[Checkpoint, ...] = ()
    """How the students stood after each round."""
    is_stopped_early: bool = False
    """True where the agreement wanted was reached before the last round. The probe that stopped
    the rounds then flatters `agreement_after` a little; an exam does not."""
    calibration_before: npt.NDArray[np.float64] | None = None
    """Expected calibration error of the students' answers as they give them, with their teachers'
    classes on the probe for the truth; before learning."""
    calibration_after: npt.NDArray[np.float64] | None = None
    """The same after learning."""
    exam_count: int = 0
    """Inputs with labels in the exam, 0 where there was none; what follows is then None."""
    accuracy_teacher: npt.NDArray[np.float64] | None = None
    """Share of the exam that the teacher of each student gets right."""
    accuracy_before: npt.NDArray[np.float64] | None = None
    """Share of the exam that each student gets right, before learning."""
    accuracy_after: npt.NDArray[np.float64] | None = None
    """The same after learning."""
    exam_calibration_before: npt.NDArray[np.float64] | None = None
    """Expected calibration error of the students' answers to the exam, before learning."""
    exam_calibration_after: npt.NDArray[np.float64] | None = None
    """The same after learning."""

    def __post_init__(self) -> None:
        if self.probe_was_asked:
            object.__setattr__(self, "probe_from", "asked")
        for name in PER_DEVICE:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _own(getattr(self, name)))

    @property
    def devices(self) -> int:
        """How many students were taught."""
        return len(self.agreement_after)

    @property
    def bits(self) -> int:
        """All bits that crossed for each student: those of the answers and of the questions."""
        return self.answer_bits + self.input_bits

    @property
    def rounds(self) -> int:
        """In how many rounds the answers were given."""
        return max(1, len(self.checkpoints))

    def intervals(self, name: str, confidence: float = 0.95) -> tuple[Interval, ...]:
        """Return for each device the Wilson interval of `name`, an agreement or an accuracy.

        It says how far the samples leave that very device's share open. Raises SettingError for
        another name, and where there was no exam.
        """
        check_word("name", name, COUNTED)
        count = self.exam_count if name.startswith("accuracy") else self.probe_count
        return tuple(
            wilson_interval(round(share * count), count, confidence) for share in self._known(name)
        )

    def interval(self, name: str, confidence: float = 0.95) -> Interval:
        """Return the interval of the mean of `name`, any field `[device]`, over such devices.

        Student's t over the devices; of one device alone its Wilson interval, where `name` is
        counted. Devices are examined by the same samples, so their counts are not pooled: that
        would claim more samples than there are. Raises SettingError for an unknown name, where
        there was no exam, and for one device's divergence or calibration, which nothing bounds.
        """
        check_word("name", name, PER_DEVICE)
        if self.devices == 1 and name in COUNTED:
            return self.intervals(name, confidence)[0]
        return mean_interval(self._known(name), confidence)

    def as_dict(self) -> dict[str, Any]:
        """Return every field under its name, as plain numbers, words and lists."""
        told = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        return {"devices": self.devices, "bits": self.bits, **told}

    def _known(self, name: str) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] | None = getattr(self, name)
        if found is None:
            raise SettingError(f"{name} is not known: no exam with labels was given")
        return found

    def summary(self) -> str:
        """Return two lines: what was paid, and what came of it on average over the devices.

        An exam adds a third.
        """
        softened = "" if self.answers == "hard" else f" at softening {self.softening:g}"
        return (
            f"{self.asked:,} {self._kind()} answers of {self.classes} classes{softened}"
            f"{self._manner()}: "
            f"{self.answer_bits:,} bits a device, inputs {self.input_bits:,} bits\n"
            f"agreement {self.agreement_before.mean():.3f} -> {self.agreement_after.mean():.3f}, "
            f"divergence {self.divergence_before.mean():.3f} -> "
            f"{self.divergence_after.mean():.3f} bits "
            f"({self.devices} {'device' if self.devices == 1 else 'devices'}, "
            f"{self.probe_count:,} {_PROBES[self.probe_from]})"
        ) + self._exam_line()

    def _kind(self) -> str:
        words = {"top-k": f"top-{self.keep}", "ranking": f"top-{self.keep} ranked"}
        return words.get(self.answers, self.answers)

    def _manner(self) -> str:
        said = [
            (self.reads > 1, f", {self.reads} reads each"),
            (self.right < 1, f", {self.right:.0%} of them left right"),
            (self.rounds > 1, f", in {self.rounds} rounds"),
            (self.choosing != "random", f" chosen by {self.choosing}"),
        ]
        return "".join(words for is_so, words in said if is_so)

    def _exam_line(self) -> str:
        teacher, before, after = self.accuracy_teacher, self.accuracy_before, self.accuracy_after
        if teacher is None or before is None or after is None:
            return ""
        return (
            f"\naccuracy {before.mean():.3f} -> {after.mean():.3f}, "
            f"teacher {teacher.mean():.3f} ({self.exam_count:,} labelled inputs)"
        )

    def __repr__(self) -> str:
        return (
            f"Transcript(devices={self.devices}, asked={self.asked}, classes={self.classes}, "
            f"answers={self.answers!r}, softening={self.softening:g}, "
            f"answer_bits={self.answer_bits}, input_bits={self.input_bits}, "
            f"agreement={self.agreement_before.mean():.3f}->{self.agreement_after.mean():.3f}, "
            f"probe_count={self.probe_count}, probe_was_asked={self.probe_was_asked})"
        )


def _own(array: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    own = np.array(array, dtype=np.float64)
    own.flags.writeable = False
    return own


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Checkpoint):
        return {name: _plain(part) for name, part in value._asdict().items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value

"""The record of one session: what was asked, what it cost, what came of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Transcript"]


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
    """`soft` or `hard`."""
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

    def __post_init__(self) -> None:
        for name in (
            "agreement_before",
            "agreement_after",
            "divergence_before",
            "divergence_after",
        ):
            own = np.array(getattr(self, name), dtype=np.float64)
            own.flags.writeable = False
            object.__setattr__(self, name, own)

    @property
    def devices(self) -> int:
        """How many students were taught."""
        return len(self.agreement_after)

    def summary(self) -> str:
        """Return two lines: what was paid, and what came of it on average over the devices."""
        softened = f" at softening {self.softening:g}" if self.answers == "soft" else ""
        probe = "inputs that were asked" if self.probe_was_asked else "probe inputs"
        return (
            f"{self.asked:,} {self.answers} answers of {self.classes} classes{softened}: "
            f"{self.answer_bits:,} bits a device, inputs {self.input_bits:,} bits\n"
            f"agreement {self.agreement_before.mean():.3f} -> {self.agreement_after.mean():.3f}, "
            f"divergence {self.divergence_before.mean():.3f} -> "
            f"{self.divergence_after.mean():.3f} bits "
            f"({self.devices} {'device' if self.devices == 1 else 'devices'}, "
            f"{self.probe_count:,} {probe})"
        )

    def __repr__(self) -> str:
        return (
            f"Transcript(devices={self.devices}, asked={self.asked}, classes={self.classes}, "
            f"answers={self.answers!r}, softening={self.softening:g}, "
            f"answer_bits={self.answer_bits}, input_bits={self.input_bits}, "
            f"agreement={self.agreement_before.mean():.3f}->{self.agreement_after.mean():.3f}, "
            f"probe_count={self.probe_count}, probe_was_asked={self.probe_was_asked})"
        )

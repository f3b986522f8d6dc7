"""What a rule, or the way it writes, may need of hardware that hardware may lack."""

from collections.abc import Iterable
from enum import StrEnum

from devices import Technology
from mortal.errors import RuleError

__all__ = ["Need", "require"]


class Need(StrEnum):
    """What hardware may lack. The value is what a declaration and an error call it."""

    REVERSE_READ = "reverse-read"
    DIGITAL_MEMORY = "digital-memory"
    SECOND_ARRAY = "second-array"
    RANDOM_FEEDBACK = "random-feedback"
    SETTLING = "settling"
    SAMPLING = "sampling"
    LABEL_BUS = "label-bus"
    NOISY_READ = "noisy-read"


_MEANING = {
    Need.REVERSE_READ: "drive columns and sense rows (cell.reverse_read)",
    Need.DIGITAL_MEMORY: "keep digital numbers beside the array (cell.digital_memory)",
    Need.SECOND_ARRAY: "have another array beside the one of the weights (cell.second_array)",
    Need.RANDOM_FEEDBACK: "carry errors through an array of its own (cell.second_array)",
    Need.SAMPLING: "switch lines at random (cell.sampling)",
    Need.NOISY_READ: "read the same twice and find a difference (read.output_noise)",
}


def require(named: str, needs: Iterable[Need], technology: Technology) -> None:
    """Refuse what needs something that the hardware lacks.

    Settling (the same vectors read again while a state relaxes) and a label bus (the label at
    every layer) are wiring around any crossbar: they are declared and shown, and always there.

    Args:
        named: what needs it, such as `the rule mono-forward`.
        needs: what it needs.
        technology: the hardware.

    Raises:
        RuleError: names the need and the technology.
    """
    cell, read = technology.cell, technology.emulated.read
    noise = read.noise
    is_noisy = noise is not None and max(noise.cells, noise.input, noise.converter) > 0
    has = {
        Need.REVERSE_READ: cell.reverse_read,
        Need.DIGITAL_MEMORY: cell.digital_memory,
        Need.SECOND_ARRAY: cell.second_array,
        Need.RANDOM_FEEDBACK: cell.second_array,
        Need.SAMPLING: cell.sampling,
        Need.NOISY_READ: read.output_noise > 0 or is_noisy,
    }
    for need in needs:
        if not has.get(need, True):
            raise RuleError(
                f"{named}, so set, needs a {need.value}, which {technology.name} does not have: "
                f"it cannot {_MEANING[need]}"
            )

"""Questions the teacher makes itself, where it can: its own generative reads."""

from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from distill.errors import InputError, ProtocolError
from distill.inputs import check_inputs
from distill.settings import check_whole

__all__ = ["Dreamer", "Generated"]

_Inputs = npt.NDArray[Any]


class Dreamer(Protocol):
    """A population that can make inputs of the kind it was taught."""

    def generate(self, count: int) -> npt.ArrayLike:
        """Return `count` inputs of each device's own, `[device, count, feature]`."""
        ...


class Generated:
    """Questions dreamt by `teacher`: as many by each device, mixed, and shared by all.

    No real input is needed: what is asked is what the teacher remembers. The chance in a dream is
    the teacher's own; `random` only mixes them. A transfer has PROBE_LIMIT more of them dreamt, to
    examine by, unless it is given a probe. `features` is the numbers in one dream; where it is not
    given, one is dreamt to find out.

    Raises ProtocolError for a teacher without `generate`, InputError for dreams that are not
    `[device, count, feature]` or not finite.
    """

    def __init__(self, teacher: object, features: int | None = None) -> None:
        if not callable(getattr(teacher, "generate", None)):
            raise ProtocolError(
                f"{type(teacher).__name__} cannot dream: generated questions need a teacher with "
                "generate(count)"
            )
        self.teacher = cast(Dreamer, teacher)
        self._features = None if features is None else check_whole("features", features, least=1)
        self._devices: int | None = None

    @property
    def features(self) -> int:
        """Numbers in one question."""
        if self._features is None:
            return int(self._dreams(1).shape[2])
        return self._features

    def draw(self, count: int, random: np.random.Generator) -> _Inputs:
        """Return `count` dreams `[count, feature]`, each device's share alike to within one."""
        devices = len(self._dreams(1)) if self._devices is None else self._devices
        dreams = self._dreams(-(-count // devices))
        # By turns, so that whoever is cut off at the end lacks one dream at most.
        by_turns = dreams.swapaxes(0, 1).reshape(-1, dreams.shape[2])
        return random.permutation(by_turns[:count])

    def _dreams(self, count: int) -> _Inputs:
        dreams = np.asarray(self.teacher.generate(count))
        if dreams.ndim != 3 or dreams.shape[1] != count or dreams.size == 0:
            raise InputError(
                f"the teacher dreamt an array of shape {dreams.shape}; "
                f"wanted is [device, {count}, feature]"
            )
        if self._features not in (None, dreams.shape[2]):
            raise InputError(
                f"the teacher dreams {dreams.shape[2]} features, wanted are {self._features}"
            )
        check_inputs(dreams.reshape(-1, dreams.shape[2]), "the teacher's dreams")
        self._devices, self._features = len(dreams), dreams.shape[2]
        return dreams

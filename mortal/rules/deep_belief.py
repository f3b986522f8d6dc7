"""A deep belief net on crossbars: machines stacked greedily, each learns the one below by heart.

Equations and source: `mortal.rules.declarations.DeepBeliefSettings`.
"""

import numpy as np
import numpy.typing as npt

from mortal.rules.declarations import DeepBeliefSettings
from mortal.rules.hardware import Hardware
from mortal.rules.rbm import Rbm

__all__ = ["DeepBelief"]

Array = npt.NDArray[np.float32]


class DeepBelief(Rbm):
    """Arrays and memory as in `Rbm`. Counter `samples`: those that each device has learnt from."""

    settings: DeepBeliefSettings

    def __init__(self, settings: DeepBeliefSettings, hardware: Hardware) -> None:
        self._reads_top = settings.levels == "top"
        super().__init__(settings, hardware)
        self.counters["samples"] = np.zeros(hardware.serials.size, np.int64)

    def _first_read(self) -> int:
        return len(self.machines) - 1 if self._reads_top else 0

    def _teach_levels(self, levels: list[Array], rate: float) -> None:
        """Teach the machine whose turn it is at the batch's first sample, of each device its own.

        Devices that have lived longer than others are taught apart, so that nobody's draws and
        reads depend on the company.
        """
        samples = self.counters["samples"]
        if not self.settings.turn:
            super()._teach_levels(levels, rate)
        else:
            turn = np.minimum(samples // self.settings.turn, len(self.machines) - 1)
            for level in np.unique(turn).tolist():
                name, below = self.machines[level], levels[level]
                at = np.flatnonzero(turn == level)
                if at.size == turn.size:
                    self.contrast(name, below, rate)
                else:
                    some = self.take(at)
                    some.contrast(name, below[at] if below.ndim == 3 else below, rate)
                    self.put(at, some)
        samples += levels[0].shape[-2]

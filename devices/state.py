"""What changes in the cells of a population: plain arrays, device axis first."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.manufacture import CellParameters
from devices.technology import Technology

__all__ = ["CellState", "Counters"]

Positions = npt.NDArray[np.integer]


@dataclass
class CellState:
    """State of every cell, each `[device, row, column]`; None where a technology has no use of it.

    Attributes:
        weight: normalised weight, float32.
        pulses: pulses received, uint32, full at 4.3e9; kept where pulses wear.
        rested: s since the last write, accelerated by temperature, float64; kept where cells drift.
        exponent: nu of drift since the last write, float32; kept where it depends on conductance.
    """

    weight: npt.NDArray[np.float32]
    pulses: npt.NDArray[np.uint32] | None
    rested: npt.NDArray[np.float64] | None
    exponent: npt.NDArray[np.float32] | None = None

    @classmethod
    def as_grown(
        cls, technology: Technology, cells: CellParameters, weight: npt.NDArray[np.float32]
    ) -> Self:
        """Return the state of cells that no pulse has reached yet."""
        is_worn = technology.wear is not None and technology.is_pulsed
        depends = cells.drift_deviate is not None
        is_drifting = depends or cells.drift_exponent is not None
        return cls(
            weight=weight,
            pulses=np.zeros(weight.shape, np.uint32) if is_worn else None,
            rested=np.zeros(weight.shape, np.float64) if is_drifting else None,
            exponent=np.zeros(weight.shape, np.float32) if depends else None,
        )

    def take(self, devices: Positions) -> Self:
        """Return a copy of some devices' cells, by position."""
        return type(self)(
            weight=self.weight[devices],
            pulses=None if self.pulses is None else self.pulses[devices],
            rested=None if self.rested is None else self.rested[devices],
            exponent=None if self.exponent is None else self.exponent[devices],
        )

    def put(self, devices: Positions, other: Self) -> None:
        """Write some devices' cells back."""
        self.weight[devices] = other.weight
        if self.pulses is not None and other.pulses is not None:
            self.pulses[devices] = other.pulses
        if self.rested is not None and other.rested is not None:
            self.rested[devices] = other.rested
        if self.exponent is not None and other.exponent is not None:
            self.exponent[devices] = other.exponent

    def count(
        self,
        here: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
        pulses: npt.NDArray[np.float32],
    ) -> None:
        """Note the pulses `[lit row, column]` that cells of some devices' rows have received."""
        if self.pulses is not None:
            # A full counter stays full: wrapped to zero it would heal the cell.
            received = self.pulses[here] + pulses.astype(np.uint64)
            self.pulses[here] = np.minimum(received, np.iinfo(np.uint32).max).astype(np.uint32)
        if self.rested is not None:
            self.rested[here] = np.where(pulses > 0, 0.0, self.rested[here])


@dataclass
class Counters:
    """The event words of one array, each `[device]` int64: how much has happened to it.

    Attributes:
        samples: vectors written by update.
        reads, reverse_reads: vectors read.
        rounds: programming rounds.
        rests: waits.
        looks: uses of the probe.
    """

    samples: npt.NDArray[np.int64]
    reads: npt.NDArray[np.int64]
    reverse_reads: npt.NDArray[np.int64]
    rounds: npt.NDArray[np.int64]
    rests: npt.NDArray[np.int64]
    looks: npt.NDArray[np.int64]

    @classmethod
    def blank(cls, devices: int) -> Self:
        """Return the counters of devices that nothing has happened to."""
        return cls(*(np.zeros(devices, np.int64) for _ in range(6)))

    def take(self, devices: Positions) -> Self:
        """Return a copy of some devices' counters, by position."""
        return type(self)(*(getattr(self, f.name)[devices] for f in fields(self)))

    def put(self, devices: Positions, other: Self) -> None:
        """Write some devices' counters back."""
        for f in fields(self):
            getattr(self, f.name)[devices] = getattr(other, f.name)

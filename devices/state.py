"""What changes in the cells of a population: plain arrays, device axis first."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices.arrays import beside
from devices.manufacture import CellParameters
from devices.technology import Technology

__all__ = ["CellState", "Counters"]

Positions = npt.NDArray[np.integer]


@dataclass
class CellState:
    """State of every physical cell, `[device, row, column]` if not said; None where of no use.

    Attributes:
        weight: normalised weight, float32; where there is write noise, the hidden one.
        pulses: pulses received, uint32, full at 4.3e9; kept where pulses wear.
        rested: s since the last write, accelerated by temperature, float64; kept where cells drift.
        now: `[device]`, the device's clock at what is being written, s.
        exponent: nu of drift since the last write, float32; kept where it depends on conductance.
        offset: visible minus hidden weight, float32; kept where there is write noise.
        row_reads: `[device, row]`, reads that have yet to disturb the cells of a row, float64.
        column_reads: `[device, column]`, the same of reverse reads.
        written: the device's clock at the last write, s, float64; kept where 1/f noise grows.
    """

    weight: npt.NDArray[np.float32]
    pulses: npt.NDArray[np.uint32] | None
    rested: npt.NDArray[np.float64] | None
    now: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float32] | None = None
    row_reads: npt.NDArray[np.float64] | None = None
    column_reads: npt.NDArray[np.float64] | None = None
    written: npt.NDArray[np.float64] | None = None
    exponent: npt.NDArray[np.float32] | None = None

    @classmethod
    def as_grown(
        cls, technology: Technology, cells: CellParameters, weight: npt.NDArray[np.float32]
    ) -> Self:
        """Return the state of cells that no pulse has reached yet."""
        is_worn = technology.wear is not None and technology.is_pulsed
        depends = cells.drift_deviate is not None
        is_drifting = depends or cells.drift_exponent is not None
        is_hidden = getattr(technology.response, "write_noise", 0.0) > 0
        is_disturbed = technology.disturb is not None and technology.disturb.read > 0
        devices, rows, columns = weight.shape
        noise = technology.read.noise
        is_flickering = noise is not None and noise.flicker is not None
        return cls(
            weight=weight,
            pulses=np.zeros_like(weight, np.uint32) if is_worn else None,
            rested=np.zeros_like(weight, np.float64) if is_drifting else None,
            exponent=np.zeros_like(weight) if depends else None,
            offset=np.zeros_like(weight) if is_hidden else None,
            row_reads=beside(weight, np.zeros((devices, rows))) if is_disturbed else None,
            column_reads=beside(weight, np.zeros((devices, columns))) if is_disturbed else None,
            written=np.zeros_like(weight, np.float64) if is_flickering else None,
            now=beside(weight, np.zeros(devices)),
        )

    @property
    def visible(self) -> npt.NDArray[np.float32]:
        """The weight that reads and looks see, `[device, row, column]`."""
        return self.weight if self.offset is None else self.weight + self.offset

    def take(self, devices: Positions) -> Self:
        """Return a copy of some devices' cells, by position."""
        kept = ((f.name, getattr(self, f.name)) for f in fields(self))
        some: dict[str, Any] = {k: None if v is None else v[devices] for k, v in kept}
        return type(self)(**some)

    def put(self, devices: Positions, other: Self) -> None:
        """Write some devices' cells back."""
        for f in fields(self):
            own = getattr(self, f.name)
            if own is not None:
                own[devices] = getattr(other, f.name)

    def mark(self, is_pulsed: npt.NDArray[np.bool_]) -> None:
        """Note that cells `[device, row, column]` have been written now."""
        if self.written is not None:
            self.written[:] = np.where(is_pulsed, self.now[:, None, None], self.written)

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
        if self.written is not None:
            now = self.now[here[0]][:, None]
            self.written[here] = np.where(pulses > 0, now, self.written[here])


@dataclass
class Counters:
    """The event words of one array, each `[device]` int64: how much has happened to it.

    Attributes:
        samples: vectors written by update.
        updates: calls of update, empty batches apart.
        reads, reverse_reads: vectors read.
        rounds: programming rounds.
        rests: waits.
        looks: uses of the probe.
    """

    samples: npt.NDArray[np.int64]
    updates: npt.NDArray[np.int64]
    reads: npt.NDArray[np.int64]
    reverse_reads: npt.NDArray[np.int64]
    rounds: npt.NDArray[np.int64]
    rests: npt.NDArray[np.int64]
    looks: npt.NDArray[np.int64]

    @classmethod
    def blank(cls, devices: int) -> Self:
        """Return the counters of devices that nothing has happened to."""
        return cls(*(np.zeros(devices, np.int64) for _ in range(7)))

    def take(self, devices: Positions) -> Self:
        """Return a copy of some devices' counters, by position."""
        return type(self)(*(getattr(self, f.name)[devices] for f in fields(self)))

    def put(self, devices: Positions, other: Self) -> None:
        """Write some devices' counters back."""
        for f in fields(self):
            getattr(self, f.name)[devices] = getattr(other, f.name)

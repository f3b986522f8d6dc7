"""The ledger of a population: joules, seconds and counts of every event, per device."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

__all__ = ["Ledger"]

Totals = npt.NDArray[np.float64]


@dataclass
class Ledger:
    """What each device has spent since it was grown, each `[device]` float64.

    Attributes:
        read: J in the cells while reading, V^2 G t over cells and references.
        write: J of pulses and half-selected cells.
        convert: J of DAC and ADC conversions.
        digital: J of digital periphery, a term of its own.
        pulses: pulses received by cells.
        reads: vectors read.
        busy: s of reads and writes.
        rested: s unpowered.
    """

    read: Totals
    write: Totals
    convert: Totals
    digital: Totals
    pulses: Totals
    reads: Totals
    busy: Totals
    rested: Totals

    @classmethod
    def blank(cls, devices: int) -> Self:
        """Return the ledger of devices that have done nothing."""
        return cls(*(np.zeros(devices) for _ in range(8)))

    @classmethod
    def over(cls, parts: "Sequence[Ledger]") -> Self:
        """Return the account of devices made of several arrays, worked in turn, resting together."""
        sums = {name: np.sum([p.columns()[name] for p in parts], axis=0) for name in cls.names()}
        return cls(**sums | {"rested": parts[0].rested.copy()})

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the accounts."""
        return tuple(f.name for f in fields(cls))

    @property
    def clock(self) -> Totals:
        """Age in s, powered and unpowered, `[device]`."""
        return self.busy + self.rested

    @property
    def total(self) -> Totals:
        """Joules spent in all, `[device]`."""
        return self.read + self.write + self.convert + self.digital

    def columns(self) -> dict[str, Totals]:
        """Return the accounts by name."""
        return {name: getattr(self, name) for name in self.names()}

    def take(self, devices: npt.NDArray[np.integer]) -> Self:
        """Return a copy of some devices' accounts, by position."""
        return type(self)(*(account[devices] for account in self.columns().values()))

    def put(self, devices: npt.NDArray[np.integer], other: Self) -> None:
        """Write some devices' accounts back."""
        for name, account in other.columns().items():
            getattr(self, name)[devices] = account

"""The ledger of a population: joules, seconds and counts of every event, per device."""

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
        clock: s, powered and unpowered.
    """

    read: Totals
    write: Totals
    convert: Totals
    digital: Totals
    pulses: Totals
    reads: Totals
    clock: Totals

    @classmethod
    def blank(cls, devices: int) -> Self:
        """Return the ledger of devices that have done nothing."""
        return cls(*(np.zeros(devices) for _ in range(7)))

    @property
    def total(self) -> Totals:
        """Joules spent in all, `[device]`."""
        return self.read + self.write + self.convert + self.digital

    def columns(self) -> dict[str, Totals]:
        """Return the accounts by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def take(self, devices: npt.NDArray[np.integer]) -> Self:
        """Return a copy of some devices' accounts, by position."""
        return type(self)(*(account[devices] for account in self.columns().values()))

    def put(self, devices: npt.NDArray[np.integer], other: Self) -> None:
        """Write some devices' accounts back."""
        for name, account in other.columns().items():
            getattr(self, name)[devices] = account

"""The ledger of a population: joules, seconds and counts of every event, per device."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from devices.arrays import beside, to_host
from devices.reading import Effort, read_energy
from devices.reading.coding import passes_of, slots_of
from devices.reading.effort import Heated, joules_of
from devices.technology import Technology

__all__ = ["Ledger", "vector_time"]

Array = npt.NDArray[np.float32]
Totals = npt.NDArray[np.float64]


@dataclass
class Ledger:
    """What each device has spent since it was grown, each `[device]` float64 of NumPy.

    Attributes:
        read: J in the cells while reading, V^2 G t over cells and references.
        write: J of pulses and half-selected cells.
        convert: J of DAC and ADC conversions.
        digital: J of digital periphery, a term of its own.
        pulses: pulses received by cells.
        reads: vectors read (cells read one by one to verify are counted in `Programming.reads`).
        repeats: vectors read again by bound management, once for each tile at the most.
        busy: s of reads and writes.
        rested: s unpowered.
    """

    read: Totals
    write: Totals
    convert: Totals
    digital: Totals
    pulses: Totals
    reads: Totals
    repeats: Totals
    busy: Totals
    rested: Totals

    @classmethod
    def blank(cls, devices: int) -> Self:
        """Return the ledger of devices that have done nothing."""
        return cls(*(np.zeros(devices) for _ in range(len(fields(cls)))))

    @classmethod
    def over(cls, parts: "Sequence[Ledger]") -> Self:
        """Return the account of devices of several arrays, worked in turn, resting together."""
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

    def clock_without_repeats(self, technology: Technology) -> Totals:
        """Return the clock as if bound management had read nothing again, `[device]`.

        Slow noise goes by this clock: it does not depend on how vectors are batched.
        """
        if not technology.is_pulsed:
            return self.rested.copy()
        return self.clock - self.repeats * vector_time(technology)

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

    def charge_read(
        self,
        technology: Technology,
        efforts: Sequence[Effort],
        heated: Heated,
        *,
        drivers: int = 1,
        is_corrected: bool = False,
    ) -> None:
        """Enter vectors that were read; the exact control costs nothing but their number.

        Tiles work at the same time: a vector lasts as long as its slowest tile. In each pass
        every input and every output of a tile is converted once. Each partial result after the
        first, of a tile or a pass, costs one digital multiply-accumulate an output, and one more
        where a calibration corrects it.

        Args:
            technology: conductances, read voltage and prices.
            efforts: what each tile took, strip by strip of its sensed lines.
            heated: the conductances.
            drivers: converters of an input line, one for each of its physical rows.
            is_corrected: whether partial results are corrected digitally.
        """
        price, passes = technology.energy, passes_of(technology.read)
        slowest = efforts[0].readings
        for effort in efforts[1:]:
            slowest = np.maximum(slowest, effort.readings)
        batch = slowest.shape[1]
        self.reads += batch
        self.repeats += slowest.sum(axis=1) - batch
        if not technology.is_pulsed:
            return
        self.busy += slowest.sum(axis=1) * vector_time(technology)
        partial = np.zeros(1)
        for effort in efforts:
            inputs, outputs = (
                lines.stop - lines.start for lines in (effort.inputs, effort.outputs)
            )
            readings = effort.readings.sum(axis=1)
            self.read += to_host(
                joules_of(technology, effort.heat, heated.part(effort.inputs, effort.outputs))
            )
            self.convert += readings * passes * (inputs * drivers * price.dac + outputs * price.adc)
            partial = partial + readings * passes * outputs
        sums = partial - batch * heated.weight.shape[2] + (partial if is_corrected else 0)
        self.digital += sums * price.digital

    def charge_look(self, technology: Technology, weight: Array) -> None:
        """Enter one verifying read of every cell, cell by cell at the full read voltage.

        Args:
            technology: conductances, read voltage and prices.
            weight: `[device, row, column]`.
        """
        cells = weight.shape[1] * weight.shape[2]
        price = technology.energy
        self.busy += cells * technology.read.duration
        self.read += self._of_every_cell(technology, weight)
        self.convert += cells * (price.dac + price.adc)

    def charge_scan(self, technology: Technology, weight: Array) -> None:
        """Enter one read of every cell, a row at a time, each cell converted by itself.

        Args:
            technology: conductances, read voltage and prices.
            weight: `[device, row, column]`.
        """
        rows, columns = weight.shape[1:]
        price = technology.energy
        self.reads += rows
        self.busy += rows * technology.read.duration
        self.read += self._of_every_cell(technology, weight)
        self.convert += rows * (price.dac + columns * price.adc)

    def charge_write(
        self, technology: Technology, pulses: Totals, half: Totals, slots: npt.ArrayLike
    ) -> None:
        """Enter pulses.

        Args:
            technology: prices and the duration of a slot.
            pulses: `[device]`, pulses received by cells.
            half: `[device]`, cells times slots that saw half the voltage.
            slots: `[device]` or one number, slots that passed.
        """
        price = technology.energy
        pulses, half = to_host(pulses), to_host(half)
        self.pulses += pulses
        self.write += pulses * price.pulse + half * price.half_select
        self.busy += np.asarray(to_host(slots), np.float64) * technology.write.pulse_duration

    @staticmethod
    def _of_every_cell(technology: Technology, weight: Array) -> Totals:
        """Return the joules of reading every cell once at the full read voltage, `[device]`."""
        at_full = beside(weight, np.ones((1, 1, weight.shape[1]), np.float32))
        joules: Totals = to_host(read_energy(technology, at_full, weight))
        return joules


def vector_time(technology: Technology) -> float:
    """Return the time of reading one vector once, s: all passes of all slots."""
    read = technology.read
    return passes_of(read) * slots_of(read) * read.duration

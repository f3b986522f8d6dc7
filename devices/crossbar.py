"""CrossbarArray: one array of a whole population, a thin holder of state over pure functions.

The verbs are forward, backward, update, increment and wait; program is for control arms and
calibration. There is no getter of weights: what the microscope sees is `devices.probe`.
"""

from collections.abc import Mapping
from functools import partial
from numbers import Real
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices import aging, disturb, freezing, pairs, reading
from devices.arrays import to_host
from devices.energy import Ledger, vector_time
from devices.errors import UnsupportedVerb, WrongShape, WrongValue
from devices.fidelity import Fidelity, Unablated, pin
from devices.identity import Purpose, Serials, Stream
from devices.increment import Rounding, increment
from devices.kernels import grower, load, resolve
from devices.manufacture import LineErrors, cell_normals, manufacture
from devices.signals import on_both, on_lines, positions
from devices.state import CellState, Counters
from devices.technology import Technology
from devices.tiling import grid_of
from devices.updating import update

__all__ = ["CrossbarArray"]

Array = npt.NDArray[np.float32]

_SAMPLES_AT_ONCE = 2000
"""Samples of a batch at most: its pulses at a cell are counted in 16 bits."""


class CrossbarArray:
    """Rows and columns of cells, `[device, row, column]`, of every device of a population.

    Signals may be given as anything; they come back where the backend computes: as NumPy arrays,
    of "cuda" as CuPy's. Whatever else an array tells is NumPy's.

    Args:
        technology: how the cells are built, and what is switched off (`Technology.without`).
        rows: input lines; a pair of cells has two physical rows for each.
        columns: output lines.
        serials: `[device]`, the devices; all draws follow from them.
        seed: the run's seed.
        array: stable number of this array in its organism.
        backend: which kernels compute (`devices.kernels.available`); auto: the fastest here.
        made_as: `[device]`, serials whose manufacture is repeated (a control); default: own.

    Raises:
        WrongShape: no rows or columns, or serials that are not whole numbers in one row.
        UnknownBackend: the backend is not available here.
    """

    def __init__(
        self,
        technology: Technology,
        rows: int,
        columns: int,
        *,
        serials: Serials,
        seed: int,
        array: int = 0,
        backend: str = "auto",
        made_as: Serials | None = None,
    ) -> None:
        if rows < 1 or columns < 1:
            raise WrongShape(f"an array needs rows and columns, found {rows} x {columns}")
        self.declared, self.technology = technology, technology.emulated
        self.rows, self.columns = rows, columns
        self.serials = positions(serials)
        self.made_as = self.serials if made_as is None else positions(made_as)
        if self.made_as.shape != self.serials.shape:
            raise WrongShape(
                f"{self.serials.size} devices cannot be made as {self.made_as.size} others"
            )
        self.seed, self.array, self.backend = seed, array, resolve(backend)
        self.ledger = Ledger.blank(self.serials.size)
        self.fidelities = np.zeros((self.serials.size, len(Fidelity)), np.int64)
        self._kernels = load(self.backend)
        self._physical_rows = rows * pairs.planes(technology.cell)
        born = partial(
            manufacture,
            seed=seed,
            array=array,
            serials=self.made_as,
            rows=self._physical_rows,
            columns=columns,
            fused=grower(self.backend),
        )
        # Made on the processor, whatever computes later: the same bits everywhere.
        cells, column_errors, row_errors, initial = born(technology)
        place = self._kernels.place
        self._cells = cells.each(place)
        self._column_errors, self._row_errors = column_errors.each(place), row_errors.each(place)
        self._unablated: Unablated | None = None
        if technology.without and technology.is_pulsed:
            found = Unablated.of(technology, born(technology.unablated)[0], cells)
            self._unablated = None if found is None else found.each(place)
        self._state = CellState.as_grown(self.technology, self._cells, place(initial))
        self._fluctuation = reading.Fluctuation.blank(self._cells, self.serials.size)
        self._correction: reading.Correction | None = None
        self._counters = Counters.blank(self.serials.size)

    def __repr__(self) -> str:
        return (
            f"CrossbarArray({self.declared.title}, {self.serials.size} devices, "
            f"{self.rows} x {self.columns})"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as declaration and frozen life: manufacture is grown again where it arrives."""
        built = self.declared, self.rows, self.columns, self.seed, self.array, self.backend
        return freezing.arrive, (type(self), built, self.serials, self.made_as, self.freeze())

    def stream(self, purpose: Purpose) -> Stream:
        """Return this array's draws for one purpose."""
        return self._kernels.stream(self.seed, purpose, self.array, self.serials)

    def forward(self, x: npt.ArrayLike) -> Array:
        """Read the columns: voltages on the rows times conductances, summed as charge.

        Args:
            x: `[sample, row]` shared by all devices, or `[device, sample, row]`.

        Returns:
            `[device, sample, column]`.

        Raises:
            WrongShape: x does not fit.
            WrongValue: x holds NaN or infinity.
        """
        signals = on_lines(x, self.rows, "row", self.serials.size, self._kernels.place)
        return reading.assemble(self._sense_columns(signals))

    def backward(self, d: npt.ArrayLike) -> Array:
        """Read the rows with voltages on the columns (the transpose), where the wiring allows it.

        Args:
            d: `[sample, column]` or `[device, sample, column]`.

        Returns:
            `[device, sample, row]`.

        Raises:
            UnsupportedVerb: the technology has no reverse read.
            WrongShape: d does not fit.
            WrongValue: d holds NaN or infinity.
        """
        if not self.technology.cell.reverse_read:
            raise UnsupportedVerb(f"{self.technology.name} has no reverse read (cell.reverse_read)")
        signals = on_lines(d, self.columns, "column", self.serials.size, self._kernels.place)
        return reading.assemble(
            self._sense(
                signals, Purpose.REVERSE_READ, self._row_errors, self._counters.reverse_reads
            )
        )

    def update(
        self,
        x: npt.ArrayLike,
        d: npt.ArrayLike,
        rate: float,
        fidelity: Fidelity | None = None,
    ) -> None:
        """Add the outer products of a batch by pulses: E[dW] = +rate * x (x) d * f(w).

        A descent rule passes its negative error. Which fidelity each device took is
        counted in `fidelities`, `[device, fidelity]`. More than 2000 samples are several batches.

        Args:
            x: `[sample, row]` or `[device, sample, row]`.
            d: `[sample, column]` or `[device, sample, column]`.
            rate: learning rate, not negative.
            fidelity: pin one; default: that of the technology, or the fastest that is right.

        Raises:
            WrongShape: x and d do not fit.
            WrongValue: a signal or the rate is not finite, the rate is negative, or the fidelity
                is not possible.
        """
        on_rows, on_columns = on_both(
            x, d, self.rows, self.columns, self.serials.size, self._kernels.place
        )
        if not (np.isfinite(rate) and rate >= 0):
            raise WrongValue(f"rate must be a number of 0 or more, found {rate}")
        pinned = pin(fidelity, self.technology)
        for first in range(0, max(on_rows.shape[1], 1), _SAMPLES_AT_ONCE):
            here = slice(first, first + _SAMPLES_AT_ONCE)
            update(self, on_rows[:, here], on_columns[:, here], rate, pinned)

    def increment(
        self,
        delta: npt.ArrayLike,
        rows: npt.ArrayLike | None = None,
        rounding: Rounding = "random",
    ) -> None:
        """Add to the weights by net pulses, a row at a time: E[dW] = delta f(w), f(0) = 1.

        Args:
            delta: `[device, row, column]`, or `[device, len(rows), column]`; in units of weight.
            rows: the rows that are written, each once; default: all, in order.
            rounding: of |delta| to whole pulses: up at random so that it is right on average, or
                to the nearest number.

        Raises:
            WrongShape: delta or rows do not fit.
            WrongValue: delta is not finite, or the rounding is unknown.
        """
        increment(self, delta, rows, rounding)

    def wait(self, seconds: float, temperature: float = 298.15) -> bool:
        """Rest unpowered; return False where the technology tells nothing about retention.

        Args:
            seconds: time, s.
            temperature: K.

        Raises:
            WrongValue: the time is negative, the temperature not above 0 K, or either no number.
        """
        given: tuple[object, ...] = (seconds, temperature)
        are_numbers = all(isinstance(number, Real) for number in given)
        if not (are_numbers and 0 <= seconds < np.inf and 0 < temperature < np.inf):
            raise WrongValue(
                "a rest needs a time of 0 s or more and a temperature above 0 K, both as numbers, "
                f"found {seconds!r} s at {temperature!r} K"
            )
        self.ledger.rested += seconds
        retention = self.technology.retention
        if retention is None:
            # Switched off is not unknown.
            return self.declared.retention is not None or not self.technology.is_pulsed
        noise: Array | np.float32 = np.float32(0)
        if retention.diffusion:
            noise = cell_normals(
                self.stream(Purpose.REST), self._counters.rests, self._physical_rows, self.columns
            )
        seconds *= aging.acceleration(retention, temperature)
        aging.rest(self.technology, self._cells, self._state, seconds, noise)
        self._counters.rests += 1
        return True

    def is_stuck(self) -> npt.NDArray[np.bool_]:
        """Return which cells no pulse moves any more, `[device, physical row, column]`."""
        stuck: npt.NDArray[np.bool_] = to_host(aging.is_stuck(self._cells, self._state))
        return stuck

    def take(self, devices: npt.ArrayLike) -> Self:
        """Return a copy that holds some devices only, by position.

        Raises:
            WrongShape: the positions are not whole numbers in one row.
        """
        at = positions(devices)
        some = object.__new__(type(self))
        some.__dict__.update(self.__dict__)
        some.serials, some.made_as = self.serials[at], self.made_as[at]
        some.ledger, some.fidelities = self.ledger.take(at), self.fidelities[at]
        some._cells = self._cells.take(at)
        some._column_errors = self._column_errors.take(at)
        some._row_errors = self._row_errors.take(at)
        some._unablated = None if self._unablated is None else self._unablated.take(at)
        some._state, some._counters = self._state.take(at), self._counters.take(at)
        some._fluctuation = self._fluctuation.take(at)
        some._correction = None if self._correction is None else self._correction.take(at)
        return some

    def put(self, devices: npt.ArrayLike, other: Self) -> None:
        """Write back the devices that `take` lent out.

        Raises:
            WrongShape: they are other serials.
        """
        at = positions(devices)
        if not np.array_equal(self.serials[at], other.serials):
            raise WrongShape(f"serials {other.serials} cannot stand for {self.serials[at]}")
        self.ledger.put(at, other.ledger)
        self.fidelities[at] = other.fidelities
        self._state.put(at, other._state)
        self._counters.put(at, other._counters)
        self._fluctuation.put(at, other._fluctuation)
        if self._correction is not None and other._correction is not None:
            self._correction.put(at, other._correction)

    def freeze(self) -> dict[str, npt.NDArray[Any]]:
        """Return what life has made of these devices, opaque copies `[device, ...]`; see `thaw`."""
        return freezing.freeze(self)

    def thaw(self, frozen: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take up the life that `freeze` returned of these serials; manufacture is not in it.

        Raises:
            FrozenElsewhere: it is that of other devices or another build; nothing has changed.
            WrongShape: its numbers are incomplete or damaged.
        """
        freezing.thaw(self, frozen)

    def place_reads(self, events: npt.ArrayLike) -> None:
        """Let coming reads of both directions draw at given event words, and on from there.

        For copies (`take`) whose answers are to be functions of what they are asked.

        Args:
            events: `[device]`, whole numbers of 0 or more; twice each, and the reads to come, must
                fit 32 bits.

        Raises:
            WrongShape: they are not whole numbers, one a device.
        """
        words = positions(events)
        if words.shape != self.serials.shape:
            raise WrongShape(f"{self.serials.size} devices need an event each, found {words.size}")
        self._counters.reads, self._counters.reverse_reads = words.copy(), words.copy()

    def _sense_columns(self, x: Array) -> list[list[Array]]:
        """Read the columns of every tile."""
        return self._sense(
            x, Purpose.READ, self._column_errors, self._counters.reads, self._correction
        )

    def _sense(
        self,
        x: Array,
        purpose: Purpose,
        lines: LineErrors,
        reads: npt.NDArray[np.int64],
        correction: reading.Correction | None = None,
    ) -> list[list[Array]]:
        """Read vectors through the lines of one side, tile by tile; `reads` counts them."""
        is_reverse, technology = purpose is Purpose.REVERSE_READ, self.technology
        grid = grid_of(technology.tile, self.rows, self.columns)
        fused = self._kernels.fused
        is_plain = reading.is_plain(
            technology, self._cells, lines, grid, correction, is_reverse=is_reverse
        )
        if is_plain and hasattr(fused, "read"):
            y, effort, heated = reading.read_plainly(
                fused, x, self._state.visible, self._cells, lines, technology,
                self.stream(purpose), reads, is_reverse=is_reverse,
            )  # fmt: skip
            reads += x.shape[1]
            self._disturb_and_charge([effort], heated, is_reverse, correction)
            return [[y]]
        cells = reading.as_read(
            self._state.visible, self._cells, technology, self._fluctuating(x.shape[1]),
            is_reverse=is_reverse,
        )  # fmt: skip
        parts, efforts = reading.read_tiles(
            x, cells, lines, grid.transposed if is_reverse else grid, technology.read,
            self.stream, reads, is_reverse=is_reverse, correction=correction,
        )  # fmt: skip
        reads += x.shape[1]
        heated = reading.heated(technology, self._state.visible, self._cells, is_reverse=is_reverse)
        self._disturb_and_charge(efforts, heated, is_reverse, correction)
        return parts

    def _disturb_and_charge(
        self,
        efforts: list[reading.Effort],
        heated: reading.Heated,
        is_reverse: bool,
        correction: reading.Correction | None,
    ) -> None:
        technology = self.technology
        heat = reading.heat_of_lines(efforts)
        if not is_reverse:
            heat = np.tile(heat, pairs.planes(technology.cell))
        disturb.read(technology, self._cells, self._state, heat, is_reverse=is_reverse)
        self.ledger.charge_read(
            technology,
            efforts,
            heated,
            drivers=1 if is_reverse else pairs.planes(technology.cell),
            is_corrected=correction is not None,
        )

    def _fluctuating(self, batch: int) -> list[tuple[Array, npt.NDArray[np.bool_]]]:
        """Return what slow noise does to the conductances during the next vectors."""
        noise = self.technology.read.noise
        if noise is None or not noise.is_slow:
            return []
        return self._fluctuation.advance(
            self.technology, self._cells, self._state, self.stream,
            self._counters.reads + self._counters.reverse_reads, batch,
            self.ledger.clock_without_repeats(self.technology), vector_time(self.technology),
        )  # fmt: skip

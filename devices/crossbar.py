"""CrossbarArray: one array of a whole population, a thin holder of state over pure functions.

The verbs are forward, backward, update and wait; program is for control arms and calibration.
There is no getter of weights: what the microscope sees is `devices.probe`.
"""

from typing import Self

import numpy as np
import numpy.typing as npt

from devices import aging, pulses, reading, writing
from devices.energy import Ledger
from devices.errors import DeviceError, UnsupportedVerb, WrongShape
from devices.identity import Purpose, Serials, Stream
from devices.kernels import load
from devices.manufacture import cell_normals, manufacture
from devices.state import CellState, Counters
from devices.technology import PulsedResponse, Retention, Technology
from devices.writing import Fidelity

__all__ = ["CrossbarArray"]

Array = npt.NDArray[np.float32]

_FLOATS_AT_ONCE = 1 << 26
"""Float32 numbers of fired trains and pulse counts held at a time: 256 MiB."""


class CrossbarArray:
    """Rows and columns of cells, `[device, row, column]`, of every device of a population.

    Args:
        technology: how the cells are built.
        rows: input lines.
        columns: output lines.
        serials: `[device]`, the devices; all draws follow from them.
        seed: the run's seed.
        array: stable number of this array in its organism.
        backend: which kernels compute (`devices.kernels.available`).
        made_as: `[device]`, serials whose manufacture is repeated (a control); default: own.

    Raises:
        WrongShape: no rows or columns.
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
        backend: str = "reference",
        made_as: Serials | None = None,
    ) -> None:
        if rows < 1 or columns < 1:
            raise WrongShape(f"an array needs rows and columns, found {rows} x {columns}")
        self.technology = technology
        self.rows, self.columns = rows, columns
        self.serials = serials
        self.made_as = serials if made_as is None else made_as
        self.seed, self.array, self.backend = seed, array, backend
        self.ledger = Ledger.blank(serials.size)
        self.fidelities = np.zeros((serials.size, len(Fidelity)), np.int64)
        self._kernels = load(backend)
        self._cells, self._column_errors, self._row_errors, initial = manufacture(
            technology, seed=seed, array=array, serials=self.made_as, rows=rows, columns=columns
        )
        self._state = CellState.as_grown(technology, self._cells, initial)
        self._counters = Counters.blank(serials.size)

    def __repr__(self) -> str:
        return (
            f"CrossbarArray({self.technology.name}, {self.serials.size} devices, "
            f"{self.rows} x {self.columns})"
        )

    def stream(self, purpose: Purpose) -> Stream:
        """Return this array's draws for one purpose."""
        return Stream(self.seed, purpose, self.array, self.serials)

    def forward(self, x: npt.ArrayLike) -> Array:
        """Read the columns: voltages on the rows times conductances, summed as charge.

        Args:
            x: `[sample, row]` shared by all devices, or `[device, sample, row]`.

        Returns:
            `[device, sample, column]`.

        Raises:
            WrongShape: x does not fit.
        """
        signals = self._signals(x, self.rows, "row")
        weight, curved = self._conducting()
        counter = self._counters.reads
        y, voltage = reading.read(
            signals, weight, curved, self._column_errors, self.technology.read,
            self.stream(Purpose.READ), counter,
        )  # fmt: skip
        counter += y.shape[1]
        self._charge_read(voltage, self._state.weight, y.shape[1], self.rows, self.columns)
        return y

    def backward(self, d: npt.ArrayLike) -> Array:
        """Read the rows with voltages on the columns (the transpose), where the wiring allows it.

        Args:
            d: `[sample, column]` or `[device, sample, column]`.

        Returns:
            `[device, sample, row]`.

        Raises:
            UnsupportedVerb: the technology has no reverse read.
            WrongShape: d does not fit.
        """
        if not self.technology.cell.reverse_read:
            raise UnsupportedVerb(f"{self.technology.name} has no reverse read (cell.reverse_read)")
        signals = self._signals(d, self.columns, "column")
        weight, curved = self._conducting()
        counter = self._counters.reverse_reads
        y, voltage = reading.read(
            signals, weight.swapaxes(1, 2), None if curved is None else curved.swapaxes(1, 2),
            self._row_errors, self.technology.read, self.stream(Purpose.REVERSE_READ), counter,
        )  # fmt: skip
        counter += y.shape[1]
        flipped = self._state.weight.swapaxes(1, 2)
        self._charge_read(voltage, flipped, y.shape[1], self.columns, self.rows)
        return y

    def update(
        self,
        x: npt.ArrayLike,
        d: npt.ArrayLike,
        rate: float,
        fidelity: Fidelity | None = None,
    ) -> None:
        """Add the outer products of a batch by pulses: E[dW] = +rate * x (x) d * f(w).

        A descent rule passes its negative error. Which fidelity each device took is
        counted in `fidelities`, `[device, fidelity]`.

        Args:
            x: `[sample, row]` or `[device, sample, row]`.
            d: `[sample, column]` or `[device, sample, column]`.
            rate: learning rate, not negative.
            fidelity: pin one; default: the fastest that is right for each device.

        Raises:
            WrongShape: x and d do not fit.
            DeviceError: the rate is negative or not finite, or the fidelity is not possible.
        """
        on_rows = self._signals(x, self.rows, "row")
        on_columns = self._signals(d, self.columns, "column")
        if on_rows.shape[1] != on_columns.shape[1]:
            raise WrongShape(
                f"x has {on_rows.shape[1]} samples and d has {on_columns.shape[1]}: give as many"
            )
        if not (np.isfinite(rate) and rate >= 0):
            raise DeviceError(f"rate must be a number of 0 or more, found {rate}")
        response = self.technology.response
        if fidelity is Fidelity.COMPOSED or (
            fidelity is Fidelity.AVERAGED and response.kind == "exponential"
        ):
            raise DeviceError(f"fidelity {fidelity.name.lower()} is not possible for {response.kind}")
        devices, batch = self.serials.size, on_rows.shape[1]
        if not isinstance(response, PulsedResponse):
            self._state.weight += np.float32(rate) * (on_rows.swapaxes(1, 2) @ on_columns)
        else:
            size = (self.rows + self.columns) * batch * self.technology.write.train_length
            group = max(1, _FLOATS_AT_ONCE // (size + 3 * self.rows * self.columns))
            for first in range(0, devices, group):
                some = np.arange(first, min(first + group, devices))
                self._write(
                    on_rows[some if on_rows.shape[0] > 1 else [0]],
                    on_columns[some if on_columns.shape[0] > 1 else [0]],
                    rate, response, some, fidelity,
                )  # fmt: skip
        self._counters.samples += batch

    def wait(self, seconds: float, temperature: float = 298.15) -> bool:
        """Rest unpowered; return False where the technology tells nothing about retention.

        Args:
            seconds: time, s.
            temperature: K.

        Raises:
            DeviceError: the time is negative or the temperature not above 0 K.
        """
        if not (np.isfinite(seconds) and seconds >= 0 and temperature > 0):
            raise DeviceError(
                f"a rest needs a time of 0 s or more above 0 K, found {seconds} s at {temperature} K"
            )
        self.ledger.rested += seconds
        retention = self.technology.retention
        if retention is None:
            return not self.technology.is_pulsed
        self._rest(retention, seconds * aging.acceleration(retention, temperature))
        self._counters.rests += 1
        return True

    def take(self, devices: npt.ArrayLike) -> Self:
        """Return a copy that holds some devices only, by position."""
        at = np.asarray(devices, np.int64)
        some = object.__new__(type(self))
        some.__dict__.update(self.__dict__)
        some.serials, some.made_as = self.serials[at], self.made_as[at]
        some.ledger, some.fidelities = self.ledger.take(at), self.fidelities[at]
        some._cells = self._cells.take(at)
        some._column_errors = self._column_errors.take(at)
        some._row_errors = self._row_errors.take(at)
        some._state, some._counters = self._state.take(at), self._counters.take(at)
        return some

    def put(self, devices: npt.ArrayLike, other: Self) -> None:
        """Write back the devices that `take` lent out; they must be the same serials."""
        at = np.asarray(devices, np.int64)
        if not np.array_equal(self.serials[at], other.serials):
            raise WrongShape(f"serials {other.serials} cannot stand for {self.serials[at]}")
        self.ledger.put(at, other.ledger)
        self.fidelities[at] = other.fidelities
        self._state.put(at, other._state)
        self._counters.put(at, other._counters)

    def _signals(self, values: npt.ArrayLike, lines: int, name: str) -> Array:
        signals = np.asarray(values, np.float32)
        if signals.ndim == 2:
            signals = signals[None]
        if signals.ndim != 3 or signals.shape[2] != lines:
            raise WrongShape(
                f"signals must be [sample, {name}] or [device, sample, {name}] with {lines} "
                f"{name}s, found shape {np.shape(values)}"
            )
        if signals.shape[0] not in (1, self.serials.size):
            raise WrongShape(
                f"signals are for {signals.shape[0]} devices, the population has "
                f"{self.serials.size}"
            )
        return signals

    def _conducting(self) -> tuple[Array, Array | None]:
        """Return the weights as the read path sees them, and kappa times them."""
        weight = self._state.weight
        if self._cells.gain is not None:
            weight = weight * self._cells.gain
        curvature = self._cells.curvature
        return weight, None if curvature is None else curvature * weight

    def _write(
        self, x: Array, d: Array, rate: float, response: PulsedResponse,
        some: npt.NDArray[np.int64], fidelity: Fidelity | None,
    ) -> None:  # fmt: skip
        part = self if some.size == self.serials.size else self.take(some)
        shape = (some.size, x.shape[1])
        trains = pulses.drive(
            np.broadcast_to(x, (*shape, self.rows)), np.broadcast_to(d, (*shape, self.columns)),
            rate, response.step, self.technology.write,
        )  # fmt: skip
        samples = part._counters.samples
        rows = pulses.fire(trains.rows, trains.lengths, part.stream(Purpose.ROW_PULSES), samples)
        columns = pulses.fire(
            trains.columns, trains.lengths, part.stream(Purpose.COLUMN_PULSES), samples
        )
        chosen, received = writing.write_trains(
            self._kernels, self.technology, part._cells, part._state, rows, columns,
            part.stream(Purpose.CYCLE), samples, fidelity,
        )  # fmt: skip
        part.fidelities[np.arange(some.size), chosen] += 1
        fired_rows = np.abs(rows).sum(axis=(1, 2, 3), dtype=np.float64)
        fired_columns = np.abs(columns).sum(axis=(1, 2, 3), dtype=np.float64)
        half = fired_rows * self.columns + fired_columns * self.rows - 2 * received
        part._charge_write(received, half, trains.lengths.sum(axis=1))
        if part is not self:
            self.put(some, part)

    def _rest(self, retention: Retention, seconds: float) -> None:
        state, cells = self._state, self._cells
        if retention.diffusion or cells.decay_time is not None:
            noise = cell_normals(
                self.stream(Purpose.REST), self._counters.rests, self.rows, self.columns
            )
            moved = aging.decay(state.weight, seconds, retention, cells.decay_time, noise)
            if cells.w_max is not None and cells.w_min is not None:
                moved = np.clip(moved, cells.w_min, cells.w_max)
            if cells.step_up is not None:
                # A stuck cell is stuck: rest does not move it either.
                moved = np.where(self.is_stuck(), state.weight, moved)
            state.weight = moved
        if state.rested is not None:
            scale, reference = reading.conductance_scale(self.technology)
            jump = (state.rested, seconds, retention.drift_start)
            own = aging.drift_factor(*jump, np.asarray(cells.drift_exponent))
            mean = aging.drift_factor(*jump, retention.drift_exponent)
            drifted = (reference + scale * state.weight) * own - reference * mean
            state.weight = (drifted / scale).astype(np.float32)
            state.rested += seconds

    def is_stuck(self) -> npt.NDArray[np.bool_]:
        """Return which cells no pulse moves any more, `[device, row, column]`."""
        cells, pulses_received = self._cells, self._state.pulses
        stuck = np.zeros(self._state.weight.shape, np.bool_)
        if cells.step_up is not None and cells.step_down is not None:
            stuck |= cells.step_up + cells.step_down == 0
        if pulses_received is not None and cells.endurance is not None:
            stuck |= pulses_received >= cells.endurance
        return stuck

    def _charge_read(
        self, voltage: Array, weight: Array, batch: int, inputs: int, outputs: int
    ) -> None:
        self.ledger.reads += batch
        if self.technology.is_pulsed:
            energy, read = self.technology.energy, self.technology.read
            self.ledger.busy += batch * read.duration
            self.ledger.read += reading.read_energy(self.technology, voltage, weight)
            self.ledger.convert += batch * (inputs * energy.dac + outputs * energy.adc)

    def _charge_write(
        self,
        received: npt.NDArray[np.float64],
        half: npt.NDArray[np.float64],
        slots: npt.NDArray[np.int64],
    ) -> None:
        energy = self.technology.energy
        self.ledger.pulses += received
        self.ledger.write += received * energy.pulse + half * energy.half_select
        self.ledger.busy += slots * self.technology.write.pulse_duration

"""The kernels on a GPU: kernels/source/gpu.cu, compiled at run time through CuPy.

State, signals and draws are CuPy arrays; serials, counters and everything else of one number a
device stay in NumPy. Each cell's bits are those of `native`, given the same inputs.
"""

from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from typing import Any

import numpy as np

from devices.aging import fail
from devices.arrays import to_host
from devices.errors import WrongValue
from devices.fidelity import Choosing, Fidelity
from devices.identity import CounterOverflow, Purpose, Serials, Stream
from devices.kernels import UnknownBackend, reference, structs
from devices.manufacture import CellParameters
from devices.pairs import planes
from devices.sending import Sent, physical_rows
from devices.state import CellState
from devices.technology import Technology
from devices.writing import SLOTS_PER_SAMPLE, asks_for_pulses

__all__ = ["GpuKernels", "GpuStream", "cupy_kernels"]

THREADS = 128
_LIMIT = 1 << 32
_NAMES = (
    "philox_words",
    "normal_pairs",
    "cell_normals",
    "fire_lines",
    "count_beyond",
    "write_cells",
    "increment_cells",
)

Launch = Callable[..., None]


class GpuKernels:
    """The verbs, over any array module with NumPy's names.

    Args:
        xp: cupy (or, in tests, numpy).
        launch: runs kernel `name` on `threads` threads with structures, arrays and numbers.
        address: the address of an array's memory.
    """

    affine_burst = staticmethod(reference.affine_burst)
    affine_carry = staticmethod(reference.affine_carry)
    stepwise_burst = staticmethod(reference.stepwise_burst)
    cells_at_once = 1 << 22

    def __init__(self, xp: Any, launch: Launch, address: Callable[[Any], int]) -> None:
        self.xp, self._launch, self._address_of = xp, launch, address
        self.fused, self.place = self, xp.asarray
        self.stream = partial(GpuStream, self)

    def words(self, stream: Stream, places: Any, events: Any, serials: Any) -> Any:
        """Return the words of scattered draws, `[draw, 4]`; their counters are uint32 `[draw]`."""
        out = self.xp.empty((places.size, 4), np.uint32)
        key = [int(number) for number in (stream.seed, stream.purpose, stream.array)]
        self._launch(
            "philox_words", places.size, places.size, *map(np.uint32, key),
            *map(self.xp.ascontiguousarray, (places, events, serials)), out,
        )  # fmt: skip
        return out

    def pairs(self, words: Any) -> Any:
        """Return two normals a word, the last axis twice as long."""
        out = self.xp.empty((*words.shape[:-1], 2 * words.shape[-1]), np.float32)
        words = self.xp.ascontiguousarray(words)
        self._launch("normal_pairs", words.size, words.size, words, out)
        return out

    def normals(self, stream: Stream, events: Any, rows: int, columns: int) -> Any:
        """Return one standard normal a cell, `[device, row, column]`."""
        devices = stream.serials.size
        out = self.xp.empty((devices, rows, columns), np.float32)
        noise, _kept = self._noise(stream, events)
        blocks = devices * rows * -(-columns // 8)
        self._launch("cell_normals", blocks, noise, devices, rows, columns, out)
        return out

    def fire(self, values: Any, gains: Any, lengths: Any, stream: Stream, samples: Any) -> Any:
        """Return the trains of lines, `[device, sample, line]`; see `devices.pulses.fire`."""
        devices = stream.serials.size
        given, batch, lines = values.shape
        values = self.xp.ascontiguousarray(values, np.float32)
        on_device = [self.xp.asarray(gains, np.float32), self.xp.asarray(lengths, np.int64)]
        signals = structs.filled(
            structs.SIGNALS,
            devices=devices,
            samples=batch,
            lines=lines,
            device_stride=0 if given == 1 else batch * lines,
            values=self._address_of(values),
            gains=self._address_of(on_device[0]),
            lengths=self._address_of(on_device[1]),
        )
        noise, _kept = self._noise(stream, samples, batch)
        out = self.xp.empty((devices, batch, lines), np.uint32)
        self._launch("fire_lines", devices * batch * lines, signals, noise, out)
        return out

    def write_trains(
        self,
        technology: Technology,
        cells: CellParameters,
        state: CellState,
        rows: Any,
        columns: Any,
        noise: Stream,
        samples: Any,
        pinned: Any,
    ) -> tuple[Any, Any, Any]:
        """Write a batch of fired trains; see `devices.writing.write_trains`."""
        xp = self.xp
        is_asked = asks_for_pulses(technology, state)
        counts = xp.zeros(state.weight.shape, np.uint32) if is_asked else None
        if pinned is None:
            fidelity = self.chosen(technology, cells, state, rows, columns)
        else:
            fidelity = xp.zeros(state.weight.shape[0], np.int64) + xp.asarray(pinned)
        population = self._population(technology, cells, state, counts)
        trains = self._trains(technology, rows, columns)
        response = structs.response_of(technology)
        draws, _kept = self._noise(noise, samples, rows.shape[1], SLOTS_PER_SAMPLE)
        fidelity = fidelity.astype(np.int64)
        received = xp.zeros(state.weight.shape[0], np.uint64)
        blocks = _blocks(state)
        self._launch("write_cells", blocks, population, trains, draws, response, fidelity, received)
        if counts is not None:
            state.mark(counts > 0)
        if cells.failure is not None:
            everywhere = xp.indices(state.weight.shape[:2]).reshape(2, -1)
            fail(technology, cells, state, (everywhere[0], everywhere[1]))
        return to_host(fidelity), to_host(received).astype(np.float64), counts

    def chosen(
        self, technology: Technology, cells: CellParameters, state: CellState, rows: Any,
        columns: Any,
    ) -> Any:  # fmt: skip
        """Return the fidelity of each device, `[device]`; see `devices.writing.chosen`."""
        xp, rule = self.xp, Choosing.of(technology)
        devices, height, width = state.weight.shape
        if not rule.has_averaged:
            return xp.full(devices, int(rule.in_order))
        population = self._population(technology, cells, state)
        trains = self._trains(technology, rows, columns)
        response, choice = structs.response_of(technology), structs.choice_of(rule)
        beyond = xp.zeros((2, devices), np.uint64)
        given = (population, trains, response, choice, beyond)
        self._launch("count_beyond", _blocks(state), *given)
        is_right, is_clear = beyond <= rule.exceptions * height * width
        wrong = xp.where(is_clear, int(rule.in_order), int(rule.at_bounds))
        return xp.where(is_right, int(Fidelity.AVERAGED), wrong)

    def increment(
        self,
        technology: Technology,
        cells: CellParameters,
        state: CellState,
        delta: Any,
        at: Any,
        step: float,
        stream: Callable[[Purpose], Stream],
        samples: Any,
        *,
        is_random: bool,
        is_asked: bool,
    ) -> Sent:
        """Write net pulses, below 2^24 of a weight; see `devices.sending.send`."""
        xp, (devices, listed, width) = self.xp, delta.shape
        delta, rows = xp.ascontiguousarray(delta), xp.asarray(at)
        counts = xp.zeros(delta.shape, np.float32) if is_asked else None
        slots = xp.zeros((devices, listed), np.uint32)
        totals = xp.zeros((devices, listed), np.uint64)
        population = self._population(technology, cells, state)
        held = {"offset": state.offset, "written": state.written, "counts": counts}
        increments = structs.filled(
            structs.INCREMENTS,
            listed=listed,
            rows=self._address_of(rows),
            delta=self._address_of(delta),
            step=step,
            is_random=is_random,
            planes=planes(technology.cell),
            only_up=technology.cell.kind == "one-sided",
            shown_purpose=int(Purpose.WRITE_NOISE),
            shown=structs.shown_of(technology),
            now=self._address_of(state.now),
            slots=self._address_of(slots),
            totals=self._address_of(totals),
            **{name: 0 if v is None else self._address_of(v) for name, v in held.items()},
        )
        noise, _kept = self._noise(stream(Purpose.INCREMENT), samples, 1, SLOTS_PER_SAMPLE)
        response = structs.response_of(technology)
        blocks = devices * listed * -(-width // 8)
        self._launch("increment_cells", blocks, population, increments, noise, response)
        if cells.failure is not None:
            places = physical_rows(technology, state, at)
            each = np.arange(devices).repeat(places.size)
            fail(technology, cells, state, (each, np.tile(places, devices)))
        total = to_host(totals).sum(axis=1, dtype=np.float64)
        return Sent(to_host(slots).astype(np.float64), total, counts)

    def _population(
        self, technology: Technology, cells: CellParameters, state: CellState, counts: Any = None
    ) -> Any:
        """Return the structure of a population."""
        devices, height, width = state.weight.shape
        found = {**vars(cells), **vars(state), "counts": counts}
        held = {name: found[name] for name in structs.CELL_ARRAYS}
        for name, values in held.items():
            if values is not None and not values.flags.c_contiguous:
                raise WrongValue(f"{name} must be contiguous in C order")
        return structs.filled(
            structs.POPULATION,
            devices=devices,
            rows=height,
            columns=width,
            wear=structs.wear_of(technology),
            **{k: 0 if v is None else self._address_of(v) for k, v in held.items()},
        )

    def _trains(self, technology: Technology, rows: Any, columns: Any) -> Any:
        """Return the structure of what is fired at a population."""
        return structs.filled(
            structs.TRAINS,
            samples=rows.shape[1],
            rows=self._address_of(rows),
            columns=self._address_of(columns),
            only_up=technology.cell.kind == "one-sided",
        )

    def _noise(
        self, stream: Stream, events: Any, samples: int = 1, each: int = 1
    ) -> tuple[Any, list[Any]]:
        """Return the structure, and the arrays it points to, which must outlive the launch.

        Args:
            stream: whose draws.
            events: `[device]`, number of the first sample.
            samples: how many follow one another.
            each: events a sample.
        """
        if events.size and not 0 <= events.min() <= events.max() + samples <= _LIMIT // each:
            raise CounterOverflow(
                "events must stay within 32 bits: the draw would repeat an earlier one"
            )
        kept = [self.xp.asarray(each, np.int64) for each in (stream.serials, events)]
        return structs.noise_of(stream, *(self._address_of(each) for each in kept)), kept


class GpuStream(Stream):
    """Draws made on the GPU: the words of `Stream` at the same places, as CuPy arrays."""

    def __init__(
        self, kernels: GpuKernels, seed: int, purpose: Purpose, array: int, serials: Serials
    ) -> None:
        super().__init__(seed, purpose, array, serials)
        self._kernels = kernels

    def cells(self, event: Any, rows: int, columns: int) -> Any:
        """Return one standard normal a cell, `[device, row, column]`, in one launch."""
        events = np.broadcast_to(np.asarray(event, np.int64), self.serials.shape)
        return self._kernels.normals(self, events, rows, columns)

    def _near(self, values: Any) -> Any:
        return self._kernels.xp.asarray(values.astype(np.uint32))

    def _draw(self, places: Any, events: Any, serials: Any) -> Any:
        return self._kernels.words(self, places, events, serials)

    def _normals(self, words: Any) -> Any:
        return self._kernels.pairs(words)


def _blocks(state: CellState) -> Any:
    """Return how many blocks of eight cells a population has."""
    devices, height, width = state.weight.shape
    return devices * height * -(-width // 8)


def free_bytes() -> tuple[int, ...]:
    """Return the free bytes of each GPU."""
    import cupy

    found = []
    for number in range(cupy.cuda.runtime.getDeviceCount()):
        with cupy.cuda.Device(number):
            found.append(int(cupy.cuda.runtime.memGetInfo()[0]))
    return tuple(found)


@cache
def cupy_kernels() -> GpuKernels:
    """Return the kernels on the present GPU.

    Raises:
        UnknownBackend: CuPy cannot be imported, or finds no GPU.
    """
    try:
        import cupy

        cupy.cuda.Device().compute_capability  # noqa: B018 - asks the GPU, if there is one
    except ImportError as error:
        raise UnknownBackend(
            f"backend 'cuda' needs CuPy, which cannot be imported: {error}"
        ) from None
    except RuntimeError as error:  # CuPy's errors of the CUDA runtime are of this kind
        raise UnknownBackend(f"backend 'cuda' needs a GPU, and CuPy finds none: {error}") from None
    source = files("devices.kernels") / "source"
    options = ("-std=c++17", "--fmad=false", f"-I{source}")
    module = cupy.RawModule(code=(source / "gpu.cu").read_text("utf-8"), options=options)
    kernels = {name: module.get_function(name) for name in _NAMES}

    def launch(name: str, threads: int, *arguments: Any) -> None:
        if threads:
            # CuPy hands over a NumPy array of one structure by value, and its own by address.
            given = tuple(np.int64(a) if isinstance(a, int) else a for a in arguments)
            kernels[name]((-(-threads // THREADS),), (THREADS,), given)

    return GpuKernels(cupy, launch, lambda values: int(values.data.ptr))

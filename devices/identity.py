"""A device is its serial number: every random draw has a place, never an order.

Draws come from the counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw,
"Parallel random numbers: as easy as 1, 2, 3", SC 2011, doi:10.1145/2063384.2063405):

    key     = (run seed, purpose)
    counter = (place, event, array, serial)

`place` is where in the array the draw belongs (a row, a column, or a block of cells: cells are
numbered row by row, and a row begins a new block), `event` counts samples and slots of that
array, `array` is the stable number of a named array of the organism, `serial` the device. One
block of the generator gives four 32-bit words. So a device is the same alone, in a batch of
thousands, and on any number of workers.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from devices.errors import DeviceError
from devices.normal_tables import normals_of

__all__ = [
    "NORMALS_PER_BLOCK",
    "WORDS_PER_BLOCK",
    "CounterOverflow",
    "Parameter",
    "Purpose",
    "Stream",
    "cell_normals",
    "cell_uniforms",
    "philox",
]

Words = npt.NDArray[np.uint64]
Serials = npt.NDArray[np.int64]

WORDS_PER_BLOCK = 4
NORMALS_PER_BLOCK = 8
"""Each word gives a pair of normals: 16 bits of radius and 16 bits of angle."""

_LIMIT = 1 << 32
_CHUNK = 4096
"""Counters worked on together: small enough for the cache (three times faster than in one go)."""


class CounterOverflow(DeviceError, OverflowError):  # noqa: N818 - a public name
    """A counter word left 32 bits: the draw would repeat an earlier one."""


class Purpose(IntEnum):
    """The one list of what random draws are for, with the meaning of `place` and `event`.

    Numbers are part of a device's identity: never renumber, only append.
    """

    WAFER = 1  # place: 0; event: parameter of manufacture; serial: number of the wafer.
    ROW = 2  # place: row block; event: parameter of manufacture.
    COLUMN = 3  # place: column block; event: parameter of manufacture.
    CELL = 4  # place: cell block; event: parameter of manufacture.
    ENDURANCE = 5  # place: cell block (uniforms).
    STUCK = 6  # place: cell block (uniforms).
    ROW_PULSES = 7  # place: row * 4 + slot block; event: sample.
    COLUMN_PULSES = 8  # place: column * 4 + slot block; event: sample.
    CYCLE = 9  # place: cell block; event: sample * 32 + slot (slot 31: the whole burst or batch).
    READ = 10  # place: column block; event: read.
    REVERSE_READ = 11  # place: row block; event: read.
    PROGRAM = 12  # place: cell block; event: programming round * 32 + 31 (a burst), 30 (scatter).
    REST = 13  # place: cell block; event: rest.
    PROBE = 14  # place: cell block; event: look.
    RULE = 15  # place and event: the learning rule's own (digital periphery, labels).
    SHUFFLE = 16  # place: sample block; event: epoch; serial 0; array: number of the cohort.
    TILT = 17  # place: 0 (slope over rows, slope over columns); event: parameter of manufacture.
    WRITE_NOISE = 30  # place: cell block; event: number * 4 + way (`devices.write_noise.Way`).
    REFRESH = 31  # place: cell block; event: update * 4 + stage (`devices.refresh.Stage`).
    FAILURE = 32  # place: cell block; event: 0 (uniforms, at birth).
    INCREMENT = 33  # place: cell block; event: sample * 32 + 31 (a burst), 30 (uniforms: rounding).
    CHOPPER = 34  # place: row; event: number of the transfer (a fast array's sign flips).
    # The read path has 40 to 59. Its line blocks are places of `devices.tiling.place`: those of
    # READ and REVERSE_READ too, which are plain blocks in the first read through the first tile.
    CELL_READ = 40  # place: column block; event: read.
    REVERSE_CELL_READ = 41  # place: row block; event: read.
    INPUT = 42  # place: row block; event: read.
    REVERSE_INPUT = 43  # place: column block; event: reverse read.
    TRAP = 44  # place: cell block (uniforms): which cells have a trap.
    TELEGRAPH = 45  # place: cell block (uniforms); event: block of vectors read.
    FLICKER = 46  # place: cell block; event: block of vectors read.
    ROW_FAULT = 47  # place: row block (uniforms).
    COLUMN_FAULT = 48  # place: column block (uniforms).
    TILE_FAULT = 49  # place: block of tiles, counted row by row (uniforms).


class Parameter(IntEnum):
    """What is drawn at birth: the event word of its counter. Never renumber, only append."""

    STEP = 0
    ASYMMETRY = 1
    W_MAX = 2
    W_MIN = 3
    GAMMA_UP = 4
    GAMMA_DOWN = 5
    INITIAL = 6
    CELL_GAIN = 7
    CURVATURE = 8
    DECAY = 9
    DRIFT = 10
    LINE_GAIN = 11
    LINE_OFFSET = 12
    REFERENCE = 30
    LINE_NONLINEARITY = 40
    TRAP_AMPLITUDE = 41


def philox(
    counter: tuple[Words, Words, Words, Words], key: tuple[int, int]
) -> tuple[Words, Words, Words, Words]:
    """Return the four output words of Philox4x32-10 for each counter.

    Args:
        counter: four arrays of one shape holding 32-bit values in 64-bit words.
        key: two 32-bit integers.
    """
    low, shift = np.uint64(_LIMIT - 1), np.uint64(32)
    multiplier_0, multiplier_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        product_0, product_1 = c0 * multiplier_0, c2 * multiplier_1
        c0, c1 = (product_1 >> shift) ^ c1 ^ np.uint64(k0), product_1 & low
        c2, c3 = (product_0 >> shift) ^ c3 ^ np.uint64(k1), product_0 & low
        k0, k1 = (k0 + 0x9E3779B9) % _LIMIT, (k1 + 0xBB67AE85) % _LIMIT
    return c0, c1, c2, c3


class Stream:
    """The draws of one purpose in one array of a population.

    Args:
        seed: the run's seed, 0 to 2^32 - 1.
        purpose: what the draws are for.
        array: number of the array in its organism.
        serials: `[device]`, the devices that draw.
    """

    def __init__(self, seed: int, purpose: Purpose, array: int, serials: Serials) -> None:
        for name, value in (("seed", seed), ("array", array)):
            _check(name, value)
        self.seed, self.purpose, self.array = seed, int(purpose), array
        self.serials = serials
        if serials.size and (int(serials.min()) < 0 or int(serials.max()) >= _LIMIT):
            raise CounterOverflow(
                f"serials must lie in 0 to 2^32 - 1, found {serials.min()} to {serials.max()}"
            )
        self._key = (seed, int(purpose))
        self._serials = serials.astype(np.uint64)

    @property
    def devices(self) -> int:
        """How many devices draw."""
        return int(self._serials.size)

    def blocks(
        self, places: npt.NDArray[np.integer], events: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.uint32]:
        """Return the words of each place and event, `[device, ..., 4]`.

        Args:
            places: `[device or 1, ...]`.
            events: `[device or 1, ...]`, broadcast against `places`.

        Raises:
            CounterOverflow: a place or event does not fit 32 bits.
        """
        for name, values in (("place", places), ("event", events)):
            if values.size:
                _check(name, int(values.min()))
                _check(name, int(values.max()))
        shape = np.broadcast_shapes(places.shape, events.shape)
        shape = (self._serials.size, *shape[1:])
        serials = self._serials.reshape((-1,) + (1,) * (len(shape) - 1))
        fields = [
            np.broadcast_to(self._near(field), shape).reshape(-1)
            for field in (places, events, serials)
        ]
        return self._draw(*fields).reshape(*shape, WORDS_PER_BLOCK)

    def at(
        self, places: Words, events: Words, devices: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.uint32]:
        """Return the words `[draw, 4]` of scattered draws, each named by its device's position.

        Args:
            places: `[draw]`.
            events: `[draw]`.
            devices: `[draw]`, positions among the serials.

        Raises:
            CounterOverflow: a place or event does not fit 32 bits.
        """
        for name, values in (("place", places), ("event", events)):
            if values.size:
                _check(name, int(values.max()))
        return self._draw(*map(self._near, (places, events, self._serials[devices])))

    def normal_blocks(
        self, places: npt.NDArray[np.integer], events: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.float32]:
        """Return the normals of each place and event, `[device, ..., 8]`; see `blocks`."""
        return self._normals(self.blocks(places, events))

    def normals_at(
        self, places: Words, events: Words, devices: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.float32]:
        """Return the normals `[draw, 8]` of scattered draws; see `at`."""
        return self._normals(self.at(places, events, devices))

    def cells(self, event: npt.ArrayLike, rows: int, columns: int) -> npt.NDArray[np.float32]:
        """Return one standard normal a cell, `[device, row, column]`; a row begins a new block."""
        blocks = -(-columns // NORMALS_PER_BLOCK)
        drawn = self.normals(event, rows * blocks * NORMALS_PER_BLOCK)
        shape = drawn.shape[0], rows, blocks * NORMALS_PER_BLOCK
        return drawn.reshape(shape)[:, :, :columns]

    def _near(self, values: npt.NDArray[np.integer]) -> Words:
        """Return a word of counters where the draws are made."""
        return values.astype(np.uint64, copy=False)

    def _normals(self, words: npt.NDArray[np.uint32]) -> npt.NDArray[np.float32]:
        return normals_of(words)

    def _draw(self, places: Words, events: Words, serials: Words) -> npt.NDArray[np.uint32]:
        words = np.empty((places.size, WORDS_PER_BLOCK), np.uint32)
        array = np.full(min(_CHUNK, places.size), self.array, np.uint64)
        for start in range(0, places.size, _CHUNK):
            here = slice(start, start + _CHUNK)
            counter = (places[here], events[here], array[: places[here].size], serials[here])
            for lane, word in enumerate(philox(counter, self._key)):
                words[here, lane] = word
        return words

    def words(
        self, event: npt.ArrayLike, count: int, first_place: int = 0
    ) -> npt.NDArray[np.uint32]:
        """Return `count` words a device, `[device, count]`, from consecutive places.

        Args:
            event: one number, or one a device `[device]`.
            count: words wanted.
            first_place: number of the first block.
        """
        number = -(-count // WORDS_PER_BLOCK)
        places = first_place + np.arange(number, dtype=np.int64)[None]
        events = np.atleast_1d(np.asarray(event, np.int64))[:, None]
        shape = self._serials.size, number * WORDS_PER_BLOCK
        return self.blocks(places, events).reshape(shape)[:, :count]

    def uniforms(
        self, event: npt.ArrayLike, count: int, first_place: int = 0
    ) -> npt.NDArray[np.float64]:
        """Return uniform draws in (0, 1), `[device, count]`: (word + 1/2) / 2^32."""
        return (self.words(event, count, first_place) + 0.5) / _LIMIT

    def normals(
        self, event: npt.ArrayLike, count: int, first_place: int = 0
    ) -> npt.NDArray[np.float32]:
        """Return standard normal draws, `[device, count]`, by Box-Muller on 16-bit halves.

        The pair of a word stands at the positions 2 i and 2 i + 1; tails end at 4.86 standard
        deviations (probability 1.2e-6), ample for noise that is added to noise.
        """
        words = self.words(event, -(-count // 2), first_place)
        return self._normals(words)[:, :count]


def cell_normals(
    stream: Stream, event: npt.ArrayLike, rows: int, columns: int
) -> npt.NDArray[np.float32]:
    """Return one standard normal a cell, `[device, row, column]`; a row begins a new block."""
    return stream.cells(event, rows, columns)


def cell_uniforms(
    stream: Stream, event: npt.ArrayLike, rows: int, columns: int
) -> npt.NDArray[np.float64]:
    """Return one uniform in (0, 1) a cell, `[device, row, column]`."""
    blocks = -(-columns // WORDS_PER_BLOCK)
    draws = stream.uniforms(event, rows * blocks * WORDS_PER_BLOCK)
    shape = draws.shape[0], rows, blocks * WORDS_PER_BLOCK
    return draws.reshape(shape)[:, :, :columns]


def _check(name: str, value: int) -> None:
    if not 0 <= value < _LIMIT:
        raise CounterOverflow(f"{name} must lie in 0 to 2^32 - 1, found {value}")

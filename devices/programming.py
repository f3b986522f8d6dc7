"""Program: write given weights into cells, for control arms and calibration.

Closed to learning rules unless they declare it. Every pulse, verifying read and joule is counted
in the array's ledger and in the returned report.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from devices import probe, writing
from devices.crossbar import CrossbarArray
from devices.errors import DeviceError, WrongShape
from devices.identity import Purpose
from devices.kernels import Kernels
from devices.kernels.signature import PulsedCells
from devices.technology import (
    ExponentialResponse,
    LinearResponse,
    PulsedResponse,
    SoftBoundsResponse,
)

__all__ = ["Mode", "Programming", "program"]

Array = npt.NDArray[np.float32]
Mode = Literal["open-loop", "write-verify"]

_RESET_WINDOWS = 6
"""An open-loop reset sends the pulses of this many windows: e^-6 of a soft window remains."""


@dataclass(frozen=True)
class Programming:
    """What programming cost and reached, each `[device]`.

    Attributes:
        pulses: pulses sent.
        reads: cells read to verify.
        joules: energy of both.
        error: root-mean-square difference of the weights from the target.
    """

    pulses: npt.NDArray[np.float64]
    reads: npt.NDArray[np.float64]
    joules: npt.NDArray[np.float64]
    error: npt.NDArray[np.float64]


def program(
    array: CrossbarArray,
    target: npt.ArrayLike,
    mode: Mode = "write-verify",
    *,
    read_error: float = 0.0,
    tolerance: float | None = None,
    rounds: int = 60,
) -> Programming:
    """Write weights into the cells of a population.

    open-loop: reset every cell to its lower bound, then send the number of pulses that the
    nominal technology needs from there; nothing is checked. write-verify: look (with
    `read_error`), send the pulses that the nominal step asks for, look again, until a cell is
    within `tolerance` or the rounds are spent.

    Args:
        array: changed in place.
        target: `[device, row, column]` or `[row, column]`, normalised weights.
        mode: how.
        read_error: standard deviation of a verifying read, in units of weight.
        tolerance: accepted distance; default: one nominal step.
        rounds: write-verify rounds at most.

    Raises:
        WrongShape: the target does not fit.
        DeviceError: the target is not finite, or the mode is unknown.
    """
    wanted = np.asarray(target, np.float32)
    shape = (array.serials.size, array.rows, array.columns)
    if wanted.shape not in (shape, shape[1:]):
        raise WrongShape(f"the target must be {shape} or {shape[1:]}, found {wanted.shape}")
    if not np.isfinite(wanted).all():
        raise DeviceError("the target holds NaN or infinity")
    if mode not in get_args(Mode):
        raise DeviceError(f"mode must be open-loop or write-verify, found {mode!r}")
    wanted = np.broadcast_to(wanted, shape)
    before = array.ledger.take(np.arange(array.serials.size))
    reads = np.zeros(array.serials.size)
    response = array.technology.response
    if not isinstance(response, PulsedResponse):
        array._state.weight[:] = wanted
    elif mode == "open-loop":
        reset, pulses = _nominal_pulses(array._kernels, response, wanted)
        nothing = np.zeros(shape, np.float32)
        _send(array, nothing, nothing + reset)
        _send(array, pulses, nothing)
    else:
        reach = response.step if tolerance is None else tolerance
        for _ in range(rounds):
            missing = wanted - probe.weights(array, read_error)
            reads += array.rows * array.columns
            is_off = np.abs(missing) > reach
            if not is_off.any():
                break
            # Half the nominal way at a time: a cell with large steps must not swing about.
            count = np.where(is_off, np.maximum(np.rint(np.abs(missing) / response.step / 2), 1), 0)
            up = np.where(missing > 0, count, 0).astype(np.float32)
            _send(array, up, count.astype(np.float32) - up)
    # A verifying read applies the read voltage to one cell and its reference.
    error = np.sqrt(np.square(probe.weights(array) - wanted, dtype=np.float64).mean(axis=(1, 2)))
    array.ledger.convert += reads * array.technology.energy.adc
    return Programming(
        pulses=array.ledger.pulses - before.pulses,
        reads=reads,
        joules=array.ledger.total - before.total,
        error=error,
    )


def _send(array: CrossbarArray, up: Array, down: Array) -> None:
    events = array._counters.rounds * writing.SLOTS_PER_SAMPLE + writing.BURST_SLOT
    writing.burst(
        array._kernels, array.technology, array._cells, array._state, up, down,
        array.stream(Purpose.PROGRAM), events, np.arange(array.serials.size),
    )  # fmt: skip
    array._counters.rounds += 1
    pulses = (up + down).sum(axis=(1, 2), dtype=np.float64)
    array._charge_write(pulses, 0 * pulses, (up + down).max(axis=(1, 2)).astype(np.int64))


def _nominal_pulses(
    kernels: Kernels, response: PulsedResponse, target: Array
) -> tuple[int, Array]:
    """Return the pulses down that reset a nominal cell, and those up that reach each target."""
    window = response.w_max - response.w_min
    reset = int(np.ceil(_RESET_WINDOWS * window / response.step))
    count = np.arange(reset + 1, dtype=np.float32)

    def all_cells(value: float) -> Array:
        return np.full(count.shape, value, np.float32)

    slopes = {
        SoftBoundsResponse: lambda r: (1 / r.w_max, -1 / r.w_min),
        LinearResponse: lambda r: (r.gamma_up / r.w_max, -r.gamma_down / r.w_min),
    }
    found = slopes[type(response)](response) if type(response) in slopes else (None, None)
    cells = PulsedCells(
        all_cells(response.step * (1 + response.asymmetry)),
        all_cells(response.step * (1 - response.asymmetry)),
        all_cells(response.w_max), all_cells(response.w_min),
        *(None if slope is None else all_cells(slope) for slope in found),
    )  # fmt: skip
    nothing, start = all_cells(0.0), all_cells(response.w_min)
    if isinstance(response, ExponentialResponse):
        path = kernels.exponential_burst(start, count, nothing, cells, nothing, response)
    else:
        path = kernels.affine_burst(start, count, nothing, cells, nothing, 0.0, False)
    path = np.maximum.accumulate(path)
    return reset, np.searchsorted(path, np.minimum(target, path[-1])).astype(np.float32)

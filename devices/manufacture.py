"""A population is born: (technology, serials) -> the parameters of every cell and line.

Everything here is drawn once from the serial number and never changes; what pulses and time do
to a cell is state (`devices.crossbar`). Relations and symbols: `devices.technology.Spread`.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices import defects
from devices.faults import Connections, connections
from devices.identity import Parameter, Purpose, Serials, Stream, cell_normals, cell_uniforms
from devices.line_errors import LineErrors, line_errors
from devices.pairs import planes, split
from devices.technology import (
    AffineResponse,
    ExponentialResponse,
    LinearResponse,
    PowerResponse,
    PulsedResponse,
    Spread,
    Technology,
)
from devices.tiling import Grid, grid_of

__all__ = [
    "SMALLEST_BOUND",
    "CellParameters",
    "Components",
    "LineErrors",
    "Parameter",
    "cell_normals",
    "cell_uniforms",
    "components",
    "manufacture",
    "wafer_of",
]

Array = npt.NDArray[np.float32]

SMALLEST_BOUND = 1e-3
"""No bound of a cell is nearer to zero, in units of weight; a wrong sign drawn is turned round."""
_LIVES = np.finfo(np.float32).tiny, np.finfo(np.float32).max  # pulses, as float32 holds them


@dataclass(frozen=True)
class CellParameters:
    """Parameters of every cell, each `[device, row, column]` float32, None where all are alike.

    Attributes:
        step_up, step_down: weight change of one pulse at w = 0, both positive; 0 if stuck.
        w_max, w_min: bounds of the weight.
        slope_up, slope_down: f_up = 1 - slope_up w, f_down = 1 + slope_down w; None: the step
            is constant, or vanishes at the bounds (soft bounds). Of an exponential or
            a power response its exponents; None: all alike.
        reference: weight of the cell's reference beyond G(0).
        gain: read gain.
        curvature: curvature kappa of the I-V curve.
        decay_time: time constant of decay, s.
        drift_exponent: exponent nu of drift, where it does not depend on the conductance.
        drift_deviate: z of the exponent, where it does.
        endurance: pulses until the cell sticks.
        failure: place between its bounds it then falls to, 0 (lower) to 1; -1: where it is.
        trap: part of its conductance a cell loses to a filled trap; 0: it has none.
        is_connected: bool, whether the cell's lines carry current; None: all do.
    """

    step_up: Array | None = None
    step_down: Array | None = None
    w_max: Array | None = None
    w_min: Array | None = None
    slope_up: Array | None = None
    slope_down: Array | None = None
    reference: Array | None = None
    gain: Array | None = None
    curvature: Array | None = None
    decay_time: Array | None = None
    drift_exponent: Array | None = None
    drift_deviate: Array | None = None
    endurance: Array | None = None
    failure: Array | None = None
    trap: Array | None = None
    is_connected: npt.NDArray[np.bool_] | None = None

    def take(self, devices: npt.NDArray[np.integer]) -> Self:
        """Return the parameters of some devices, by position."""
        return self.each(lambda values: values[devices])

    def each(self, how: Callable[[Array], Array]) -> Self:
        """Return the parameters with something done to each array of them."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays: dict[str, Any] = {k: how(v) for k, v in found.items() if v is not None}
        return replace(self, **arrays)


@dataclass(frozen=True)
class Components:
    """What the cells of one parameter share, in standard deviations of that parameter.

    Attributes:
        wafer: `[device]`; row: `[device, row]`; column: `[device, column]`, tilts included.
    """

    wafer: Array
    row: Array
    column: Array


@dataclass(frozen=True)
class _Birth:
    """The draws of one array of a population at birth.

    `technology` is what is built, `declared` the same before anything was switched off.
    """

    technology: Technology
    declared: Technology
    seed: int
    array: int
    serials: Serials
    rows: int
    columns: int

    @property
    def grid(self) -> Grid:
        rows = self.rows // planes(self.technology.cell)
        return grid_of(self.technology.tile, rows, self.columns)

    def connections(self) -> Connections | None:
        faults = self.technology.faults
        return None if faults is None else connections(faults, self.grid, self.rows, self.stream)

    def stream(self, purpose: Purpose) -> Stream:
        return Stream(self.seed, purpose, self.array, self.serials)

    def cells(self, parameter: Parameter) -> npt.NDArray[np.float64]:
        """Return z `[device, row, column]` of one parameter, shared parts included."""
        spread = self.technology.spread
        own = 1 - spread.shared
        normals = cell_normals(self.stream(Purpose.CELL), int(parameter), self.rows, self.columns)
        z: npt.NDArray[np.float64] = np.sqrt(max(own, 0.0)) * normals.astype(np.float64)
        if own < 1:
            shared = self.components(parameter)
            z += shared.wafer[:, None, None] + shared.row[:, :, None] + shared.column[:, None, :]
        return z

    def components(self, parameter: Parameter) -> Components:
        spread = self.technology.spread
        wafers = Stream(self.seed, Purpose.WAFER, self.array, wafer_of(spread, self.serials))

        def part(stream: Stream, share: float, count: int) -> Array:
            return np.float32(np.sqrt(share)) * stream.normals(int(parameter), count)

        row = part(self.stream(Purpose.ROW), spread.row, self.rows)
        column = part(self.stream(Purpose.COLUMN), spread.column, self.columns)
        if spread.gradient_row or spread.gradient_column:
            tilts = self.stream(Purpose.TILT).normals(int(parameter), 2)
            row += np.sqrt(spread.gradient_row) * tilts[:, :1] * _incline(self.rows)
            column += np.sqrt(spread.gradient_column) * tilts[:, 1:] * _incline(self.columns)
        return Components(wafer=part(wafers, spread.wafer, 1)[:, 0], row=row, column=column)

    def lines(self, parameter: Parameter) -> tuple[Array, Array]:
        """Return what the cells of a row, wafer included, and of a column share."""
        shared = self.components(parameter)
        rows = np.ascontiguousarray(shared.row + shared.wafer[:, None], np.float32)
        return rows, np.ascontiguousarray(shared.column, np.float32)

    def uniforms(self, purpose: Purpose) -> npt.NDArray[np.float64]:
        return cell_uniforms(self.stream(purpose), 0, self.rows, self.columns)

    def stuck_place(self) -> npt.NDArray[np.float64]:
        uniform = self.uniforms(Purpose.STUCK)
        return defects.stuck_place(uniform, self.technology.spread, self.declared.spread)


def manufacture(
    technology: Technology,
    *,
    seed: int,
    array: int,
    serials: Serials,
    rows: int,
    columns: int,
    fused: Any = None,
) -> tuple[CellParameters, LineErrors, LineErrors, Array]:
    """Return cells, column errors, row errors and weights as grown, of one array of a population.

    The weights as grown are `[device, row, column]` float32, within the cells' bounds.

    Args:
        technology: what is built; what it is `without` is left out.
        seed: the run's seed.
        array: stable number of the array in its organism.
        serials: `[device]`.
        rows: rows of physical cells.
        columns: output lines.
        fused: kernels with the verb `grow`; their cells differ in the last bits of float32.
    """
    declared, technology = technology.unablated, technology.emulated
    birth = _Birth(technology, declared, seed, array, serials, rows, columns)
    at_once = _at_once(birth, fused)
    cells, grid = _cells(birth, at_once), birth.grid
    initial: npt.NDArray[Any]
    if at_once is not None and not technology.cell.is_pair:
        initial = at_once["weight"]
    else:
        initial = technology.spread.initial * birth.cells(Parameter.INITIAL)
    if technology.cell.is_pair:
        # The draws of the upper plane are those of single cells: W is grown alike in any circuit.
        weight = initial[:, : rows // 2].astype(np.float32)
        initial = split(technology, weight).astype(np.float64)
    if cells.w_max is not None and cells.w_min is not None:
        if at_once is None or technology.cell.is_pair:
            initial = np.clip(initial, cells.w_min, cells.w_max)
        if defects.sticks_at_a_place(technology.spread):
            place = birth.stuck_place()
            stuck = (1 - place) * cells.w_min + place * cells.w_max
            initial = np.where(place < 0, initial, stuck)
    return (
        cells,
        line_errors(technology, birth.stream(Purpose.COLUMN), columns, len(grid.rows)),
        # The two rows of a pair are subtracted before they are sensed as one line.
        line_errors(technology, birth.stream(Purpose.ROW), grid.rows[-1].stop, len(grid.columns)),
        initial.astype(np.float32, copy=False),
    )


def wafer_of(spread: Spread, serials: Serials) -> Serials:
    """Return the number of the wafer each device is cut from, `[device]`."""
    return serials // spread.devices_per_wafer


def components(
    technology: Technology, *, seed: int, array: int, serials: Serials, rows: int, columns: int
) -> Components:
    """Return what the cells of an array share of their step: wafer, row and column parts."""
    birth = _Birth(technology.emulated, technology.unablated, seed, array, serials, rows, columns)
    return birth.components(Parameter.STEP)


def _at_once(birth: _Birth, fused: Any) -> dict[str, Array] | None:
    """Return steps, bounds, slopes and weights that a compiled kernel grows in one pass."""
    technology, spread = birth.technology, birth.technology.spread
    response = technology.response
    if fused is None or not isinstance(response, AffineResponse):
        return None
    scales = {
        Parameter.STEP: spread.step,
        Parameter.ASYMMETRY: spread.asymmetry,
        Parameter.W_MAX: spread.w_max,
        Parameter.W_MIN: spread.w_min,
        Parameter.GAMMA_UP: spread.gamma,
        Parameter.GAMMA_DOWN: spread.gamma,
        Parameter.INITIAL: spread.initial,
    }
    gammas = (0.0, 0.0)
    if isinstance(response, LinearResponse):
        gammas = (response.gamma_up, response.gamma_down)
    made = fused.grow(
        birth.stream(Purpose.CELL),
        birth.rows,
        birth.columns,
        float(np.sqrt(max(1 - spread.shared, 0.0))),
        (response.step, response.asymmetry, response.w_max, -response.w_min, *gammas),
        tuple(scales.values()),
        tuple(birth.lines(p) if scale and spread.shared else None for p, scale in scales.items()),
        has_log_normal_steps=spread.step_shape == "log-normal",
        has_log_normal_bounds=spread.bound_shape == "log-normal",
        has_slopes=isinstance(response, LinearResponse),
    )
    names = ("step_up", "step_down", "w_max", "w_min", "weight", "slope_up", "slope_down")
    found = dict(zip(names, made, strict=False))
    if spread.stuck:
        moves = birth.uniforms(Purpose.STUCK) >= spread.stuck
        found |= {name: found[name] * moves for name in ("step_up", "step_down")}
    return found


def _cells(birth: _Birth, at_once: dict[str, Array] | None) -> CellParameters:
    technology, spread = birth.technology, birth.technology.spread
    found: dict[str, npt.NDArray[Any]] = {}
    if isinstance(technology.response, PulsedResponse):
        if at_once is None:
            found |= _steps(birth, technology.response) | _bounds(birth, technology.response)
        else:
            found |= {name: values for name, values in at_once.items() if name != "weight"}
        if defects.sticks_at_a_place(spread):
            moves = birth.stuck_place() < 0
            found |= {name: found[name] * moves for name in ("step_up", "step_down")}
    if spread.reference:
        found["reference"] = spread.reference * birth.cells(Parameter.REFERENCE)
    if spread.cell_gain:
        found["gain"] = np.exp(spread.cell_gain * birth.cells(Parameter.CELL_GAIN))
    if technology.read.curvature or spread.curvature:
        found["curvature"] = technology.read.curvature + spread.curvature * birth.cells(
            Parameter.CURVATURE
        )
    if technology.retention is not None:
        if technology.retention.decay_time is not None:
            found["decay_time"] = technology.retention.decay_time * np.exp(
                spread.decay * birth.cells(Parameter.DECAY)
            )
        if technology.retention.drift_mean is not None:
            found["drift_deviate"] = birth.cells(Parameter.DRIFT)
        elif technology.retention.drift_exponent:
            found["drift_exponent"] = technology.retention.drift_exponent * np.maximum(
                1 + spread.drift * birth.cells(Parameter.DRIFT), 0.0
            )
    if technology.wear is not None:
        # P(N > n) = exp(-(n / scale)^shape)  =>  N = scale (-ln U)^(1 / shape)
        uniform = birth.uniforms(Purpose.ENDURANCE)
        with np.errstate(over="ignore"):
            lives = technology.wear.endurance * (-np.log(uniform)) ** (1 / technology.wear.shape)
        found["endurance"] = np.clip(lives, *_LIVES)
        if defects.fails_at_a_place(technology.wear):
            assert birth.declared.wear is not None
            uniform = birth.uniforms(Purpose.FAILURE)
            found["failure"] = defects.failure_place(uniform, technology.wear, birth.declared.wear)
    if technology.read.noise is not None and technology.read.noise.telegraph is not None:
        telegraph, z = technology.read.noise.telegraph, np.zeros((1, 1, 1))
        if telegraph.amplitude_spread:
            z = birth.cells(Parameter.TRAP_AMPLITUDE)
        found["trap"] = defects.traps(birth.uniforms(Purpose.TRAP), z, telegraph)
    lines = birth.connections()
    is_connected = None if lines is None else lines.cells(birth.grid)
    if is_connected is not None and "step_up" in found:
        # No pulse reaches a cell of an open line: it is stuck.
        found["step_up"] = found["step_up"] * is_connected
        found["step_down"] = found["step_down"] * is_connected
    return CellParameters(
        **{name: value.astype(np.float32, copy=False) for name, value in found.items()},
        is_connected=is_connected,
    )


def _steps(birth: _Birth, response: PulsedResponse) -> dict[str, npt.NDArray[np.float64]]:
    spread = birth.technology.spread
    z = spread.step * birth.cells(Parameter.STEP)
    gain = np.exp(z) if spread.step_shape == "log-normal" else 1 + z
    asymmetry = response.asymmetry + spread.asymmetry * birth.cells(Parameter.ASYMMETRY)
    moves = np.ones_like(gain)
    if spread.stuck:
        moves = (birth.uniforms(Purpose.STUCK) >= spread.stuck).astype(np.float64)
    return {
        "step_up": response.step * np.abs(gain + asymmetry) * moves,
        "step_down": response.step * np.abs(gain - asymmetry) * moves,
    }


def _bounds(birth: _Birth, response: PulsedResponse) -> dict[str, npt.NDArray[np.float64]]:
    spread = birth.technology.spread
    found = {
        "w_max": _bound(birth, response.w_max, spread.w_max, Parameter.W_MAX),
        "w_min": -_bound(birth, -response.w_min, spread.w_min, Parameter.W_MIN),
    }
    if isinstance(response, LinearResponse):
        up, down = _gammas(birth, response)
        lowest = max(-response.w_min, SMALLEST_BOUND)  # at 0: one-sided cells, only pulsed up
        found |= {"slope_up": up / response.w_max, "slope_down": down / lowest}
    elif isinstance(response, PowerResponse | ExponentialResponse) and spread.gamma:
        found["slope_up"], found["slope_down"] = _gammas(birth, response)
    return found


def _bound(
    birth: _Birth, mean: float, spread: float, parameter: Parameter
) -> npt.NDArray[np.float64]:
    """Return how far from zero the bounds on one side are, `[device, row, column]`."""
    z = spread * birth.cells(parameter)
    is_log_normal = birth.technology.spread.bound_shape == "log-normal"
    bound = mean * (np.exp(z) if is_log_normal else 1 + z)
    return np.maximum(np.abs(bound), SMALLEST_BOUND)


def _gammas(
    birth: _Birth, response: LinearResponse | PowerResponse | ExponentialResponse
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    spread = birth.technology.spread.gamma
    up = response.gamma_up + spread * birth.cells(Parameter.GAMMA_UP)
    down = response.gamma_down + spread * birth.cells(Parameter.GAMMA_DOWN)
    if isinstance(response, ExponentialResponse):  # whose exponents have either sign
        return up, down
    return np.abs(up), np.abs(down)


def _incline(lines: int) -> Array:
    """Return an even slope over some lines, `[line]`, of mean zero and variance one."""
    if lines == 1:  # no way to slope: the tilt is an offset of the line
        return np.ones(1, np.float32)
    place = np.linspace(-1, 1, lines)
    slope: Array = (place / place.std()).astype(np.float32)
    return slope

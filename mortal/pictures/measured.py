"""What a picture of a technology shows, measured on simulated cells as on a test bench.

Cells are looked at one by one, so a pair is measured as the single cells it is made of.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray, Fidelity, Technology, probe, program
from devices.technology import Cell, PulsedResponse, Spread

__all__ = [
    "ProgramScatter",
    "PulseCurve",
    "ReadScatter",
    "RestCurve",
    "program_scatter",
    "pulse_curve",
    "read_scatter",
    "rest_curve",
]

Array = npt.NDArray[np.float64]

_DEVICES, _LINES = 4, 8
_POINTS = 100
_LONGEST_BURST = 31
_PART_OF_WAY = 0.95
_TEN_YEARS = 10 * 365.25 * 86400


@dataclass(frozen=True)
class PulseCurve:
    """Conductance of cells pulsed up, then down.

    Attributes:
        pulses: `[point]`, pulses so far.
        conductance: `[point, cell]`, S.
        turn: pulses at which the direction turns; the end for cells that are only pulsed up.
    """

    pulses: Array
    conductance: Array
    turn: float


@dataclass(frozen=True)
class ProgramScatter:
    """Conductance that write-verify leaves, of cells programmed all over their window.

    Attributes:
        target: `[cell]`, S, rising.
        conductance: `[cell]`, S.
    """

    target: Array
    conductance: Array


@dataclass(frozen=True)
class RestCurve:
    """Conductance of cells at rest.

    Attributes:
        seconds: `[point]`, time since the cells were written.
        conductance: `[point, cell]`, S.
    """

    seconds: Array
    conductance: Array


@dataclass(frozen=True)
class ReadScatter:
    """How outputs scatter, in units of weight times input at full scale.

    Attributes:
        repeats: `[read]`, outputs of the same read about their mean.
        errors: `[read]`, outputs about the exact sum of weights times inputs.
        step: what the output converter tells apart; 0 where it is exact.
    """

    repeats: Array
    errors: Array
    step: float


def pulse_curve(technology: Technology, seed: int = 0) -> PulseCurve | None:
    """Return the response of cells to a train up and a train down, or None without pulses.

    The trains are as long as a cell without spreads or noise takes for 95 % of its way.
    """
    if not isinstance(technology.response, PulsedResponse):
        return None
    bench, count = _at_the_bottom(technology, seed), _way_up(technology)
    directions = (1,) if technology.cell.kind == "one-sided" else (1, -1)
    burst = -(-count // _POINTS)
    pulses, seen = [0], [_conductances(bench)]
    for direction in directions:
        for _ in range(-(-count // burst)):
            _push(bench, direction * burst)
            pulses.append(pulses[-1] + burst)
            seen.append(_conductances(bench))
    return PulseCurve(np.array(pulses, np.float64), np.array(seen), pulses[-1] / len(directions))


def program_scatter(technology: Technology, seed: int = 0) -> ProgramScatter | None:
    """Return what programming leaves, or None where the technology says nothing of it."""
    response = technology.response
    if technology.programming is None or not isinstance(response, PulsedResponse):
        return None
    bench = CrossbarArray(_single(technology), 64, 64, serials=np.zeros(1, np.int64), seed=seed)
    weights = np.linspace(response.w_min, response.w_max, 64 * 64).reshape(64, 64)
    program(bench, weights, rounds=200)
    cell = technology.cell
    return ProgramScatter(np.linspace(cell.g_min, cell.g_max, 64 * 64), _conductances(bench))


def rest_curve(technology: Technology, seed: int = 0) -> RestCurve | None:
    """Return ten years of rest of cells at half of their way up, or None if nothing is known."""
    if technology.retention is None or not technology.is_pulsed:
        return None
    bench = _at_the_bottom(technology, seed)
    _push(bench, _way_up(technology, 0.5))
    seconds = np.concatenate([[0.0], np.geomspace(1.0, _TEN_YEARS, _POINTS)])
    seen = [_conductances(bench)]
    for pause in np.diff(seconds):
        bench.wait(float(pause))
        seen.append(_conductances(bench))
    return RestCurve(seconds, np.array(seen))


def read_scatter(technology: Technology, seed: int = 0) -> ReadScatter:
    """Return how the outputs of 64 rows scatter, from read to read and about the exact sum."""
    rows, columns, repeats, read = 64, 32, 200, technology.read
    array = CrossbarArray(technology, rows, columns, serials=np.arange(_DEVICES), seed=seed)
    x = np.random.default_rng(seed).uniform(-1, 1, rows).astype(np.float32)
    x[0] = 1.0  # the scale of noise management
    y = array.forward(np.broadcast_to(x, (repeats, rows))).astype(np.float64)
    exact = np.einsum("r,drc->dc", x.astype(np.float64), probe.weights(array))
    return ReadScatter(
        repeats=(y - y.mean(axis=1, keepdims=True)).ravel(),
        errors=(y - exact[:, None]).ravel(),
        step=0.0 if read.adc_bits is None else 2 * read.output_bound / (2**read.adc_bits - 2),
    )


def _single(technology: Technology) -> Technology:
    cell = technology.cell
    window = {"g_min": cell.g_min, "g_max": cell.g_max}
    return technology.model_copy(update={"cell": Cell(**window)}) if cell.is_pair else technology


def _at_the_bottom(technology: Technology, seed: int) -> CrossbarArray:
    """Return single cells that pulses down have brought to their lower bounds."""
    serials = np.arange(_DEVICES)
    bench = CrossbarArray(_single(technology), _LINES, _LINES, serials=serials, seed=seed)
    _push(bench, -2 * _way_up(technology))
    return bench


def _way_up(technology: Technology, part: float = _PART_OF_WAY) -> int:
    """Return the pulses that a nominal cell takes for a part of its way from bound to bound."""
    response = technology.response
    assert isinstance(response, PulsedResponse)
    quiet = response.model_copy(update={"cycle_noise": 0.0, "write_noise": 0.0})
    changes = {"response": quiet, "spread": Spread(initial=0.0)}
    nominal = _single(technology).model_copy(update=changes)
    cell = CrossbarArray(nominal, 1, 1, serials=np.zeros(1, np.int64), seed=0)
    window = response.w_max - response.w_min
    longest = int(np.ceil(6 * window / response.step))
    _push(cell, -longest)
    start = probe.weights(cell).item()
    goal = start + part * (response.w_max - start)
    burst = -(-longest // (6 * _POINTS))
    pulses = 0
    while probe.weights(cell).item() < goal and pulses < longest:
        _push(cell, burst)
        pulses += burst
    return pulses


def _push(array: CrossbarArray, pulses: int) -> None:
    """Give every cell some pulses of one sign."""
    bursts, rest = divmod(abs(pulses), _LONGEST_BURST)
    step = array.technology.response.step  # type: ignore[union-attr]
    for samples, length in ((bursts, _LONGEST_BURST), (1, rest)):
        if samples and length:
            x = np.ones((samples, array.rows), np.float32)
            d = np.full((samples, array.columns), np.sign(pulses), np.float32)
            array.update(x, d, length * step, Fidelity.PER_SAMPLE)


def _conductances(array: CrossbarArray) -> Array:
    return probe.conductance(array).ravel()

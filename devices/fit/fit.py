"""Fit: the response that explains a measurement best, as a technology that can be grown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices.errors import WrongValue
from devices.fit.candidates import KINDS, SHAPES, Data, Trial, predict
from devices.fit.measured import Measured, Spans
from devices.fit.noise import Noise, noise_of
from devices.fit.search import Found, search
from devices.technology import PulsedResponse, Technology

__all__ = ["Candidate", "Fit", "fit"]

Numbers = npt.NDArray[np.float64]

_DIGITS = 5
_UNKNOWN = "retention, endurance, reads and energy: a train of pulses does not tell them"


@dataclass(frozen=True)
class Candidate:
    """How well one response explains the measurement.

    Attributes:
        kind: of response.
        numbers: how many numbers it left open.
        residual: root-mean-square error of the spans, S.
        bic: Bayesian information criterion, n ln(mean square) + k ln n; lower is better.
    """

    kind: str
    numbers: int
    residual: float
    bic: float


@dataclass(frozen=True)
class Fit:
    """What a measurement says.

    Attributes:
        technology: the response, its spreads and its window, to be grown or written as YAML.
        residual: root-mean-square error of the spans, S.
        candidates: all that were tried, the best first.
        measured: what was fitted.
        predicted: `[look]`, S: each trace from its first look on without noise, device by device.
    """

    technology: Technology
    residual: float
    candidates: tuple[Candidate, ...]
    measured: Measured
    predicted: Numbers

    def steps(self, points: int = 101) -> Numbers:
        """Return the mean cell's steps over its window, `[3, point]`, S: at, up, down."""
        response, cell = self.technology.response, self.technology.cell
        assert isinstance(response, PulsedResponse)
        shape = SHAPES[self.candidates[0].kind]
        v = np.linspace(-1, 1, points)
        up, down = (response.step * (1 + sign * response.asymmetry) for sign in (1, -1))
        trial = Trial(shape, up, down, shape.numbers_of(response))
        siemens = (cell.g_max - cell.g_min) / 2
        rising, falling = trial.steps(v)
        return np.array([cell.g_min + (v + 1) * siemens, rising * siemens, falling * siemens])


@dataclass(frozen=True)
class _Scale:
    """Weights of the fit: -1 and +1 at the mean conductances at which ways were seen to end."""

    low: float
    high: float

    def weight(self, conductance: Numbers) -> Numbers:
        return 2 * (conductance - self.low) / (self.high - self.low) - 1

    def siemens(self, weight: Numbers) -> Numbers:
        return self.low + (weight + 1) / 2 * (self.high - self.low)


def fit(
    measured: Measured,
    response: str | None = None,
    *,
    name: str = "fitted",
    source: str = "a measurement",
) -> Fit:
    """Return the technology that a measured train of pulses speaks for.

    Candidates are fitted to spans of several looks, so that the noise of single looks weighs
    little, and compared by the Bayesian information criterion. Steps (and bounds, where the step
    vanishes at them) are then fitted device by device: their spread is the devices', less what
    the errors of each fit explain. The window of weights is -1 to 1, from the mean lower to the
    mean upper bound; a response that does not vanish at its bounds has them where the ways ended.

    Args:
        measured: the looks.
        response: one kind of `KINDS`; default: the best of all.
        name: of the technology.
        source: what it was fitted to, for its sources.

    Raises:
        WrongValue: the kind is unknown.
    """
    if response is not None and response not in KINDS:
        raise WrongValue(f"response must be one of {', '.join(KINDS)}, found {response!r}")
    highs, lows = _ends(measured)
    scale = _Scale(float(lows.mean()), float(highs.mean()))
    lowest = float(scale.weight(np.zeros(1))[0])
    data = _data(measured, measured.spans(), scale, highs, lows)
    kinds = KINDS if response is None else (response,)
    found = {kind: search(kind, data, lowest) for kind in kinds}
    siemens = (scale.high - scale.low) / 2
    candidates = sorted(
        (_judged(kind, one, data.end.size, siemens) for kind, one in found.items()),
        key=lambda candidate: candidate.bic,
    )
    best = found[candidates[0].kind]
    single = measured.spans(1)
    follows = np.concatenate([[False], single.start[1:] == single.end[:-1]])
    noise = noise_of(best.trials, _data(measured, single, scale, highs, lows), follows, data)
    return Fit(
        technology=_technology(best, noise, scale, (highs, lows), name, source),
        residual=candidates[0].residual,
        candidates=tuple(candidates),
        measured=measured,
        predicted=scale.siemens(_paths(best.trials, measured, scale, highs, lows)),
    )


def _ends(measured: Measured) -> tuple[Numbers, Numbers]:
    """Return the highest and the lowest conductance at which ways of each device end, S.

    A way ends with the mean of its last twenty-fifth; it begins where its trace does.
    """
    way = measured.way()
    found: list[list[float]] = []
    for device in range(int(measured.device.max()) + 1):
        ends = []
        for number in np.unique(way[measured.device == device]):
            here = measured.conductance[way == number]
            ends.append(float(here[-max(1, here.size // 25) :].mean()))
        firsts = np.flatnonzero(np.diff(measured.trace, prepend=-1) != 0)
        begin = measured.conductance[firsts[measured.device[firsts] == device]].mean()
        found.append([max(*ends, begin), min(*ends, begin)])
    highs, lows = np.array(found).T
    return highs, lows


def _data(measured: Measured, spans: Spans, scale: _Scale, highs: Numbers, lows: Numbers) -> Data:
    weight, device = scale.weight(measured.conductance), measured.device[spans.end]
    return Data(
        start=weight[spans.start],
        end=weight[spans.end],
        pulses=spans.pulses,
        direction=spans.direction,
        device=device,
        w_max=scale.weight(highs)[device],
        w_min=scale.weight(lows)[device],
    )


def _judged(kind: str, found: Found, spans: int, siemens: float) -> Candidate:
    square = found.squares / spans
    bic = spans * np.log(max(square, 1e-18)) + found.open_numbers * np.log(spans)
    return Candidate(kind, found.open_numbers, siemens * float(np.sqrt(square)), float(bic))


def _paths(
    own: Sequence[Trial], measured: Measured, scale: _Scale, highs: Numbers, lows: Numbers
) -> Numbers:
    """Return the weight at every look, each trace followed from its first look without noise."""
    path = scale.weight(measured.conductance)
    single = measured.spans(1)
    spans = _data(measured, single, scale, highs, lows)
    # Spans of one place in their traces are followed together.
    begins = np.searchsorted(measured.trace, measured.trace[single.end])
    place = single.end - begins
    for rank in np.unique(place):
        here = np.flatnonzero(place == rank)
        for device in np.unique(spans.device[here]):
            some = here[spans.device[here] == device]
            picked = {n: getattr(spans, n)[some] for n in Data.__dataclass_fields__}
            picked["start"] = path[single.start[some]]
            path[single.end[some]] = predict(own[device], Data(**picked))
    return path


def _technology(
    found: Found,
    noise: Noise,
    scale: _Scale,
    ends: tuple[Numbers, Numbers],
    name: str,
    source: str,
) -> Technology:
    own, doubt = found.trials, found.doubt.mean(axis=0)
    shape = own[0].shape
    up, down = (np.array([getattr(t, f"step_{way}") for t in own]) for way in ("up", "down"))
    w_max, w_min = scale.weight(ends[0]), scale.weight(ends[1])
    if shape.has_bounds:
        w_max, w_min = (np.array([getattr(t, b) for t in own]) for b in ("w_max", "w_min"))
    middle, half = (w_max.mean() + w_min.mean()) / 2, (w_max.mean() - w_min.mean()) / 2
    step, asymmetry = (up + down) / 2, (up - down) / (up + down).mean()
    size = float(step.mean())
    both, cross = doubt[0, 0] + doubt[1, 1], 2 * doubt[0, 1]
    upper, lower = (doubt[2, 2], doubt[3, 3]) if shape.has_bounds else (0.0, 0.0)
    spread = {
        "step": _spread(step, (both + cross) / 4) / size,
        "asymmetry": _spread(asymmetry, (both - cross) / 4 / size**2),
        "w_max": _spread(w_max, upper) / half,
        "w_min": _spread(w_min, lower) / half,
        "initial": 0.1,
    }
    low, high = 1e6 * ends[1].min(), 1e6 * ends[0].max()
    g_min, g_max = scale.siemens(np.array([middle - half, middle + half]))
    response = {
        "kind": shape.response.model_fields["kind"].default,
        "step": size / half,
        "asymmetry": float(asymmetry.mean()),
        "w_max": 1.0,
        "w_min": -1.0,
        "cycle_noise": noise.cycle,
        "noise": noise.kind,
        "write_noise": noise.look / size,
    } | shape.told(own[0].numbers)
    return Technology.model_validate({
        "name": name,
        "summary": f"A {response['kind']} response fitted to {source}.",
        "source": f"fitted to {source}",
        "valid_range": f"{low:.4g} to {high:.4g} uS, pulses as in {source}",
        "response": _rounded(response),
        "spread": _rounded(spread),
        "cell": _rounded({"g_min": max(float(g_min), 0.0), "g_max": float(g_max)}),
        "sources": {
            "response.*": f"fitted to {source}",
            "response.write_noise": f"fitted to {source}; the noise of the looks is in it",
            "spread.*": f"fitted to {source}, {len(own)} device{'s'[: len(own) > 1]}",
            "spread.initial": "assumed",
            "cell.*": f"fitted to {source}",
        },
        "not_modelled": [_UNKNOWN],
    })  # fmt: skip


def _spread(values: Numbers, doubt: float) -> float:
    """Return the standard deviation over devices, less what the errors of the values explain."""
    if values.size < 2:
        return 0.0
    return float(np.sqrt(max(values.var(ddof=1) - doubt, 0.0)))


def _rounded(numbers: Mapping[str, object]) -> dict[str, object]:
    """Return the numbers to five digits: no measurement knows more."""

    def short(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(short(one) for one in value)
        return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value

    return {name: short(value) for name, value in numbers.items()}

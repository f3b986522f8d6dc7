"""How closely pulses are followed, and the fastest way that is right for a device.

Four fidelities, coarse to fine. `averaged` sees only each cell's counts of up and down pulses in
a whole batch; `composed` takes the samples in order, carries mean and variance along, and draws
once; `per_sample` draws for every sample; `per_pulse` for every slot, the oracle.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices.aging import bounds
from devices.errors import WrongValue
from devices.manufacture import SMALLEST_BOUND, CellParameters
from devices.state import CellState
from devices.technology import (
    AffineResponse,
    ConstantResponse,
    LinearResponse,
    PulsedResponse,
    SoftBoundsResponse,
    Technology,
)

__all__ = ["Bounds", "Choosing", "Fidelity", "Unablated", "choose", "exposed", "pin"]

Array = npt.NDArray[np.float32]

_REORDERED_LIMIT = 0.05
_EXCEPTIONS = 0.01
_DEVIATIONS = 2.0
_CALM_NOISE = 0.5
_PULSED = ("step_up", "step_down", "w_max", "w_min", "slope_up", "slope_down", "endurance")


class Fidelity(IntEnum):
    """How closely pulses are followed; the numbers stand in the log."""

    AVERAGED = 0
    COMPOSED = 1
    PER_SAMPLE = 2
    PER_PULSE = 3


class Bounds(IntEnum):
    """Which cells a bound may clip on their way through a batch."""

    NEVER = 0
    WHERE_MIXED = 1
    WHERE_PULSED = 2


@dataclass(frozen=True)
class Choosing:
    """When `averaged` is right for a device of a technology, and what is taken where it is not.

    Exchanging a pulse up with a pulse down moves a weight by 2 D^2 s, D the step and s its steepest
    slope; K+ K- pairs of a cell in a batch may be exchanged. Measured: docs/fidelities.md.

    Attributes:
        has_averaged: whether there is a closed form at all.
        most_pairs: K+ K- up to which order does not matter away from bounds: (0.05 / (D s))^2.
        exceptions: fraction of a device's own cells that may be beyond.
        bounds: which cells a bound may clip (`exposed`). Where noise is calm a walk of one sign
            is clipped once, at its end, which a closed form gets right.
        wander: of the noise towards a bound, in steps times the root of the number of pulses.
        in_order: the fidelity where order matters.
        at_bounds: the fidelity where bounds do.
    """

    has_averaged: bool
    most_pairs: float
    exceptions: float
    bounds: Bounds
    wander: float
    in_order: Fidelity
    at_bounds: Fidelity

    @classmethod
    def of(cls, technology: Technology) -> Self:
        """Return the choice for a technology."""
        response = technology.response
        assert isinstance(response, PulsedResponse)
        is_affine = isinstance(response, AffineResponse)
        lost = _lost(response)
        # What drives a cell on at its bound fades as the step does, but for additive noise.
        left = 1 - max(lost) if response.noise == "additive" else 1.0
        is_calm = response.cycle_noise <= _CALM_NOISE * left
        bounds = Bounds.WHERE_MIXED if is_calm else Bounds.WHERE_PULSED
        if isinstance(response, SoftBoundsResponse) and is_calm:
            bounds = Bounds.NEVER
        bounds_at = (response.w_max, -response.w_min)
        slope = max(part / max(b, SMALLEST_BOUND) for part, b in zip(lost, bounds_at, strict=True))
        order = response.step * slope
        return cls(
            has_averaged=is_affine,
            most_pairs=(_REORDERED_LIMIT / order) ** 2 if order > 0 else math.inf,
            exceptions=_EXCEPTIONS,
            bounds=bounds,
            wander=_DEVIATIONS * response.cycle_noise,
            in_order=Fidelity.COMPOSED if is_affine else Fidelity.PER_PULSE,
            at_bounds=Fidelity.PER_SAMPLE if is_calm and is_affine else Fidelity.PER_PULSE,
        )


def _lost(response: PulsedResponse) -> tuple[float, float]:
    """Return the parts of the steps up and down that are lost at the bounds."""
    if isinstance(response, LinearResponse):
        return response.gamma_up, response.gamma_down
    return (0.0, 0.0) if isinstance(response, ConstantResponse) else (1.0, 1.0)


@dataclass(frozen=True)
class Unablated:
    """The cells by which a fidelity is chosen, where those that are pulsed would choose otherwise.

    Switching off a spread or a noise must not switch the approximation with it: what is compared
    would differ by both (`devices.technology.Technology`).

    Attributes:
        technology: with everything on, but wear, where the state knows none.
        cells: what pulses need to know of its cells.
    """

    technology: Technology
    cells: CellParameters

    @classmethod
    def of(cls, declared: Technology, cells: CellParameters, pulsed: CellParameters) -> Self | None:
        """Return them, or None where the cells that are pulsed choose alike.

        Args:
            declared: the technology, and what it is without.
            cells: those of the technology with everything on.
            pulsed: those of the technology as it is emulated.
        """
        whole, emulated = declared.unablated, declared.emulated
        if emulated.wear is None:
            whole = whole.model_copy(update={"wear": None})
        kept = CellParameters(**{name: getattr(cells, name) for name in _PULSED})
        rule = Choosing.of(whole)
        is_alike = rule == Choosing.of(emulated)
        if rule.bounds is not Bounds.NEVER:
            is_alike &= whole.wear == emulated.wear and all(
                np.array_equal(getattr(kept, name), getattr(pulsed, name)) for name in _PULSED[:4]
            )
        return None if is_alike else cls(whole, kept)

    def take(self, devices: npt.NDArray[np.integer]) -> Self:
        """Return those of some devices, by position."""
        return type(self)(self.technology, self.cells.take(devices))

    def each(self, place: Callable[[Any], Any]) -> Self:
        """Return them with every array where `place` puts it."""
        return type(self)(self.technology, self.cells.each(place))


def pin(wanted: Fidelity | None, technology: Technology) -> Fidelity | None:
    """Return the fidelity that is wanted, or else declared (`Write.fidelity`); None: to choose.

    Raises:
        WrongValue: there is no such way to follow the pulses of these cells.
    """
    kind, declared = technology.response.kind, technology.write.fidelity
    if wanted is None and declared == "auto":
        return None
    wanted = Fidelity[declared.upper()] if wanted is None else Fidelity(wanted)
    is_closed = wanted in (Fidelity.AVERAGED, Fidelity.COMPOSED)
    if is_closed and kind not in ("exact", "constant", "linear", "soft-bounds"):
        raise WrongValue(
            f"fidelity {wanted.name.lower()} is not possible for {kind} cells: pin per_sample or "
            "per_pulse, or none"
        )
    return wanted


def choose(
    technology: Technology, up: Array, down: Array, exposed: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.int64]:
    """Return the fastest fidelity that is right for each device of a batch, `[device]`.

    `averaged` where `Choosing` allows it, else what it names. Never pooled over devices, so a
    device fares the same in any company.

    Args:
        technology: the step and its bounds.
        up: `[device, row, column]`, pulses up in the batch.
        down: pulses down.
        exposed: `[device, row, column]`, cells that a bound may clip on their way.
    """
    rule = Choosing.of(technology)
    if not rule.has_averaged:
        return np.full(up.shape[0], int(rule.in_order))
    most = rule.exceptions * up[0].size
    is_beyond = up * down > np.float32(rule.most_pairs)
    chosen = np.full(up.shape[0], int(Fidelity.AVERAGED))
    if exposed is not None:
        is_beyond |= exposed
        chosen[exposed.sum(axis=(1, 2)) > most] = rule.at_bounds
    is_wrong = (chosen == Fidelity.AVERAGED) & (is_beyond.sum(axis=(1, 2)) > most)
    return np.where(is_wrong, int(rule.in_order), chosen)


def exposed(
    technology: Technology, cells: CellParameters, state: CellState, up: Array, down: Array
) -> npt.NDArray[np.bool_] | None:
    """Return the cells that a bound may clip on their way through a batch, or None.

    A closed form clips once, at the end. That is wrong where some order of the pulses, or their
    noise, reaches above the upper bound, w + K+ D+ + 2 sigma D sqrt(K) > w_max, or likewise below
    the lower one, before the last pulse: at a hard bound it finds half of the way back.

    Args:
        technology: step, noise and bounds.
        cells: steps and bounds.
        state: weights, and the wear of the bounds.
        up: `[device, row, column]`, pulses up.
        down: pulses down.
    """
    rule = Choosing.of(technology)
    total = up + down
    is_asked = total > 1
    if rule.bounds is Bounds.WHERE_MIXED:
        is_asked = (up > 0) & (down > 0)
    if not rule.has_averaged or rule.bounds is Bounds.NEVER or not is_asked.any():
        return None
    assert cells.step_up is not None
    assert cells.step_down is not None
    w_max, w_min = bounds(technology, cells, state)
    step = np.maximum(cells.step_up, cells.step_down)
    wander = np.float32(rule.wander) * np.sqrt(total) * step
    is_near = state.weight + up * cells.step_up + wander > w_max
    is_near |= state.weight - down * cells.step_down - wander < w_min
    # A stuck cell goes nowhere.
    found: npt.NDArray[np.bool_] = is_asked & is_near & (step > 0)
    return found

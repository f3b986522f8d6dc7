"""How closely pulses are followed, and the fastest way that is right for a device.

Four fidelities, coarse to fine. `averaged` sees only each cell's counts of up and down pulses in
a whole batch; `composed` takes the samples in order, carries mean and variance along, and draws
once; `per_sample` draws for every sample; `per_pulse` for every slot, the oracle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices.aging import bounds
from devices.errors import WrongValue
from devices.manufacture import CellParameters
from devices.state import CellState
from devices.technology import (
    AffineResponse,
    ConstantResponse,
    LinearResponse,
    PulsedResponse,
    Technology,
)

__all__ = ["Choosing", "Fidelity", "Unablated", "choose", "pin", "stopped"]

Array = npt.NDArray[np.float32]

_AVERAGED_LIMIT = 0.1
_AVERAGED_EXCEPTIONS = 0.01
_WANDER = 2.0
_MODERATE_NOISE = 0.5
_PULSED = ("step_up", "step_down", "w_max", "w_min", "slope_up", "slope_down", "endurance")


class Fidelity(IntEnum):
    """How closely pulses are followed; the numbers stand in the log."""

    AVERAGED = 0
    COMPOSED = 1
    PER_SAMPLE = 2
    PER_PULSE = 3


@dataclass(frozen=True)
class Choosing:
    """When `averaged` is right for a device of a technology, and what is taken where it is not.

    Attributes:
        has_averaged: whether there is a closed form at all.
        most_pulses: of a cell in a batch: relative step times pulses stays within 0.1 (measured:
            the variance is then right to 1 %).
        exceptions: fraction of a device's own cells that may be beyond.
        has_hard_bounds: whether a bound can stop a cell on its way (`stopped`).
        wander: how near, in steps times the root of the number of pulses.
        in_order: the fidelity otherwise.
    """

    has_averaged: bool
    most_pulses: float
    exceptions: float
    has_hard_bounds: bool
    wander: float
    in_order: Fidelity

    @classmethod
    def of(cls, technology: Technology) -> Self:
        """Return the choice for a technology."""
        response = technology.response
        assert isinstance(response, PulsedResponse)
        is_affine = isinstance(response, AffineResponse)
        has_hard_bounds = isinstance(response, ConstantResponse | LinearResponse)
        is_moderate = response.cycle_noise <= _MODERATE_NOISE and not has_hard_bounds
        return cls(
            has_averaged=is_affine,
            most_pulses=_AVERAGED_LIMIT * min(response.w_max, -response.w_min) / response.step,
            exceptions=_AVERAGED_EXCEPTIONS,
            has_hard_bounds=has_hard_bounds,
            wander=_WANDER,
            in_order=Fidelity.COMPOSED if is_affine and is_moderate else Fidelity.PER_SAMPLE,
        )


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
        if rule.has_hard_bounds:
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
    technology: Technology, pulses: Array, exposed: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.int64]:
    """Return the fastest fidelity that is right for each device of a batch, `[device]`.

    `averaged` where `Choosing` allows it, else what it names. Never pooled over devices, so a
    device fares the same in any company.

    Args:
        technology: the step and its bounds.
        pulses: `[device, row, column]`, pulses of both signs in the batch.
        exposed: `[device, row, column]`, cells that a hard bound may stop on their way.
    """
    rule = Choosing.of(technology)
    if not rule.has_averaged:
        return np.full(pulses.shape[0], int(rule.in_order))
    is_beyond = pulses > np.float32(rule.most_pulses)
    if exposed is not None:
        is_beyond |= exposed
    return np.where(
        is_beyond.sum(axis=(1, 2)) <= rule.exceptions * pulses[0].size,
        int(Fidelity.AVERAGED),
        int(rule.in_order),
    )


def stopped(
    technology: Technology, cells: CellParameters, state: CellState, up: Array, down: Array
) -> npt.NDArray[np.bool_] | None:
    """Return the cells that a hard bound may stop on their way through a batch, or None.

    Up and down pulses in an unknown order wander by about D sqrt(K) beside their net way. Where
    twice that reaches a hard bound, the walk is cut at the bound again and again, which a closed
    form that clips once gets wrong: at the bound itself it finds half of the way back.

    Args:
        technology: constant and linear steps have hard bounds.
        cells: steps and bounds.
        state: weights, and the wear of the bounds.
        up: `[device, row, column]`, pulses up.
        down: pulses down.
    """
    if not Choosing.of(technology).has_hard_bounds:
        return None
    is_mixed = (up > 0) & (down > 0)
    if not is_mixed.any():
        return None
    assert cells.step_up is not None
    assert cells.step_down is not None
    w_max, w_min = bounds(technology, cells, state)
    end = state.weight + up * cells.step_up - down * cells.step_down
    reach = np.float32(_WANDER) * np.sqrt(up + down) * np.maximum(cells.step_up, cells.step_down)
    is_near = np.maximum(state.weight, end) + reach > w_max
    is_near |= np.minimum(state.weight, end) - reach < w_min
    # A stuck cell goes nowhere.
    found: npt.NDArray[np.bool_] = is_mixed & is_near & (reach > 0)
    return found

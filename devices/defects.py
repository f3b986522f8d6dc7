"""Which cells are born stuck, how worn ones will fail, and which have a trap: pure functions.

One uniform a cell divides the cells among several shares. The intervals are those of the
technology as declared, so that switching off one share moves no cell into another.
"""

import numpy as np
import numpy.typing as npt

from devices.technology import Spread, Telegraph, Wear

__all__ = ["fails_at_a_place", "failure_place", "sticks_at_a_place", "stuck_place", "traps"]

Wide = npt.NDArray[np.float64]
Shares = tuple[float, float, float]


def sticks_at_a_place(spread: Spread) -> bool:
    """Return whether there are cells that stick elsewhere than where they are grown."""
    return any(_stuck(spread))


def stuck_place(uniform: Wide, spread: Spread, declared: Spread) -> Wide:
    """Return where in their window cells are stuck, -1 for cells that move or stick as grown.

    Args:
        uniform: one a cell, `[device, row, column]`.
        spread: shares, 0 where they are switched off.
        declared: the same with everything on.
    """
    return _place(uniform, declared.stuck, _stuck(declared), _stuck(spread))


def fails_at_a_place(wear: Wear) -> bool:
    """Return whether there are cells that do not stay where they wear out."""
    return any(_failing(wear))


def failure_place(uniform: Wide, wear: Wear, declared: Wear) -> Wide:
    """Return where in their window cells will fail to, -1 for the weight they have then.

    Args:
        uniform: one a cell, `[device, row, column]`.
        wear: shares, 0 where they are switched off.
        declared: the same with everything on.
    """
    return _place(uniform, 0.0, _failing(declared), _failing(wear))


def traps(uniform: Wide, deviate: Wide, telegraph: Telegraph) -> Wide:
    """Return the part of its conductance that a cell loses to a filled trap; 0: it has none.

    Args:
        uniform: one a cell, `[device, row, column]`: below the fraction it has a trap.
        deviate: z of the log-normal amplitude.
        telegraph: fraction and amplitude.
    """
    amplitude = telegraph.amplitude * np.exp(telegraph.amplitude_spread * deviate)
    return np.where(uniform < telegraph.fraction, np.minimum(amplitude, 1.0), 0.0)


def _stuck(spread: Spread) -> Shares:
    return spread.stuck_low, spread.stuck_high, spread.stuck_random


def _failing(wear: Wear) -> Shares:
    return wear.fails_low, wear.fails_high, wear.fails_random


def _place(uniform: Wide, first: float, intervals: Shares, shares: Shares) -> Wide:
    """Return a place between the bounds, 0 to 1, or -1 for none.

    The intervals follow one another: none below `first`, then those of the lower bound (0), of
    the upper (1), and of all places between them. That of a share of 0 says none.
    """
    low, high, end = first + np.cumsum(intervals)
    anywhere = (uniform - high) / max(end - high, np.finfo(np.float64).tiny)
    is_before = [uniform < edge for edge in (first, low, high, end)]
    said = [at if share else -1.0 for at, share in zip((0.0, 1.0, anywhere), shares, strict=True)]
    place: Wide = np.select(is_before, [-1.0, *said], -1.0)
    return place

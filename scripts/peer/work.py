"""The work that is timed, the same in both simulators, and the line on which it is ordered.

Soft bounds with device-to-device spread .3 and cycle-to-cycle noise .3, 16 devices of 256 x 256,
pulse trains of 31 slots. Signals are uniform in (-1, 1), so E|x||d| = 1/4 and the rate sets how
many pulses a cell gets per sample. Standard library and NumPy only: it runs in both environments.
"""

import ctypes
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = [
    "ADC_BITS",
    "BOUND",
    "DAC_BITS",
    "DENSITIES",
    "DEVICES",
    "LENGTH",
    "NOISE",
    "SIDE",
    "SPREAD",
    "STEP",
    "rate_for",
    "resident",
    "serve",
    "timed",
]

DEVICES, SIDE, LENGTH = 16, 256, 31
STEP, SPREAD = 0.0005, 0.3
DAC_BITS, ADC_BITS, BOUND, NOISE = 7, 9, 12.0, 0.06
DENSITIES = {"dense": 0.8, "middle": 0.07, "sparse": 0.008}
"""Pulses per cell and sample, on average."""

_LONG_ENOUGH = 0.03
_MOST_CALLS = 50


def rate_for(density: float) -> float:
    """Return the rate at which a cell gets `density` pulses per sample: 4 density D."""
    return 4 * density * STEP


def timed(call: Callable[[], object]) -> dict[str, float]:
    """Return seconds per call, over as many calls as take 30 ms, the first not counted."""
    start = time.perf_counter()
    call()
    first = time.perf_counter() - start
    calls = 1 if first > _LONG_ENOUGH else min(_MOST_CALLS, 1 + int(_LONG_ENOUGH / first))
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return {"seconds": (time.perf_counter() - start) / calls}


def resident() -> int:
    """Return the bytes of this process that are in memory, what is freed given back first."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def serve(side: Any) -> None:
    """Answer orders, one JSON object a line: `ask` names a method of `side`, the rest is given.

    Whatever else the simulators print goes to the error output.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(side, order.pop("ask"))(**order)
        print(json.dumps(answer), file=answers, flush=True)

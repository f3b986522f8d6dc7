"""A worker in whose hands some lots come to grief: `poisoned_worker.py raises 1 3`."""

import os
import sys

import numpy as np

from mortal.engine import worker
from mortal.engine.life import live


def poisoned(folder, lot, options, **rest):
    """Live a lot, unless it is one of those named."""
    how, *numbers = sys.argv[1:]
    if lot.number not in map(int, numbers):
        return live(folder, lot, options, **rest)
    if how == "raises":
        raise ValueError("poison in\nthe well")
    if how == "exits":
        os._exit(7)
    if how == "killed":
        os.kill(os.getpid(), 9)
    if how == "babbles":
        os.write(rest["narrator"]._send_on.__closure__[1].cell_contents.fileno(), b'{"lot": 1, "ne')
        os._exit(7)
    # Eats: far more than a worker's share, in bites, and touches what it got.
    return sum(np.ones(10_000_000) for _ in range(10**6))


if __name__ == "__main__":
    worker.live = poisoned
    worker.main()

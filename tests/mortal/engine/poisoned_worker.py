"""A worker in whose hands some lots come to grief: `poisoned_worker.py raises 1 3`."""

import os
import sys

import numpy as np

from mortal.engine import worker
from mortal.engine.life import live

OUTPUT = worker._own_output()


def poisoned(folder, lot, options, **rest):
    """Live a lot, unless it is one of those named."""
    how, *numbers = sys.argv[1:]
    if lot.number not in map(int, numbers):
        live(folder, lot, options, **rest)
        return
    with open(folder / "poison.txt", "a", encoding="utf-8") as tries:
        print(lot.number, file=tries)
    if how == "raises":
        raise ValueError("poison in\nthe well")
    if how == "eats":
        eaten = []
        while True:
            eaten.append(np.ones(5_000_000))
    if how == "killed":
        os.kill(os.getpid(), 9)
    if how == "babbles":
        os.write(OUTPUT.fileno(), b'{"lot": 1, "news": "tu')
    print("out of words", file=sys.stderr, flush=True)
    os._exit(7)


if __name__ == "__main__":
    worker.live = poisoned
    worker._own_output = lambda: OUTPUT
    worker.main()

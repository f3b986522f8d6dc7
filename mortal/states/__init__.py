"""The states of devices on disk: checkpoints of a run, by which any of its devices is revived.

Knows frozen populations and files. Must not know what the numbers in them mean, nor how a story is
told.
"""

from mortal.freezing import Frozen
from mortal.states.files import Peek, peek_states, read_states, write_states
from mortal.states.regrowth import regrow
from mortal.states.revival import FOLDER, SAID, revive

__all__ = [
    "FOLDER",
    "SAID",
    "Frozen",
    "Peek",
    "peek_states",
    "read_states",
    "regrow",
    "revive",
    "write_states",
]

"""Engines: where and how a plan is run. Knows plans, folders, lots and workers, and tells stories.

Must not know what a step of a story does, nor what the states it keeps mean.
"""

from mortal.engine.choosing import ENGINES, engine_for
from mortal.engine.driver import configuration_in, foresee, run
from mortal.engine.errand import Engine
from mortal.engine.options import Options
from mortal.engine.processes import Processes
from mortal.engine.serial import Serial
from mortal.engine.stopping import Stopping

__all__ = [
    "ENGINES",
    "Engine",
    "Options",
    "Processes",
    "Serial",
    "Stopping",
    "configuration_in",
    "engine_for",
    "foresee",
    "run",
]

"""Engines: where and how a plan is run. Knows plans, folders, lots and workers, and tells stories.

Must not know what a step of a story does, nor what the states it keeps mean.
"""

from mortal.engine.errand import Engine
from mortal.engine.options import Options
from mortal.engine.processes import Processes
from mortal.engine.driver import foresee, run
from mortal.engine.serial import Serial
from mortal.engine.stopping import Stopping

__all__ = ["Engine", "Options", "Processes", "Serial", "Stopping", "foresee", "run"]

"""Mortal computers: the organism, its life, its logbook and its face.

Knows devices by their verbs and teaching by its protocols; the packages `devices` and `distill`
never look up to it. The names below are loaded when they are first used, so that the command
line answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mortal.config import load as load_plan
    from mortal.data import load as load_data
    from mortal.engine import run
    from mortal.errors import MortalError
    from mortal.growth import grow
    from mortal.logbook import open_log
    from mortal.organism import Population
    from mortal.schedule import Schedule
    from mortal.states import revive

__all__ = [
    "MortalError",
    "Population",
    "Schedule",
    "grow",
    "load_data",
    "load_plan",
    "open_log",
    "revive",
    "run",
]

_HOME = {
    "MortalError": ("mortal.errors", "MortalError"),
    "Population": ("mortal.organism", "Population"),
    "Schedule": ("mortal.schedule", "Schedule"),
    "grow": ("mortal.growth", "grow"),
    "load_data": ("mortal.data", "load"),
    "load_plan": ("mortal.config", "load"),
    "open_log": ("mortal.logbook", "open_log"),
    "revive": ("mortal.states", "revive"),
    "run": ("mortal.engine", "run"),
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'mortal' has no attribute {name!r}")
    module, attribute = _HOME[name]
    found = getattr(import_module(module), attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""The configuration of a run: read, checked and explained before anything is grown."""

from mortal.config.check import check, succession_of
from mortal.config.device import on_device
from mortal.config.models import CohortConfig, DataConfig, Death, RunConfig
from mortal.config.resolve import Plan, load, technology_in, technology_text

__all__ = [
    "CohortConfig",
    "DataConfig",
    "Death",
    "Plan",
    "RunConfig",
    "check",
    "load",
    "on_device",
    "succession_of",
    "technology_in",
    "technology_text",
]

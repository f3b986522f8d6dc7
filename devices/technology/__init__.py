"""Declarations of technologies. Knows numbers, units and bounds; computes nothing."""

from devices.technology.cell import Cell
from devices.technology.declaration import Declaration, declared
from devices.technology.disturb import Disturb
from devices.technology.energy import Energy
from devices.technology.programming import Programming
from devices.technology.read import Read
from devices.technology.response import (
    ConstantResponse,
    ExactResponse,
    ExponentialResponse,
    LinearResponse,
    PiecewiseResponse,
    PowerResponse,
    PulsedResponse,
    Response,
    SoftBoundsResponse,
    StepwiseResponse,
)
from devices.technology.retention import ClippedLogarithm, Retention
from devices.technology.spread import Spread
from devices.technology.technology import Technology
from devices.technology.wear import Wear
from devices.technology.write import Write

__all__ = [
    "Cell",
    "ClippedLogarithm",
    "ConstantResponse",
    "Declaration",
    "Disturb",
    "Energy",
    "ExactResponse",
    "ExponentialResponse",
    "LinearResponse",
    "PiecewiseResponse",
    "PowerResponse",
    "Programming",
    "PulsedResponse",
    "Read",
    "Response",
    "Retention",
    "SoftBoundsResponse",
    "Spread",
    "StepwiseResponse",
    "Technology",
    "Wear",
    "Write",
    "declared",
]

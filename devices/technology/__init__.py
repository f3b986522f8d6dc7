"""Declarations of technologies. Knows numbers, units and bounds; computes nothing."""

from devices.technology.cell import Cell
from devices.technology.declaration import Declaration, declared
from devices.technology.disturb import Disturb
from devices.technology.energy import Energy
from devices.technology.faults import Faults
from devices.technology.programming import Programming
from devices.technology.read import Read
from devices.technology.read_noise import Flicker, ReadNoise, Telegraph
from devices.technology.response import (
    AffineResponse,
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
from devices.technology.tile import Tile
from devices.technology.wear import Wear
from devices.technology.wires import Wires
from devices.technology.write import Write

__all__ = [
    "AffineResponse",
    "Cell",
    "ClippedLogarithm",
    "ConstantResponse",
    "Declaration",
    "Disturb",
    "Energy",
    "ExactResponse",
    "ExponentialResponse",
    "Faults",
    "Flicker",
    "LinearResponse",
    "PiecewiseResponse",
    "PowerResponse",
    "Programming",
    "PulsedResponse",
    "Read",
    "ReadNoise",
    "Response",
    "Retention",
    "SoftBoundsResponse",
    "Spread",
    "StepwiseResponse",
    "Technology",
    "Telegraph",
    "Tile",
    "Wear",
    "Wires",
    "Write",
    "declared",
]

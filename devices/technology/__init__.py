"""Declarations of technologies. Knows numbers, units and bounds; computes nothing."""

from devices.technology.cell import Cell
from devices.technology.declaration import Declaration, declared
from devices.technology.disturb import Disturb
from devices.technology.energy import Energy
from devices.technology.faults import Faults
from devices.technology.read import Read
from devices.technology.read_noise import Flicker, ReadNoise, Telegraph
from devices.technology.response import (
    AffineResponse,
    ConstantResponse,
    ExactResponse,
    ExponentialResponse,
    LinearResponse,
    PulsedResponse,
    Response,
    SoftBoundsResponse,
)
from devices.technology.retention import Retention
from devices.technology.spread import Spread
from devices.technology.technology import Technology
from devices.technology.tile import Tile
from devices.technology.wear import Wear
from devices.technology.wires import Wires
from devices.technology.write import Write

__all__ = [
    "AffineResponse",
    "Cell",
    "ConstantResponse",
    "Declaration",
    "Disturb",
    "Energy",
    "ExactResponse",
    "ExponentialResponse",
    "Faults",
    "Flicker",
    "LinearResponse",
    "PulsedResponse",
    "Read",
    "ReadNoise",
    "Response",
    "Retention",
    "SoftBoundsResponse",
    "Spread",
    "Technology",
    "Telegraph",
    "Tile",
    "Wear",
    "Wires",
    "Write",
    "declared",
]

"""Noise of a read: what the cells, the converters and single traps add to a sum of currents."""

from typing import Literal

from pydantic import Field

from devices.technology.declaration import Declaration, declared, piece
from devices.technology.units import Seconds

__all__ = ["Flicker", "ReadNoise", "Telegraph"]


class Telegraph(Declaration):
    """Random telegraph noise: a trap beside the filament takes and gives back one charge.

    In a fraction of the cells the conductance jumps between G and G (1 - a), a two-state Markov
    process in continuous time with mean stays T_high and T_low (Machlup 1954,
    doi:10.1063/1.1721637). Between two moments dt apart it is drawn anew, low with probability
    T_low / (T_high + T_low), with probability

        1 - exp(-dt / tau),   1 / tau = 1 / T_high + 1 / T_low,

    and stays as it was otherwise; this is the exact law of the process.
    """

    fraction: float = declared(unit="1", ge=0, le=1, meaning="fraction of cells with a trap")
    amplitude: float = declared(
        unit="1", ge=0, le=1, meaning="part of its conductance a cell loses", equation="a"
    )
    amplitude_spread: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="log-normal spread of the amplitude; none exceeds 1"
    )
    high: Seconds = declared(unit="s", gt=0, meaning="mean stay at G", equation="T_high")
    low: Seconds = declared(unit="s", gt=0, meaning="mean stay at G (1 - a)", equation="T_low")


class Flicker(Declaration):
    """1/f noise accumulated since a cell was written, as fitted to phase-change memory.

        G (1 + Q sqrt(ln((t + t_read) / (2 t_read))) xi),  Q = min(level / (G / g_max)^p, most)

    with t the time since the last write; nothing for t below t_read (Nandakumar et al., ICECS
    2019, and Joshi et al. 2020, doi:10.1038/s41467-020-16108-9, in the form of the open simulator
    aihwkit, inference/noise/pcm.py).
    """

    level: float = declared(0.0088, unit="1", ge=0, meaning="relative noise of a cell at g_max")
    exponent: float = declared(
        0.65, unit="1", ge=0, meaning="how noise grows as conductance falls", equation="p"
    )
    most: float = declared(0.2, unit="1", ge=0, meaning="largest relative noise Q")
    read_time: Seconds = declared(
        250e-9, unit="s", gt=0, meaning="time of one read of the fit", equation="t_read"
    )


class ReadNoise(Declaration):
    """Noise of a read beside the white noise of the output (`Read.output_noise`).

    Fast noise is drawn for every read, at the lines:

        input       v_j += input xi                            at full scale 1
        cells       I_i += cells sqrt(sum_j u_ij^2 v_j^2) xi   u: weight, or whole conductance
        converter   converter b xi                             before the ADC of full scale b

    u is what the cell conducts, its gain included and its curvature left out, in units of weight.
    The sum over cells of independent normals is one normal, so drawing it at the line is exact.

    Slow noise, `telegraph` and `flicker`, belongs to the physical cell and acts on its whole
    conductance. It stands still for `hold` vectors in a row (of either direction, counted from
    the first of the device's life) and takes the time of the first of them. References are
    quiet: they are taken to be averages over many cells.
    """

    cells: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="white noise of a cell, relative to u"
    )
    relative_to: Literal["weight", "conductance"] = Field(
        "weight",
        description="what u is: the weight that stands in the sum, or the cell's whole "
        "conductance, reference included",
    )
    input: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="white noise of a DAC, relative to full scale"
    )
    converter: float = declared(
        0.0, unit="1", off=0.0, ge=0, meaning="white noise of an ADC, relative to full scale"
    )
    telegraph: Telegraph | None = piece("random telegraph noise; null: none")
    flicker: Flicker | None = piece("1/f noise; null: none")
    hold: int = declared(1000, unit="1", ge=1, meaning="vectors read while slow noise stands still")

    @property
    def is_slow(self) -> bool:
        """Whether the conductances themselves fluctuate."""
        return self.telegraph is not None or self.flicker is not None

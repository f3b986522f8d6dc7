"""Quantities with units: text such as "5 years" or "25 uS" in, SI numbers out, and back for people.

Six dimensions are kept in SI. Energy per particle is kept in electronvolt, the unit in which
activation energies are published. A bare number is taken as SI already, but a bare temperature
below 100 is refused: 55 may mean 55 C or 55 K, and the two age a device very differently.
"""

import difflib
import math
import numbers
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

__all__ = [
    "Dimension",
    "ElectronVolts",
    "Joules",
    "Kelvin",
    "Ohms",
    "Quantity",
    "Seconds",
    "Siemens",
    "Volts",
    "parse",
    "show",
]

Dimension = Literal[
    "time", "temperature", "conductance", "voltage", "energy", "energy_per_particle", "resistance"
]


@dataclass(frozen=True)
class _Scale:
    base: str
    factors: Mapping[str, str]  # unit -> its size in the base, exact; from large to small
    spellings: Mapping[str, str] = field(default_factory=dict)  # other spellings -> unit
    hidden: tuple[str, ...] = ()  # read, but never shown


_POWERS = {"M": "1e6", "k": "1e3", "": "1", "m": "1e-3", "u": "1e-6", "n": "1e-9", "p": "1e-12"}
_POWERS |= {"f": "1e-15", "a": "1e-18"}


def _prefixed(base: str, *prefixes: str) -> dict[str, str]:
    return {prefix + base: _POWERS[prefix] for prefix in prefixes}


# The Julian year of 365.25 days; a month is a twelfth of it.
_TIMES = {"years": "31557600", "months": "2629800", "weeks": "604800", "days": "86400"}
_TIMES |= {"h": "3600", "min": "60"} | _prefixed("s", "", "m", "u", "n", "p")
_TIME_SPELLINGS = {"year": "years", "yr": "years", "y": "years", "month": "months", "week": "weeks"}
_TIME_SPELLINGS |= {"day": "days", "d": "days", "hour": "h", "hours": "h"}
_TIME_SPELLINGS |= dict.fromkeys(("minute", "minutes"), "min")
_TIME_SPELLINGS |= dict.fromkeys(("second", "seconds"), "s")
_SCALES: dict[Dimension, _Scale] = {
    "time": _Scale("s", _TIMES, _TIME_SPELLINGS, hidden=("weeks",)),
    "temperature": _Scale(
        "K", {"K": "1", "C": "1"}, {"°C": "C", "degc": "C", "celsius": "C", "kelvin": "K"}
    ),
    "conductance": _Scale("S", _prefixed("S", "", "m", "u", "n", "p"), {"siemens": "S"}),
    "voltage": _Scale("V", _prefixed("V", "", "m", "u"), {"volts": "V", "volt": "V"}),
    "energy": _Scale(
        "J", _prefixed("J", "", "m", "u", "n", "p", "f", "a"), {"joules": "J", "joule": "J"}
    ),
    "energy_per_particle": _Scale("eV", _prefixed("eV", "", "m"), hidden=("meV",)),
    "resistance": _Scale("ohm", _prefixed("ohm", "M", "k", ""), {"ohms": "ohm"}),
}
_SINGULAR = {"years": "year", "months": "month", "days": "day"}
_ZERO_CELSIUS = Decimal("273.15")
_COLDEST_BARE_KELVIN = 100.0
_LONGEST = 60
_NUMBER_AND_UNIT = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*)")


def parse(given: object, dimension: Dimension) -> float:
    """Return a quantity in SI (electronvolt for `energy_per_particle`).

    `given` is a number, already in that unit, or text: a number, a space if you like, and a unit.

    Raises:
        ValueError: not a finite number, an unknown unit, or an impossible or ambiguous temperature.
    """
    scale = _SCALES[dimension]
    if isinstance(given, str):
        number, unit = _split(given.strip(), dimension)
    elif isinstance(given, bool) or not isinstance(given, numbers.Real):
        raise ValueError(f"expected {_wanted(dimension)}, found {given!r:.60}")
    else:
        number, unit = _finite(given), None
    if dimension == "temperature":
        return _kelvin(number, unit)
    result = float(number * Decimal(scale.factors[unit or scale.base]))
    if math.isinf(result):
        raise ValueError(f"{given!r:.60} is too large to be {_wanted(dimension)}")
    return result


def show(value: float, dimension: Dimension) -> str:
    """Return an SI quantity as people write it ("3 years", "55 C", "250 ns"), to six digits."""
    scale = _SCALES[dimension]
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {scale.base}"
    if dimension == "temperature":
        return _show_temperature(value)
    rounded = Decimal(f"{value:.5e}")  # first, so that 999.9999999 ns becomes 1 us
    counts = {
        unit: rounded / Decimal(factor)
        for unit, factor in scale.factors.items()
        if unit not in scale.hidden
    }
    fitting = [unit for unit in counts if abs(counts[unit]) >= 1] or list(counts)[-1:]
    # 18 months says more than 1.5 years, and 250 ns more than 0.25 us.
    whole = [unit for unit in fitting if abs(counts[unit]) < 1000 and counts[unit] % 1 == 0]
    unit = (whole or fitting)[0]
    return f"{float(counts[unit]):.6g} {_SINGULAR.get(unit, unit) if counts[unit] == 1 else unit}"


@dataclass(frozen=True)
class Quantity:
    """Marks a pydantic field as a quantity; its JSON Schema allows "5 years" beside a number."""

    dimension: Dimension

    @property
    def unit(self) -> str:
        """The unit the parsed number is in."""
        return _SCALES[self.dimension].base

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        number = handler(source)
        if self.dimension == "temperature":
            written = core_schema.plain_serializer_function_ser_schema(_keep_cold, when_used="json")
            number = cast("core_schema.CoreSchema", {**number, "serialization": written})
        return core_schema.no_info_before_validator_function(
            partial(parse, dimension=self.dimension), number
        )

    def __get_pydantic_json_schema__(
        self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        number = handler(core)
        # pydantic passes strict bounds through a BeforeValidator under names JSON Schema ignores.
        for ours, theirs in (("gt", "exclusiveMinimum"), ("lt", "exclusiveMaximum")):
            if ours in number:
                number[theirs] = number.pop(ours)
        if handler.mode == "serialization" and self.dimension != "temperature":
            return {**number, "unit": self.unit}
        units = ", ".join(_SCALES[self.dimension].factors)
        text = {"type": "string", "description": f"a number and a unit: {units}"}
        return {"anyOf": [number, text], "unit": self.unit}


def _split(text: str, dimension: Dimension) -> tuple[Decimal, str | None]:
    found = _NUMBER_AND_UNIT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"expected {_wanted(dimension)}, found {text!r:.60}")
    return _finite(found[1]), _unit(found[2], dimension) if found[2] else None


def _finite(number: Any) -> Decimal:
    try:
        as_float = float(number)
    except OverflowError:  # a whole number too large for a double
        as_float = math.inf
    if not math.isfinite(as_float):
        raise ValueError(f"expected a finite number, found {as_float}")
    # Decimal, so that 250 ns is exactly the float 250e-9; its exponent is bounded by float's.
    return Decimal(number if isinstance(number, str) else repr(as_float)) if as_float else Decimal()


def _unit(word: str, dimension: Dimension) -> str:
    scale = _SCALES[dimension]
    # NFKC folds the two micro signs, the two ohm signs and the one-letter degree Celsius.
    plain = unicodedata.normalize("NFKC", word).replace("μ", "u").replace("Ω", "ohm")
    if plain in scale.factors:
        return plain
    known = scale.spellings.get(plain) or scale.spellings.get(plain.lower())
    if known is not None:
        return known
    allowed = {unit.lower(): unit for unit in (*scale.spellings, *scale.factors)}
    near = difflib.get_close_matches(plain.lower(), allowed, n=1)
    hint = f"; did you mean {allowed[near[0]]}?" if near else ""
    name = dimension.replace("_", " ")
    raise ValueError(
        f"{word!r:.60} is not a unit of {name}{hint} (allowed: {', '.join(scale.factors)})"
    )


def _kelvin(number: Decimal, unit: str | None) -> float:
    kelvin = float(number + _ZERO_CELSIUS if unit == "C" else number)
    if kelvin < 0 and (unit is not None or number < -_ZERO_CELSIUS):
        raise ValueError(f"{float(number):g} {unit or 'K'} is below absolute zero")
    if unit is None and kelvin < _COLDEST_BARE_KELVIN:
        raise ValueError(
            f"a bare temperature below {_COLDEST_BARE_KELVIN:g} may be C or K: "
            f"write {float(number):g} C or {float(number + _ZERO_CELSIUS):.0f} K"
        )
    return kelvin


def _show_temperature(kelvin: float) -> str:
    rounded = float(f"{kelvin:.4f}")
    celsius = float(Decimal(f"{kelvin:.4f}") - _ZERO_CELSIUS)
    whole = rounded.is_integer() and not celsius.is_integer()
    if whole or kelvin < _COLDEST_BARE_KELVIN:
        return f"{rounded:.7g} K"
    return f"{celsius:.7g} C"


def _wanted(dimension: Dimension) -> str:
    scale = _SCALES[dimension]
    examples = {"time": "5 years", "temperature": "55 C"}
    return f"a number in {scale.base} or text such as {examples.get(dimension, '1 ' + scale.base)}"


def _keep_cold(kelvin: float) -> float | str:
    # What is written must be readable again, and a bare number this low is refused.
    return f"{kelvin!r} K" if kelvin < _COLDEST_BARE_KELVIN else kelvin


Seconds = Annotated[float, Quantity("time")]
Kelvin = Annotated[float, Quantity("temperature")]
Siemens = Annotated[float, Quantity("conductance")]
Volts = Annotated[float, Quantity("voltage")]
Joules = Annotated[float, Quantity("energy")]
ElectronVolts = Annotated[float, Quantity("energy_per_particle")]
Ohms = Annotated[float, Quantity("resistance")]

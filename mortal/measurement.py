"""A measured table from a CSV file: `pulse,conductance_uS` and, if there are, more columns.

pulse           pulses sent so far in the cycle, a whole number
conductance     in S, or conductance_mS, _uS, _nS, _pS
direction       up or down, or 1 or -1: of the pulses since the row before
device, cycle   any labels
"""

import csv
import math
import re
from pathlib import Path
from typing import Any

from devices.errors import DeviceError
from devices.fit import Measured
from devices.technology.units import parse
from mortal.errors import DataError

__all__ = ["read_measurement", "technology_name"]

_UNITS = ("S", "mS", "uS", "nS", "pS")
_DIRECTIONS = {"1": 1, "+1": 1, "up": 1, "-1": -1, "down": -1}
_COLUMNS = ("pulse", "conductance", "direction", "device", "cycle")


def read_measurement(path: Path) -> Measured:
    """Return the measurement in a CSV file.

    Raises:
        DataError: file, line, what was found and what is allowed.
    """
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text; save the table as CSV in UTF-8") from None
    except csv.Error as error:
        raise DataError(f"{path}: not a CSV table: {error}") from None
    names, unit = _header(path, rows[0] if rows else [])
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for line, row in enumerate(rows[1:], 2):
        if not "".join(row).strip():
            continue
        if len(row) != len(names):
            raise DataError(f"{path}:{line}: found {len(row)} entries, the header has {len(names)}")
        for name, text in zip(names, row, strict=True):
            columns[name].append(_entry(name, text.strip(), unit, f"{path}:{line}"))
    try:
        return Measured.of(**columns)
    except DeviceError as error:
        raise DataError(f"{path}: {error}") from None


def technology_name(path: Path) -> str:
    """Return the name of the technology fitted to a file: what of its name a name may hold."""
    words = re.findall("[a-z0-9]+", path.stem.lower())
    return "-".join(["fitted", *words])


def _header(path: Path, row: list[str]) -> tuple[list[str], str]:
    """Return the names of the columns, and the unit of the conductance."""
    names, unit = [], ""
    if len(row) == 1 and (other := next((mark for mark in ";\t|" if mark in row[0]), None)):
        raise DataError(f"{path}:1: columns stand between {other!r}; separate them by commas")
    for text in row:
        name, _, suffix = text.strip().partition("_")
        if name == "conductance" and (not suffix or suffix in _UNITS):
            unit = suffix or "S"
        elif suffix or name not in _COLUMNS:
            raise DataError(
                f"{path}:1: {text.strip()!r} is no column of a measurement (allowed: pulse, "
                f"conductance or conductance_ with {', '.join(_UNITS)}, direction, device, cycle)"
            )
        if name in names:
            raise DataError(f"{path}:1: the column {name} stands twice")
        names.append(name)
    if missing := [name for name in ("pulse", "conductance") if name not in names]:
        raise DataError(
            f"{path}:1: no column {' and no column '.join(missing)}; begin the file with a header "
            "such as pulse,conductance_uS"
        )
    return names, unit


def _entry(name: str, text: str, unit: str, where: str) -> Any:
    if name in ("device", "cycle"):
        return text
    if name == "direction":
        if text.lower() not in _DIRECTIONS:
            raise DataError(f"{where}: direction is {text!r}, allowed are up, down, 1 and -1")
        return _DIRECTIONS[text.lower()]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if name == "conductance":
        if not math.isfinite(number):
            raise DataError(f"{where}: conductance is {text!r}, a finite number is needed")
        return parse(f"{text} {unit}", "conductance")
    if not number.is_integer() or not 0 <= number < 2**53:
        raise DataError(f"{where}: pulse is {text!r}, a whole number of 0 or more is needed")
    return int(number)

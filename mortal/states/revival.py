"""Revive a device of a run: grow it anew from its serial number, and give it its life back."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from devices.kernels import UnknownBackend
from mortal.config import Plan, load
from mortal.errors import ConfigError, DataError, LogError
from mortal.organism import Population
from mortal.states.files import peek_states, read_states
from mortal.states.regrowth import regrow

__all__ = ["FOLDER", "SAID", "revive"]

SAID = "said"
"""What learners answered between the lessons of a step, beside their states: nobody is in it."""

FOLDER = "states"
"""Where a run keeps the states of its devices, inside its own folder."""

_CONFIGURATION = "configuration.yaml"


def revive(
    path: str | PathLike[str],
    serial: int,
    step: str | None = None,
    *,
    backend: str | None = None,
    code: str | PathLike[str] | None = None,
) -> Population:
    """Return one device of a run as it was when its state was kept last, dead or alive.

    Args:
        path: the folder of a run, or one file of its states.
        serial: which device.
        step: as it was in that step of the story, by its path; default: the latest state.
        backend: kernels to go on with; default: those that computed so far.
        code: folder of modules that may run as rules, for a run that names some.

    Raises:
        LogError: no states are kept, a file is damaged, or it cannot be thawed here.
        DataError: no state is kept of this device, or none in this step; those that are, are named.
        ConfigError: the configuration of the run cannot be read.
    """
    place = Path(path)
    files, folder = _files_of(place)
    plan = _plan_of(folder, code)
    kept, damaged = _kept(files, plan.hash())
    chosen = _choose(place, kept, damaged, int(serial), step)
    try:
        _, populations = read_states(chosen.file, configuration=plan.hash())
    except FileNotFoundError:  # the run goes on and keeps the newest states only
        raise LogError(f"{chosen.file} has just made way for a newer one; try again") from None
    frozen = populations[chosen.population]
    frozen = frozen.take(np.flatnonzero(frozen.serials == serial)[:1])
    try:
        return regrow(plan, frozen, backend=backend)
    except UnknownBackend as error:
        way_out = "" if backend else "; give another `backend` to go on with that one"
        raise LogError(f"{chosen.file}: {error}{way_out}") from None
    except ValueError as error:  # another version builds such devices otherwise
        raise LogError(f"{chosen.file}: {error}") from None


@dataclass(frozen=True)
class _Kept:
    """One population in one file, and when it was kept."""

    file: Path
    population: str
    serials: frozenset[int]
    when: tuple[int, int]
    step: str


def _files_of(place: Path) -> tuple[list[Path], Path]:
    """Return the files of states and the folder of their run."""
    if place.is_file():
        parents = (place.parent.parent, place.parent)
        return [place], next((p for p in parents if (p / _CONFIGURATION).exists()), parents[0])
    if not place.is_dir():
        raise LogError(f"there is no run at {place}")
    files = sorted((place / FOLDER).glob("*.h5"))
    if not files:
        raise LogError(f"{place} keeps no states of its devices")
    return files, place


def _plan_of(folder: Path, code: str | PathLike[str] | None) -> Plan:
    path = folder / _CONFIGURATION
    if not path.exists():
        raise ConfigError(f"{path}: the configuration of the run is missing, by which devices grow")
    return load(path, code=None if code is None else Path(code))


def _kept(files: list[Path], configuration: str) -> tuple[list[_Kept], dict[Path, LogError]]:
    """Return what all files hold, and what is wrong with those that cannot be read."""
    kept, damaged = [], {}
    for file in files:
        try:
            peek = peek_states(file, configuration=configuration)
        except FileNotFoundError:
            continue  # a run that goes on keeps the newest states only
        except LogError as error:
            damaged[file] = error
            continue
        when, step = _moment(peek.notes), str(peek.notes.get("step", ""))
        kept += [
            _Kept(file, name, frozenset(serials.tolist()), when, step)
            for name, serials in peek.serials.items()
            if name != SAID
        ]
    return kept, damaged


def _moment(notes: Mapping[str, Any]) -> tuple[int, int]:
    return int(notes.get("moment", 0)), int(notes.get("sequence", 0))


def _choose(
    place: Path,
    kept: list[_Kept],
    damaged: Mapping[Path, LogError],
    serial: int,
    step: str | None,
) -> _Kept:
    own = [one for one in kept if serial in one.serials]
    if not own:
        if damaged:
            raise next(iter(damaged.values()))
        known = sorted({number for one in kept for number in one.serials})
        raise DataError(f"{place} keeps no state of a device {serial} (of: {_ranges(known)})")
    found = [one for one in own if step is None or one.step == step]
    if not found:
        steps = ", ".join(dict.fromkeys(one.step for one in sorted(own, key=lambda o: o.when)))
        raise DataError(f"{place} keeps no state of device {serial} in step {step} (in: {steps})")
    latest = max(found, key=lambda one: one.when)
    lot = latest.file.name.partition("-")[0]
    for file, error in damaged.items():
        # Files of one lot hold the same devices: it may be a later state of this one.
        if file.name.partition("-")[0] == lot:
            raise LogError(
                f"{error}. It may hold a later state of device {serial}: remove it, or name "
                f"{latest.file} to revive an earlier one"
            )
    return latest


def _ranges(numbers: list[int]) -> str:
    """Return whole numbers in order as `0-7, 12`."""
    breaks = [n for n in range(1, len(numbers)) if numbers[n] != numbers[n - 1] + 1]
    runs = [
        numbers[first:last]
        for first, last in zip([0, *breaks], [*breaks, len(numbers)], strict=True)
    ]
    said = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs if run]
    return ", ".join(said) or "nobody"

"""Frozen populations as files of HDF5 and back: sealed, durable, replaced as a whole."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from mortal.errors import LogError
from mortal.freezing import Build, Frozen
from mortal.logbook.durable import place
from mortal.logbook.sealed import USER_BLOCK, seal, unseal

__all__ = ["VERSION", "Peek", "peek_states", "read_states", "write_states"]

VERSION = 1
"""Of the file, raised whenever its names change; attribute `mortal_states_version`."""

_KIND = "states of mortal devices"
_DAMAGE = (OSError, KeyError, RuntimeError, ValueError, IndexError, TypeError)


@dataclass(frozen=True)
class Peek:
    """What a file of states holds, without the states.

    Attributes:
        notes: as given to `write_states`.
        serials: `[device]` of each population, by name.
    """

    notes: dict[str, Any]
    serials: dict[str, npt.NDArray[np.int64]]


def write_states(
    path: str | PathLike[str],
    populations: Mapping[str, Frozen],
    notes: Mapping[str, Any],
    *,
    configuration: str = "",
) -> None:
    """Write the states of populations, so that a crash leaves the file before or the whole new one.

    Args:
        path: replaced if it is there.
        populations: by name.
        notes: what is to know of the moment, plain data as JSON takes it.
        configuration: hash of the run's configuration; default: not told.

    Raises:
        LogError: the file cannot be written (disk full, no permission).
    """
    place(_image(populations, notes, configuration), Path(path), may_replace=True)


def read_states(
    path: str | PathLike[str], *, configuration: str | None = None
) -> tuple[dict[str, Any], dict[str, Frozen]]:
    """Return the notes and the populations of a file.

    Args:
        path: the file.
        configuration: hash that the run's configuration must have, where the file tells one.

    Raises:
        FileNotFoundError: there is none.
        LogError: it is damaged, no file of states, of another version or another configuration.
    """
    path = Path(path)
    data = unseal(path, _KIND)
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            notes = _notes(file, path, configuration)
            return notes, {name: _population(group) for name, group in file["populations"].items()}
    except LogError:
        raise
    except _DAMAGE as error:
        raise LogError(f"{path} is damaged: {error}") from error


def peek_states(path: str | PathLike[str], *, configuration: str | None = None) -> Peek:
    """Return what a file holds, quickly: its checksum is left to `read_states`. Errors as there."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        with h5py.File(path, "r") as file:
            notes = _notes(file, path, configuration)
            groups = file["populations"].items()
            return Peek(notes, {name: group["serials"][...] for name, group in groups})
    except LogError:
        raise
    except _DAMAGE as error:
        raise LogError(f"{path} is no file of {_KIND}, or damaged: {error}") from error


def _image(
    populations: Mapping[str, Frozen], notes: Mapping[str, Any], configuration: str
) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", userblock_size=USER_BLOCK) as file:
        file.attrs["mortal_states_version"] = VERSION
        file.attrs["configuration"] = configuration
        file.create_dataset("notes", data=_json(notes), dtype=h5py.string_dtype())
        group = file.create_group("populations")
        for name, frozen in populations.items():
            _write(group.create_group(name), frozen)
    return seal(_KIND, buffer.getbuffer()[USER_BLOCK:])


def _write(group: Any, frozen: Frozen) -> None:
    group.attrs["build"] = _json(asdict(frozen.build))
    group.attrs["epochs"] = frozen.epochs
    group["serials"], group["made_as"] = frozen.serials, frozen.made_as
    numbers = group.create_group("numbers")
    for name, values in frozen.numbers.items():
        numbers[name] = values


def _population(group: Any) -> Frozen:
    build = json.loads(group.attrs["build"])
    return Frozen(
        build=Build(**build | {"layers": tuple(build["layers"])}),
        serials=group["serials"][...],
        made_as=group["made_as"][...],
        epochs=int(group.attrs["epochs"]),
        numbers={name: values[...] for name, values in group["numbers"].items()},
    )


def _notes(file: Any, path: Path, configuration: str | None) -> dict[str, Any]:
    version = int(file.attrs["mortal_states_version"])
    if version != VERSION:
        raise LogError(f"{path} is of version {version}; this program reads version {VERSION}")
    found = file.attrs["configuration"]
    if configuration is not None and found and found != configuration:
        raise LogError(f"{path} belongs to a run of another configuration")
    notes: dict[str, Any] = json.loads(file["notes"][()])
    return notes


def _json(data: Any) -> str:
    # NumPy's numbers and arrays, the only other ones that come this way.
    return json.dumps(data, default=lambda value: value.tolist())

"""Logs as HDF5 bytes and back: the bare file of a part, and the compressed one of a whole log."""

import errno
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from mortal.errors import DamageError, LogError
from mortal.logbook.block import Block
from mortal.logbook.join import Log
from mortal.logbook.netcdf import netcdf_image
from mortal.logbook.sealed import USER_BLOCK, seal, unseal
from mortal.logbook.shape import blocks_in, columns_by_group
from mortal.logbook.trailer import Trailer, look_at_trailer, with_trailer

__all__ = [
    "VERSION",
    "digest_of",
    "log_image",
    "part_digest",
    "part_image",
    "read_log_file",
    "read_part",
    "read_part_provenance",
]

VERSION = 3
"""Of the log; attribute `mortal_log_version` of every file. Raised when a column of layout.py goes,
or changes its name, type, unit or meaning; what is only added needs no new one (decision 23)."""

Provenance = dict[str, Any]

_Said = TypeVar("_Said")

_KIND = "part of a mortal log"

_DAMAGE = (OSError, KeyError, RuntimeError, ValueError, IndexError, TypeError)


def part_image(log: Log, provenance: Mapping[str, Any]) -> bytes:
    """The bytes of a part: same groups and names as the whole log, no attributes on columns.

    `/devices` is there only if somebody was born or died.

    They hold no time of their own: the same records give the same bytes.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", userblock_size=USER_BLOCK) as file:
        file.attrs["mortal_log_version"] = VERSION
        file.create_group("provenance").attrs.update(provenance)
        groups = columns_by_group(log)
        blocks = (block for cohort in log.values() for block in cohort.tables.values())
        if not any(block.table.is_once for block in blocks):
            # Most parts are epochs; half of what opening them would read says nothing.
            groups.pop("devices", None)
        for name, columns in groups.items():
            group = file.create_group(name)
            for column in columns:
                is_text = column.values.dtype == object
                dtype = h5py.string_dtype() if is_text else column.values.dtype
                group.create_dataset(column.name, data=column.values, dtype=dtype)
    return seal(_KIND, buffer.getbuffer()[USER_BLOCK:])


def digest_of(image: bytes) -> str:
    """The checksum that stands in the seal of a part's bytes."""
    return image[: image.find(b"\n", 0, USER_BLOCK)][-64:].decode("ascii", "replace")


def part_digest(path: Path) -> str:
    """The checksum in the seal of a part; FileNotFoundError if it is gone."""
    with open(path, "rb") as file:
        return digest_of(file.read(USER_BLOCK))


def log_image(log: Log, provenance: Mapping[str, Any]) -> bytes:
    """The bytes of a whole log: netCDF-4, compressed and checksummed, with every attribute."""
    # A number among the attributes is a list of one, as netCDF has it.
    attributes = {"mortal_log_version": np.atleast_1d(VERSION)}
    return with_trailer(netcdf_image(attributes, provenance, columns_by_group(log)))


def read_part(path: Path) -> tuple[Provenance, list[Block]]:
    """What a part says.

    FileNotFoundError if it is gone, DamageError if damaged or foreign, LogError if it is of another
    version.
    """
    return _read_part(path, _read)


def read_part_provenance(path: Path) -> Provenance:
    """The provenance of a part alone. Errors as in `read_part`."""
    return _read_part(path, _attributes)


def read_log_file(
    path: Path, *, is_provenance_only: bool = False
) -> tuple[Provenance, list[Block]]:
    """What a whole log of this version or an earlier one says; columns it lacks are absent values.

    Of an earlier one the provenance tells so: `written_as_version`. FileNotFoundError if there is
    none, DamageError if it is not a log, LogError if it is of a newer version.
    """
    trailer = look_at_trailer(path)
    try:
        with h5py.File(path, "r") as file:
            version = _version(file)
            is_newer = version > VERSION and trailer is not Trailer.BROKEN
            # Logs of version 1 had no trailer.
            is_sound = trailer is Trailer.SOUND or (trailer is Trailer.ABSENT and version == 1)
            if is_sound and not is_newer:
                provenance = _attributes(file)
                blocks = [] if is_provenance_only else _blocks(file)
    except LogError as error:
        raise DamageError(f"{path} is damaged: {error}") from error
    except _DAMAGE as error:
        raise _damaged(path) from error
    if is_newer:
        raise LogError(
            f"{path} is a log of version {version}, and this mortal reads versions 1 to {VERSION}: "
            "a newer mortal reads it"
        )
    if not is_sound:
        raise _damaged(path)
    if version < VERSION:
        provenance["written_as_version"] = str(version)
    return provenance, blocks


def _read_part(path: Path, read: Callable[[Any], _Said]) -> _Said:
    data = _unsealed(path)
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            version = _version(file)
            if version == VERSION:
                return read(file)
    except _DAMAGE as error:
        raise _damaged(path) from error
    # Its states and lots are of that version too.
    raise LogError(
        f"{path} is part of a run that logs as version {version}, and this mortal goes on with "
        f"version {VERSION} only: the mortal that began the run finishes or merges it"
    )


def _unsealed(path: Path) -> bytes:
    try:
        return unseal(path, _KIND)
    except LogError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno != errno.EIO:
            raise  # the file may be sound: no permission, too many open files
        raise _damaged(path) from error


def _damaged(path: Path) -> DamageError:
    return DamageError(f"{path} is damaged, or no file of a mortal log")


def _version(file: Any) -> int:
    # netCDF writes a number among the attributes as a list of one.
    return int(np.ravel(file.attrs["mortal_log_version"])[0])


def _attributes(file: Any) -> Provenance:
    return dict(file["provenance"].attrs)


def _read(file: Any) -> tuple[Provenance, list[Block]]:
    return _attributes(file), _blocks(file)


def _blocks(file: Any) -> list[Block]:
    groups: dict[str, dict[str, NDArray[Any]]] = {}
    for name, group in file.items():
        groups[name] = {
            key: dataset.asstr()[...] if h5py.check_string_dtype(dataset.dtype) else dataset[...]
            for key, dataset in group.items()
        }
    return blocks_in(groups)

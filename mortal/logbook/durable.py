"""Bytes that survive: written under a temporary name, fsynced, then given their name."""

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from mortal.errors import LogError
from mortal.logbook.space import free_space, in_bytes

__all__ = ["make_folder", "place", "set_aside", "sync_folder"]

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def place(
    data: bytes,
    path: Path,
    *,
    may_replace: bool = False,
    verify: Callable[[Path], None] | None = None,
) -> None:
    """Write `data` to `path` so that a crash leaves all of it or nothing.

    verify: called with the temporary file before it gets its name; what it raises goes through.
    FileExistsError if `path` is taken and `may_replace` is not set; LogError if it cannot be
    written (disk full, no permission), with what was needed and what is free where there was no
    room. The temporary file is removed in any case.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            with open(temporary, "xb") as file:
                _fill(file, data)
            if verify is not None:
                verify(temporary)
            if may_replace:
                os.replace(temporary, path)
            else:
                _name(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except (LogError, FileExistsError):
        raise
    except OSError as error:
        raise _unwritable(path, len(data), error) from error


def set_aside(path: Path, why: str) -> Path:
    """Rename a file to `NAME.why`, numbered where that is taken, and return its new path.

    FileNotFoundError if it is gone; LogError if it cannot be renamed.
    """
    for number in range(1, 10_000):
        aside = path.with_name(f"{path.name}.{why}" + (f"-{number}" if number > 1 else ""))
        if not aside.exists():
            break
    try:
        os.rename(path, aside)
        sync_folder(path.parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LogError(f"cannot move {path} aside: {error.strerror or error}") from error
    return aside


def _fill(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _unwritable(path: Path, needed: int, error: OSError) -> LogError:
    message = f"cannot write {path}: {error.strerror or error}"
    if error.errno in _FULL:
        free = free_space(path.parent)
        message += f"; it needs {in_bytes(needed)}"
        message += "" if free is None else f" and {in_bytes(free)} are free"
        message += "; what was written before is safe, make room and go on"
    return LogError(message)


def _name(temporary: Path, path: Path) -> None:
    """Give a file its name, never over another: `link` fails where `rename` would replace."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no hard links; the window between look and rename is theirs.
        if path.exists():
            raise FileExistsError(path) from None
        os.rename(temporary, path)


def make_folder(path: Path) -> None:
    """Make a folder, parents included, that survives a crash. LogError if that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise LogError(f"cannot make the folder {path}: {error.strerror or error}") from error


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the system can open folders."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

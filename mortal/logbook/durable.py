"""Bytes that survive: written under a temporary name, fsynced, then given their name."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mortal.errors import LogError

__all__ = ["make_folder", "place", "sync_folder"]


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
    written (disk full, no permission). The temporary file is removed in any case.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            with open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
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
        raise LogError(f"cannot write {path}: {error.strerror or error}") from error


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

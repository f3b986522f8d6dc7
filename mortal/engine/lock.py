"""One session at a time in a run's folder. A lock whose holder is dead holds nothing."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from mortal.errors import ConfigError

__all__ = ["HOLDER_NAME", "LOCK_NAME", "holder", "locked"]

LOCK_NAME, HOLDER_NAME = ".lock", ".lock.json"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run's folder. The system lets go of it when the process ends, however it ends.

    Raises:
        ConfigError: another session holds it.
    """
    lock = FileLock(folder / LOCK_NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ConfigError(
            f"{folder}: another session is at work here ({holder(folder)}); wait for it, or choose "
            "another folder with --out"
        ) from None
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be locked: {error.strerror or error}") from None
    try:
        with suppress(OSError):
            told = {"process": os.getpid(), "host": socket.gethostname()}
            (folder / HOLDER_NAME).write_text(json.dumps(told), encoding="utf-8")
        yield
    finally:
        try:
            # Removed while it is held: whoever finds no file makes a new one, and we are done here.
            for name in (HOLDER_NAME, LOCK_NAME):
                with suppress(OSError):
                    (folder / name).unlink()
        finally:
            lock.release()


def holder(folder: Path) -> str:
    """Return who holds a run's folder, in words."""
    try:
        told = json.loads((folder / HOLDER_NAME).read_text(encoding="utf-8"))
        return f"process {told['process']} on {told['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"

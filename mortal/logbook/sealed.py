"""Bytes of HDF5 under a seal: what kind of file it is, and the checksum of all that follows.

The seal stands in the HDF5 user block, so any HDF5 tool still opens the file.
"""

import hashlib
from pathlib import Path

from mortal.errors import LogError

__all__ = ["USER_BLOCK", "seal", "unseal"]

USER_BLOCK = 512
"""Bytes before the HDF5 file proper: `h5py.File(..., userblock_size=USER_BLOCK)`."""


def seal(kind: str, data: bytes | memoryview) -> bytes:
    """Return the bytes of a file: its seal, then `data`, an HDF5 file without its user block."""
    header = _header(kind) + hashlib.sha256(data).hexdigest().encode() + b"\n"
    return b"".join((header.ljust(USER_BLOCK, b"\0"), data))


def unseal(path: Path, kind: str) -> bytes:
    """Return all the bytes of a sealed file.

    FileNotFoundError if it is gone, LogError if it cannot be read, is damaged or of another kind.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LogError(f"cannot read {path}: {error.strerror or error}") from error
    if not data.startswith(_header(kind)):
        raise LogError(f"{path} is damaged, or no {kind}")
    digest = hashlib.sha256(memoryview(data)[USER_BLOCK:]).hexdigest().encode()
    if not data.startswith(_header(kind) + digest + b"\n"):
        raise LogError(f"{path} is damaged: it is not what was written")
    return data


def _header(kind: str) -> bytes:
    return f"{kind}, sha256 of what follows: ".encode()

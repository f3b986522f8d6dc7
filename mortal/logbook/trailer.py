"""The checksum at the end of a merged log: every bit of the file counts, text and metadata too.

HDF5 checks numbers chunk by chunk and nothing else. What stands after the end of an HDF5 file is
ignored by its readers and dropped by whoever writes into it, so the file begins, and opens, like
any other.
"""

import hashlib
from enum import Enum
from pathlib import Path

from mortal.errors import LogError

__all__ = ["Trailer", "look_at_trailer", "with_trailer"]

_WORDS = b"\nmortal log, sha256 of what precedes: "
_LENGTH = len(_WORDS) + 64 + 1
_CHUNK = 1 << 20


class Trailer(Enum):
    """How the end of a file fits the rest of it."""

    SOUND = "sound"
    BROKEN = "broken"
    ABSENT = "absent"


def with_trailer(data: bytes | memoryview) -> bytes:
    """An HDF5 file's bytes, and after them their checksum."""
    return b"".join((data, _WORDS, hashlib.sha256(data).hexdigest().encode(), b"\n"))


def look_at_trailer(path: Path) -> Trailer:
    """Read a file to its end and compare. FileNotFoundError, or LogError if it cannot be read."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2) - _LENGTH
            if size < 0:
                return Trailer.ABSENT
            file.seek(size)
            found = file.read()
            if not found.startswith(_WORDS):
                return Trailer.ABSENT
            digest = hashlib.sha256()
            file.seek(0)
            while size and (chunk := file.read(min(size, _CHUNK))):
                digest.update(chunk)
                size -= len(chunk)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except OSError as error:
        raise LogError(f"cannot read {path}: {error.strerror or error}") from error
    is_sound = found == _WORDS + digest.hexdigest().encode() + b"\n"
    return Trailer.SOUND if is_sound else Trailer.BROKEN

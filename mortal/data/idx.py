"""One IDX file, the format of MNIST: a header of big-endian numbers, then plain bytes.

The header is two zero bytes, the type of the values (0x08: unsigned bytes), the number of
dimensions, and the length of each as four bytes. The file may be gzip-compressed; what it is
shows in its first bytes, not in its name.
"""

import contextlib
import gzip
import math
import os
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mortal.errors import DataError

__all__ = ["open_content", "read_idx"]

UNSIGNED_BYTE = 0x08
OTHER_TYPES = {0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
CHUNK = 1 << 20


def read_idx(path: str | os.PathLike[str], dimensions: int) -> npt.NDArray[np.uint8]:
    """Read the unsigned bytes of one IDX file into an array of `dimensions` axes, none empty.

    Raises `DataError` when there is no such file, it is a folder, not IDX, of another type or
    number of dimensions, or shorter or longer than its header says, or its gzip is damaged.
    """
    path = Path(path)
    with open_content(path) as stream:
        shape = _read_header(path, stream, dimensions)
        size = math.prod(shape)
        content = _read_up_to(stream, size + 1)  # one more: trailing bytes, and the gzip check sum
    declared = f"{' x '.join(map(str, shape))} = {size} bytes"
    if len(content) < size:
        raise DataError(
            f"{path} is cut short: its header declares {declared} of data, but {len(content)} "
            "follow."
        )
    if len(content) > size:
        raise DataError(f"{path} has bytes left over after the {declared} its header declares.")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


@contextlib.contextmanager
def open_content(path: Path) -> Iterator[BufferedIOBase]:
    """Open a plain or gzip-compressed file and give its uncompressed bytes.

    Raises `DataError`, also for what goes wrong while reading inside the `with` block, when it is
    no regular file, cannot be read, or its gzip is damaged.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder; a file is needed.")
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    if not path.is_file():
        raise DataError(f"{path} is no regular file.")
    try:
        with contextlib.ExitStack() as stack:
            stream: BufferedIOBase = stack.enter_context(path.open("rb"))
            if stream.read(2) == b"\x1f\x8b":
                stream.seek(0)
                stream = stack.enter_context(gzip.GzipFile(fileobj=stream))
            else:
                stream.seek(0)
            yield stream
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is a damaged gzip file ({error}); get it again.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error


def _read_header(path: Path, stream: BufferedIOBase, dimensions: int) -> tuple[int, ...]:
    magic = stream.read(4)
    if not magic:
        raise DataError(f"{path} is empty; an IDX file is needed.")
    if magic[:2] != b"\0\0"[: len(magic)]:
        raise DataError(
            f"{path} is not an IDX file: it begins with the bytes {magic.hex(' ')}, where "
            f"00 00 {UNSIGNED_BYTE:02x} {dimensions:02x} is needed."
        )
    if len(magic) < 4:
        raise DataError(f"{path} is cut short: it ends after {len(magic)} bytes of its header.")
    if magic[2] != UNSIGNED_BYTE:
        found = OTHER_TYPES.get(magic[2], "unknown")
        raise DataError(
            f"{path} holds values of type 0x{magic[2]:02x} ({found}); only 0x08 (unsigned bytes) "
            "can be read."
        )
    if magic[3] != dimensions:
        raise DataError(
            f"{path} has {magic[3]} dimensions, where {dimensions} are needed "
            "(images have 3, labels 1)."
        )
    lengths = stream.read(4 * dimensions)
    if len(lengths) < 4 * dimensions:
        raise DataError(
            f"{path} is cut short: it ends after {4 + len(lengths)} bytes of its header."
        )
    shape = tuple(np.frombuffer(lengths, dtype=">u4").tolist())
    if 0 in shape:
        raise DataError(
            f"{path} declares {' x '.join(map(str, shape))} values; no length may be 0."
        )
    return shape


def _read_up_to(stream: BufferedIOBase, limit: int) -> bytearray:
    # In chunks, so that a wrong header asks for no more memory than the file has bytes.
    content = bytearray()
    while len(content) < limit:
        chunk = stream.read(min(CHUNK, limit - len(content)))
        if not chunk:
            break
        content += chunk
    return content

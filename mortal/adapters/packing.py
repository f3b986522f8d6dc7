"""Numbers by name as one row of bytes, and back: how a frozen life travels in a `state_dict`."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.errors import DataError

__all__ = ["pack", "unpack"]

Numbers = npt.NDArray[Any]


def pack(numbers: Mapping[str, Numbers]) -> npt.NDArray[np.uint8]:
    """Return arrays by name as bytes, `[byte]`; nothing in them can run."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, values in numbers.items():
            file = io.BytesIO()
            np.lib.format.write_array(file, np.asarray(values), allow_pickle=False)
            # A fixed date: the same life is the same bytes.
            archive.writestr(zipfile.ZipInfo(name), file.getvalue())
    return np.frombuffer(bytearray(buffer.getvalue()), np.uint8)


def unpack(packed: Numbers) -> dict[str, Numbers]:
    """Return what `pack` was given.

    Raises:
        DataError: these bytes are something else, or damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(np.asarray(packed, np.uint8).tobytes())) as archive:
            return {
                name: np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
                for name in archive.namelist()
            }
    # Of damaged bytes zipfile also says that they are encrypted, or of a version to come.
    except (zipfile.BadZipFile, ValueError, EOFError, RuntimeError) as error:
        raise DataError(f"these bytes are no frozen life: {error}") from None

"""What is told of a lot that failed: one line for the log, everything for who mends it."""

import traceback
from contextlib import suppress
from pathlib import Path

from mortal.errors import LogError
from mortal.rules.declarations.own import own_line

__all__ = ["explain", "is_fatal"]

FOLDER = "failures"


def explain(folder: Path, lot: int, error: BaseException) -> str:
    """Return in a line why a lot failed; the traceback is left in `failures/LOT.txt`."""
    with suppress(OSError):
        (folder / FOLDER).mkdir(exist_ok=True)
        text = "".join(traceback.format_exception(error))
        (folder / FOLDER / f"{lot:04d}.txt").write_text(text, encoding="utf-8")
    if isinstance(error, MemoryError):
        return f"not enough memory: {error}" if str(error) else "not enough memory"
    return f"{type(error).__name__}: {' '.join(str(error).split())}{own_line(error)}"


def is_fatal(error: BaseException) -> bool:
    """Whether no other lot would fare better: the log itself cannot be written."""
    return isinstance(error, LogError) and isinstance(error.__cause__, OSError)

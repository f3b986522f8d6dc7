"""Room on a disk: how much there is, and a refusal with numbers where it is too little."""

import shutil
from contextlib import suppress
from pathlib import Path

from mortal.errors import LogError

__all__ = ["free_space", "in_bytes", "require_space"]


def require_space(folder: Path | str, bytes_needed: int, what: str) -> None:
    """Refuse what will not fit on the disk of `folder`, which need not exist yet.

    what: the thing that needs the room, as in "the merged log". LogError says how much it needs and
    how much is free. Where the system does not tell, nothing is refused.
    """
    free = free_space(folder)
    if free is not None and free < bytes_needed:
        raise LogError(
            f"no room for {what}: {in_bytes(bytes_needed)} are needed in {folder}, and"
            f" {in_bytes(free)} are free; make room there and try again"
        )


def free_space(folder: Path | str) -> int | None:
    """Bytes that may still be written on the disk of `folder`; None where nobody knows."""
    place = Path(folder).absolute()
    for found in (place, *place.parents):
        with suppress(FileNotFoundError, NotADirectoryError):
            try:
                return shutil.disk_usage(found).free
            except PermissionError:
                return None
    return None


def in_bytes(number: float) -> str:
    """A number of bytes as people say it: `512 B`, `12.3 kB`, `4.56 GB`."""
    size, unit = float(number), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{number:.0f} B" if unit == "B" else f"{size:.3g} {unit}"

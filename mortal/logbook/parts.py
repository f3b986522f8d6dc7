"""The parts of a log on disk: `parts/LOT-NUMBER.h5`, numbered from 0 within each lot."""

import re
from collections import defaultdict
from pathlib import Path

from mortal.errors import LogError

__all__ = ["LOG_NAME", "Parts", "list_parts", "part_path", "parts_folder", "temporary_files"]

LOG_NAME = "log.h5"
"""The name of a merged log in the folder of its run."""

Parts = dict[int, dict[int, Path]]
"""Path by lot and number."""

_PART = re.compile(r"(\d{4,})-(\d{6,})\.h5")


def parts_folder(folder: Path) -> Path:
    """Where the parts of a run lie."""
    return folder / "parts"


def part_path(folder: Path, lot: int, number: int) -> Path:
    """Where a part lies."""
    return parts_folder(folder) / f"{lot:04d}-{number:06d}.h5"


def list_parts(folder: Path) -> Parts:
    """The parts in the folder of a run, in order. Whatever else lies there is passed over."""
    found: Parts = defaultdict(dict)
    place = parts_folder(folder)
    try:
        names = [path.name for path in place.iterdir()] if place.is_dir() else []
    except FileNotFoundError:
        names = []  # a merge took the folder away between two looks
    except OSError as error:
        raise LogError(f"cannot look into {place}: {error.strerror or error}") from error
    for name in names:
        if match := _PART.fullmatch(name):
            found[int(match[1])][int(match[2])] = place / name
    return {lot: dict(sorted(found[lot].items())) for lot in sorted(found)}


def temporary_files(folder: Path, lot: int) -> list[Path]:
    """What killed writers of a lot left behind."""
    return list(parts_folder(folder).glob(f".{lot:04d}-*.tmp"))

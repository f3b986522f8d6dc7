"""How far the lots of a run have come: small files in its folder, for people, not for results."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "Progress", "all_progress", "load_progress", "save_progress"]

FOLDER = "progress"


@dataclass
class Progress:
    """What one lot has told of itself.

    Attributes:
        lot: its number.
        moments: of the whole story.
        moment: how many have been told.
        step: path of the step being told.
        label, done, total, detail: the long work at hand, and its pieces.
        devices: how many live in it at a time.
        accuracy: mean of the last epoch or exam.
        energy: J spent by then.
        state: waiting, running, done or failed.
        updated: when this was, in unix seconds.
        rows: what is to be told of moments: `{"moment", "kind", "row"}`.
    """

    lot: int
    moments: int
    moment: int = 0
    step: str = ""
    label: str = ""
    done: int = 0
    total: int = 0
    detail: str = ""
    devices: int = 0
    accuracy: float | None = None
    energy: float = 0.0
    state: str = "waiting"
    updated: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)


def save_progress(folder: Path, progress: Progress) -> None:
    """Write what a lot has told; where it cannot be written, nothing is lost but this."""
    path = _path(folder, progress.lot)
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        # Not made durable: after a crash of the machine the log tells, not this.
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(progress)), encoding="utf-8")
        os.replace(new, path)


def load_progress(folder: Path, lot: int) -> Progress | None:
    """Return what a lot has told; None where it has not, or where that cannot be read."""
    return _read(_path(folder, lot))


def all_progress(folder: Path) -> list[Progress]:
    """Return what all lots of a run have told, by number."""
    found = (_read(path) for path in sorted((folder / FOLDER).glob("[0-9]*.json")))
    return [progress for progress in found if progress is not None]


def _read(path: Path) -> Progress | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Progress(**{f.name: data[f.name] for f in fields(Progress)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _path(folder: Path, lot: int) -> Path:
    return folder / FOLDER / f"{lot:04d}.json"

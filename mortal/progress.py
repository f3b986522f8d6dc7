"""How far each lot of a running run has come: one small file a lot, for whoever looks on.

Progress is a courtesy. It is written often and not made durable, and a lot goes on where it cannot
be written; what happened stands in the log.
"""

import json
import math
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["STATES", "Progress", "progress_folder", "read_all", "write"]

STATES = ("waiting", "running", "done", "failed")

_COUNTS = ("lot", "moment", "moments", "done", "total", "devices")
_NAME = re.compile(r"\d{4,}\.json")


@dataclass
class Progress:
    """Where a lot stands.

    Attributes:
        lot: its number.
        moment: the moment of the story it is in, of `moments`.
        step: path of the story step it is in, such as 3 or repeat.2.1.
        label: what it does there, in a word or two.
        done: how much of that is done, of `total`; 0 of 0 where nobody counts.
        devices: how many devices it holds.
        accuracy: of its last examination or epoch; None before the first.
        energy: spent by its devices so far (J).
        updated: when this was written (s since 1970).
        state: waiting, running, done or failed.
        detail: how far the long work is, in words.
        rows: what it has told of moments, for who tells of the whole run.
    """

    lot: int
    moment: int
    moments: int
    step: str
    label: str
    done: int
    total: int
    devices: int
    accuracy: float | None
    energy: float
    updated: float
    state: str
    detail: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)


def progress_folder(folder: Path | str) -> Path:
    """Where the progress of a run lies."""
    return Path(folder) / "progress"


def write(folder: Path | str, progress: Progress) -> None:
    """Put a lot's progress into the folder of its run, all of it or nothing.

    What cannot be written (a full disk, no permission) is left out, without a word.
    """
    place = progress_folder(folder)
    said = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in asdict(progress).items()
    }
    path = place / f"{progress.lot:04d}.json"
    temporary = place / f".{path.name}.{os.getpid()}.tmp"
    try:
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(said), encoding="utf-8")
            os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_all(folder: Path | str) -> dict[int, Progress]:
    """The progress of every lot that has some, by lot; what is no progress is passed over."""
    found = {}
    with suppress(OSError):
        for path in progress_folder(folder).iterdir():
            if _NAME.fullmatch(path.name):
                with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                    progress = _progress(json.loads(path.read_bytes()))
                    found[progress.lot] = progress
    return dict(sorted(found.items()))


def _progress(said: dict[str, Any]) -> Progress:
    accuracy, energy = said["accuracy"], said["energy"]
    if said["state"] not in STATES:
        raise ValueError
    counts: dict[str, Any] = {name: int(said[name]) for name in _COUNTS}
    words: dict[str, Any] = {name: str(said[name]) for name in ("step", "label", "state")}
    return Progress(
        **counts,
        **words,
        accuracy=None if accuracy is None else float(accuracy),
        energy=math.nan if energy is None else float(energy),
        updated=float(said["updated"]),
        detail=str(said.get("detail", "")),
        rows=list(said.get("rows", [])),
    )

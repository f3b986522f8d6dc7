"""The folder of a run: what may be done with it, and what is put there before the story."""

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from mortal.config import Plan, load
from mortal.engine.failing import FOLDER as FAILURES
from mortal.engine.lock import HOLDER_NAME, LOCK_NAME
from mortal.errors import ConfigError, LogError
from mortal.logbook import survey
from mortal.logbook.durable import place
from mortal.logbook.lots import LOTS_NAME
from mortal.logbook.parts import LOG_NAME, list_parts
from mortal.progress import progress_folder
from mortal.states import FOLDER as STATES

__all__ = ["Standing", "prepare", "require_usable", "standing", "sweep_out"]

CONFIGURATION = "configuration.yaml"

PROGRESS = progress_folder(Path()).name
_NAMES = (CONFIGURATION, LOG_NAME, LOTS_NAME, f"{LOTS_NAME}.damaged", LOCK_NAME, HOLDER_NAME)
_PATTERNS = {
    "parts": (".*.tmp", "*.h5.damaged*", "*.h5.set-aside*"),
    STATES: ("[0-9]*-[0-9]*.h5", ".*.tmp"),
    PROGRESS: ("[0-9]*.json", ".[0-9]*.tmp", "worker-*.err", "stop"),
    FAILURES: ("[0-9]*.txt",),
}
"""By folder, the names that a run gives to files, but for the parts of its log."""
_TOLD_OF_IT = ("report.html", "comparison.html")
"""What `mortal report` writes beside a run: of another life, once the run is replaced."""


class Standing(StrEnum):
    """What a folder holds, as seen by one configuration."""

    FREE = "free"
    BEGUN = "begun"
    DONE = "done"


def standing(folder: Path, plan: Plan) -> Standing:
    """Return whether a folder is free for this configuration, or holds this run begun or done.

    Raises:
        ConfigError: it holds another run or other files, or is no folder.
    """
    if not folder.exists():
        return Standing.FREE
    if not folder.is_dir():
        raise ConfigError(f"{folder}: this is a file; --out wants a folder")
    own = _own_configuration(folder, plan.code)
    try:
        found = survey(folder, damaged="skip")
    except LogError as error:
        way_out = "use --overwrite" if own else "choose another folder with --out"
        raise ConfigError(f"{folder}: its log cannot be read ({error}); {way_out}") from None
    if found is None and _others(folder, is_configured=own is not None):
        raise ConfigError(
            f"{folder}: this folder holds other files and no run; choose another with --out"
        )
    held = found.configuration_hash if found else own.hash() if own else plan.hash()
    if held != plan.hash():
        raise ConfigError(
            f"{folder}: this folder holds another run (its configuration differs); choose another "
            "with --out, or replace that run with --overwrite"
        )
    if found is None:
        return Standing.FREE
    return Standing.BEGUN if found.missing or found.damaged else Standing.DONE


def require_usable(folder: Path, plan: Plan, overwrite: bool) -> None:
    """Refuse a folder that this run may not use; nothing in it is changed.

    Raises:
        ConfigError: it holds another run or other files, or cannot be made or written.
    """
    try:
        if not (overwrite and _is_run(folder, plan.code)):
            standing(folder, plan)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be used: {error.strerror or error}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{folder}: you may not write here; choose another with --out")


def prepare(folder: Path, plan: Plan, overwrite: bool) -> Standing:
    """Make the folder ready and return how it stood; what no run has put there is left alone.

    It must be usable, and locked.

    Raises:
        ConfigError: it cannot be used or written.
    """
    try:
        if overwrite and _is_run(folder, plan.code):
            for name in _TOLD_OF_IT:
                (folder / name).unlink(missing_ok=True)
            # The configuration last: by it a folder is still known as a run's if we are killed.
            for path in sorted(
                _files_of_a_run(folder), key=lambda path: path.name == CONFIGURATION
            ):
                if path.name not in (LOCK_NAME, HOLDER_NAME):  # we hold it
                    path.unlink(missing_ok=True)
            for name in _PATTERNS:
                with suppress(OSError):  # other files lie there
                    (folder / name).rmdir()
            found = Standing.FREE
        else:
            found = standing(folder, plan)
        if found == Standing.FREE:
            folder.mkdir(parents=True, exist_ok=True)
            place(plan.text().encode(), folder / CONFIGURATION, may_replace=True)
    except LogError as error:
        raise ConfigError(str(error)) from None
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be used: {error.strerror or error}") from None
    return found


def _is_run(folder: Path, code: Path | None) -> bool:
    """Whether a folder holds a run, so that --overwrite never removes anything else."""
    if not folder.is_dir():
        return False
    with suppress(LogError):
        if survey(folder) is not None:
            return True
    return _own_configuration(folder, code) is not None


def _others(folder: Path, is_configured: bool) -> set[Path]:
    """Return what a run that has not logged anything yet cannot have left in a folder."""
    inside = set(folder.iterdir())
    for name in _PATTERNS:
        if (folder / name).is_dir():
            inside = inside - {folder / name} | set((folder / name).iterdir())
    own = _files_of_a_run(folder)
    return inside - (own if is_configured else own - {folder / CONFIGURATION})


def _own_configuration(folder: Path, code: Path | None) -> Plan | None:
    """Return what a run has put into its folder first; not what a person has written by hand."""
    try:
        text = (folder / CONFIGURATION).read_text(encoding="utf-8")
        plan = load(text, code=code)
    except (OSError, UnicodeDecodeError, ConfigError):
        return None
    return plan if plan.text() == text else None


def _files_of_a_run(folder: Path) -> set[Path]:
    """Return whatever lies in a folder under a name that a run gives to its files."""
    parts = [path for lot in list_parts(folder).values() for path in lot.values()]
    names = [*_NAMES, *(f".{name}.*.tmp" for name in _NAMES)]
    names += [f"{place}/{name}" for place, own in _PATTERNS.items() for name in own]
    return {*parts, *(path for name in names for path in folder.glob(name))}


def sweep_out(folder: Path) -> None:
    """Remove what only a run that goes on needs: progress, and failures that were mended."""
    for name in (PROGRESS, FAILURES):
        for path in _files_of_a_run(folder):
            if path.parent == folder / name:
                path.unlink(missing_ok=True)
        with suppress(OSError):  # other files lie there
            (folder / name).rmdir()

"""The folder of a run: what may be done with it, and what is put there before the story."""

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from mortal.config import Plan, load
from mortal.errors import ConfigError, LogError
from mortal.logbook import survey
from mortal.logbook.durable import place
from mortal.logbook.parts import LOG_NAME, list_parts, parts_folder

__all__ = ["Standing", "prepare", "standing"]

CONFIGURATION = "configuration.yaml"


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
    own = _own_configuration(folder)
    try:
        found = survey(folder)
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
    is_done = bool(found.lots) and all(lot.is_complete for lot in found.lots.values())
    return Standing.DONE if is_done else Standing.BEGUN


def prepare(folder: Path, plan: Plan, overwrite: bool) -> Standing:
    """Make the folder ready and return how it stood; what no run has put there is left alone.

    Raises:
        ConfigError: it cannot be used or written.
    """
    try:
        if overwrite and _is_run(folder):
            # The configuration last: by it a folder is still known as a run's if we are killed.
            for path in sorted(
                _files_of_a_run(folder), key=lambda path: path.name == CONFIGURATION
            ):
                path.unlink()
            with suppress(OSError):  # other files lie there
                parts_folder(folder).rmdir()
            found = Standing.FREE
        else:
            found = standing(folder, plan)
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigError(f"{folder}: you may not write here; choose another with --out")
        if found == Standing.FREE:
            place(plan.text().encode(), folder / CONFIGURATION, may_replace=True)
    except LogError as error:
        raise ConfigError(str(error)) from None
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be used: {error.strerror or error}") from None
    return found


def _is_run(folder: Path) -> bool:
    """Whether a folder holds a run, so that --overwrite never removes anything else."""
    if not folder.is_dir():
        return False
    with suppress(LogError):
        if survey(folder) is not None:
            return True
    return _own_configuration(folder) is not None


def _others(folder: Path, is_configured: bool) -> set[Path]:
    """Return what a run that has not logged anything yet cannot have left in a folder."""
    inside, parts = set(folder.iterdir()), parts_folder(folder)
    if parts.is_dir():
        inside = inside - {parts} | set(parts.iterdir())
    own = _files_of_a_run(folder)
    return inside - (own if is_configured else own - {folder / CONFIGURATION})


def _own_configuration(folder: Path) -> Plan | None:
    """Return what a run has put into its folder first; not what a person has written by hand."""
    try:
        text = (folder / CONFIGURATION).read_text(encoding="utf-8")
        plan = load(text)
    except (OSError, UnicodeDecodeError, ConfigError):
        return None
    return plan if plan.text() == text else None


def _files_of_a_run(folder: Path) -> set[Path]:
    """Return whatever lies in a folder under a name that a run gives to its files."""
    parts = [path for lot in list_parts(folder).values() for path in lot.values()]
    kept = [folder / name for name in (CONFIGURATION, LOG_NAME) if (folder / name).exists()]
    names = (f".{CONFIGURATION}.*.tmp", f".{LOG_NAME}.*.tmp", "parts/.*.tmp")
    return {*parts, *kept, *(path for name in names for path in folder.glob(name))}

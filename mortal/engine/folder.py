"""The folder of a run: what may be done with it, and what is put there before the story."""

import os
import shutil
from pathlib import Path

from mortal.config import Plan
from mortal.errors import ConfigError, LogError
from mortal.logbook import survey

__all__ = ["Standing", "prepare", "standing"]

CONFIGURATION = "configuration.yaml"


class Standing:
    """What a folder holds, as seen by one configuration."""

    FREE = "free"
    BEGUN = "begun"
    DONE = "done"


def standing(folder: Path, plan: Plan) -> str:
    """Return whether a folder is free for this configuration, or holds this run begun or done.

    Raises:
        ConfigError: it holds another run or other files, or is no folder.
    """
    if not folder.exists():
        return Standing.FREE
    if not folder.is_dir():
        raise ConfigError(f"{folder}: this is a file; --out wants a folder")
    try:
        found = survey(folder)
    except LogError as error:
        raise ConfigError(f"{folder}: its log cannot be read ({error}); use --overwrite") from None
    if found is None:
        if any(folder.iterdir()):
            raise ConfigError(
                f"{folder}: this folder holds other files and no run; choose another with --out"
            )
        return Standing.FREE
    if found.configuration_hash != plan.hash():
        raise ConfigError(
            f"{folder}: this folder holds another run (its configuration differs); choose another "
            "with --out, or replace that run with --overwrite"
        )
    is_done = bool(found.lots) and all(lot.is_complete for lot in found.lots.values())
    return Standing.DONE if is_done else Standing.BEGUN


def prepare(folder: Path, plan: Plan, overwrite: bool) -> str:
    """Make the folder ready and return how it stood.

    Raises:
        ConfigError: it cannot be used or written.
    """
    if overwrite and _is_run(folder):
        shutil.rmtree(folder)
    found = standing(folder, plan)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be made: {error.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{folder}: you may not write here; choose another with --out")
    if found == Standing.FREE:
        (folder / CONFIGURATION).write_text(plan.text(), encoding="utf-8")
    return found


def _is_run(folder: Path) -> bool:
    """Whether a folder holds a run, so that --overwrite never removes anything else."""
    if not folder.is_dir():
        return False
    try:
        return survey(folder) is not None or (folder / CONFIGURATION).exists()
    except LogError:
        return True

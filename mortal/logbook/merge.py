"""Merging: the parts of a run become one compressed, checksummed `log.h5`."""

from contextlib import suppress
from pathlib import Path

from mortal.errors import LogError
from mortal.logbook.durable import place, sync_folder
from mortal.logbook.equal import differences
from mortal.logbook.files import log_image
from mortal.logbook.gather import gather
from mortal.logbook.open import open_log, tree_of
from mortal.logbook.parts import LOG_NAME, parts_folder, temporary_files

__all__ = ["merge"]


def merge(folder: Path | str) -> Path:
    """Join the parts of a run, and what was merged before, into `log.h5`; return its path.

    The parts are removed once the new file has been read back and found equal to them, so a crash
    at any moment loses nothing. Merging again changes nothing; a run merged before its end may go
    on, and be merged again. LogError as for `open_log`, or if the file cannot be written.
    """
    folder = Path(folder)
    gathered = gather(folder)
    path = folder / LOG_NAME
    if not gathered.parts:
        return path
    expected = tree_of(gathered.log, gathered.provenance)

    def verify(written: Path) -> None:
        if found := differences(expected, open_log(written)):
            raise LogError(f"the merged log of {folder} differs from its parts: {found[0]}")

    place(log_image(gathered.log, gathered.provenance), path, may_replace=True, verify=verify)
    for lot, paths in gathered.parts.items():
        # The temporary files of an unfinished lot may belong to a living writer.
        leftovers = temporary_files(folder, lot) if gathered.lots[lot].is_complete else []
        for part in [*paths.values(), *leftovers]:
            part.unlink(missing_ok=True)
    with suppress(OSError):  # not empty where a writer goes on
        parts_folder(folder).rmdir()
    sync_folder(folder)
    return path

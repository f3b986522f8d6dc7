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
from mortal.logbook.space import require_space

__all__ = ["merge"]

_SHOWN = 20


def merge(folder: Path | str, *, partial: bool = False) -> Path:
    """Join the parts of a run, and what was merged before, into `log.h5`; return its path.

    The parts are removed once the new file has been read back and found equal to them, so a crash
    at any moment loses nothing. Merging again changes nothing; a run merged before its end may go
    on, and be merged again. LogError as for `open_log`, or if the file cannot be written.

    A run that has a list of its lots and lacks one, or has not finished one, and any run in which a
    lot failed, is refused with a LogError that names them. `partial` merges what there is all the
    same, of a lot with damaged parts what stands before them, and says what is missing in
    `/provenance` (`missing`).
    """
    folder = Path(folder)
    gathered = gather(folder, "cut" if partial else "refuse")
    path = folder / LOG_NAME
    has_failed = any(lot.failure for lot in gathered.lots.values())
    if gathered.missing and not partial and (gathered.is_declared or has_failed):
        raise LogError(_incomplete(folder, gathered.missing))
    if not gathered.parts:
        if not path.exists():
            raise LogError(f"{folder}: every part is damaged, there is nothing to merge")
        return path
    expected = tree_of(gathered.log, gathered.provenance)

    def verify(written: Path) -> None:
        if found := differences(expected, open_log(written)):
            raise LogError(f"the merged log of {folder} differs from its parts: {found[0]}")

    image = log_image(gathered.log, gathered.provenance)
    require_space(folder, len(image), "the merged log")
    place(image, path, may_replace=True, verify=verify)
    for lot, paths in gathered.parts.items():
        # The temporary files of an unfinished lot may belong to a living writer.
        leftovers = temporary_files(folder, lot) if gathered.lots[lot].is_complete else []
        for part in [*paths.values(), *leftovers]:
            part.unlink(missing_ok=True)
    with suppress(OSError):  # not empty where a writer goes on
        parts_folder(folder).rmdir()
    sync_folder(folder)
    return path


def _incomplete(folder: Path, missing: tuple[str, ...]) -> str:
    lines = list(missing[:_SHOWN])
    if len(missing) > _SHOWN:
        lines.append(f"and {len(missing) - _SHOWN} more lots")
    return (
        f"{folder} is not complete: {'; '.join(lines)}. `mortal resume {folder}` finishes it,"
        f" `mortal merge {folder} --partial` merges what there is"
    )

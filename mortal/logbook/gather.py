"""Reading a run's folder: the merged log, if there is one, and the parts committed since."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mortal.errors import LogError
from mortal.logbook.files import read_log_file, read_part, read_part_provenance
from mortal.logbook.join import Log, join
from mortal.logbook.parts import LOG_NAME, Parts, list_parts, part_path
from mortal.logbook.provenance import Lot, joined_provenance, lots_in

__all__ = ["Gathered", "Survey", "gather", "survey"]


@dataclass(frozen=True)
class Gathered:
    """Everything a run has logged so far, and the parts it was read from."""

    log: Log
    provenance: dict[str, str]
    lots: dict[int, Lot]
    parts: Parts


@dataclass(frozen=True)
class Survey:
    """What a run's folder holds, without its records."""

    configuration_hash: str
    lots: dict[int, Lot]


def gather(folder: Path) -> Gathered:
    """Join everything in the folder of a run, live, killed or merged.

    LogError if there is no log, a part is damaged or missing between others, the parts come from
    different configurations or contradict each other.
    """
    parts, pieces, blocks, lots = _read(folder, is_provenance_only=False)
    return Gathered(join(blocks, is_whole=True), joined_provenance(pieces, lots), lots, parts)


def survey(folder: Path | str) -> Survey | None:
    """How far each lot in the folder of a run has come; None where there is no log at all.

    LogError as for `open_log`, but for contradictions between records, which it does not read.
    """
    folder = Path(folder)
    if not (folder / LOG_NAME).exists() and not list_parts(folder):
        return None
    _, pieces, _, lots = _read(folder, is_provenance_only=True)
    return Survey(joined_provenance(pieces, lots)["configuration_hash"], lots)


def _read(
    folder: Path, *, is_provenance_only: bool
) -> tuple[Parts, list[dict[str, Any]], list[Any], dict[int, Lot]]:
    for _ in range(5):
        try:
            return _read_once(folder, is_provenance_only)
        except FileNotFoundError:
            continue  # a merge took parts away while we read; what they said is in log.h5 now
    raise LogError(f"{folder} changes while it is read; try again when its run is merged")


def _read_once(
    folder: Path, is_provenance_only: bool
) -> tuple[Parts, list[dict[str, Any]], list[Any], dict[int, Lot]]:
    # Parts are listed before log.h5 is read, so that a merge in between loses nothing.
    parts = list_parts(folder)
    pieces: list[dict[str, Any]] = []
    blocks: list[Any] = []
    lots: dict[int, Lot] = {}
    log_path = folder / LOG_NAME
    if log_path.exists():
        provenance, blocks = read_log_file(log_path, is_provenance_only=is_provenance_only)
        pieces.append(provenance)
        lots = lots_in(provenance)
    elif not parts:
        raise LogError(f"{folder} holds no log: neither {LOG_NAME} nor parts of one")
    for lot, paths in parts.items():
        state = lots.get(lot, Lot())
        for number, path in paths.items():
            if number > state.parts:
                raise LogError(
                    f"{part_path(folder, lot, state.parts)} is missing, and later parts exist"
                )
            if is_provenance_only:
                provenance = read_part_provenance(path)
            else:
                provenance, found = read_part(path)
                blocks.extend(found)
            pieces.append(provenance)
            state = state.grown(number, provenance)
        lots[lot] = state
    return parts, pieces, blocks, lots

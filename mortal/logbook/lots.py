"""The list of lots: which lots a run's log must have, so that a lost one is seen to be missing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from mortal.errors import DamageError, LogError
from mortal.logbook.durable import make_folder, place, set_aside

__all__ = ["LOTS_NAME", "DeclaredLots", "Ranks", "declare_lots", "declared_lots"]

LOTS_NAME = "lots.json"
"""The name of the list in the folder of its run."""

_VERSION = 1


class Ranks(NamedTuple):
    """The devices of a cohort, from one rank to another, both included."""

    cohort: str
    first: int
    last: int

    def __str__(self) -> str:
        """Ranks as people say them: `elders 0 to 9`."""
        span = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.cohort} {span}"


@dataclass(frozen=True)
class DeclaredLots:
    """The lots of a run, by number. Without a list, `lots` is empty and anything may be there."""

    configuration_hash: str
    lots: dict[int, tuple[Ranks, ...]]

    def named(self, lot: int) -> str:
        """A lot with what it holds: `lot 3 (ranks elders 20 to 29, heirs 20 to 29)`."""
        ranks = self.lots.get(lot)
        return f"lot {lot} (ranks {', '.join(map(str, ranks))})" if ranks else f"lot {lot}"


def declare_lots(
    folder: Path | str,
    configuration_hash: str,
    lots: Mapping[int, Sequence[tuple[str, int, int]]],
) -> Path:
    """Write the list of a run's lots, once and durably, and return its path.

    lots: by number, for each cohort in it the first and the last rank. Declaring the same again
    changes nothing; a damaged list is moved aside (`lots.json.damaged`) and written again.
    LogError if another list lies there, if the lots overlap, or if it cannot be written.
    """
    folder = Path(folder)
    path = folder / LOTS_NAME
    wanted = DeclaredLots(
        configuration_hash,
        {int(lot): tuple(Ranks(*ranks) for ranks in lots[lot]) for lot in sorted(lots)},
    )
    if fault := _fault(wanted):
        raise LogError(f"{path}: {fault}")
    try:
        found = declared_lots(folder)
    except DamageError:
        set_aside(path, "damaged")
        found = None
    if found == wanted:
        return path
    if found is None:
        make_folder(folder)
        with suppress(FileExistsError):  # another writer was faster; it must say the same
            place(_text(wanted), path)
        found = declared_lots(folder)
    if found != wanted:
        raise LogError(
            f"{path} lists other lots than these; finish that run as it was begun, or choose"
            " another folder"
        )
    return path


def declared_lots(folder: Path | str) -> DeclaredLots | None:
    """The list of a run's lots, None if it has none. DamageError if it is not what was written."""
    path = Path(folder) / LOTS_NAME
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise LogError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        said = json.loads(data)
        found = DeclaredLots(
            said["configuration_hash"],
            {
                int(lot): tuple(Ranks(str(name), int(first), int(last)) for name, first, last in of)
                for lot, of in said["lots"].items()
            },
        )
        is_sound = data == _text(found) and not _fault(found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        is_sound = False
    if not is_sound:
        raise DamageError(f"{path} is damaged, or no list of a mortal run's lots")
    return found


def _text(declared: DeclaredLots) -> bytes:
    said: dict[str, Any] = {
        "mortal_lots_version": _VERSION,
        "configuration_hash": declared.configuration_hash,
        "lots": {str(lot): [list(r) for r in ranks] for lot, ranks in declared.lots.items()},
    }
    said["sha256"] = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return json.dumps(said).encode() + b"\n"


def _fault(declared: DeclaredLots) -> str:
    if not declared.lots:
        return "a run has at least one lot"
    everyone = sorted((*ranks, lot) for lot, of in declared.lots.items() for ranks in of)
    for name, first, last, lot in everyone:
        if not 0 <= first <= last:
            return f"ranks {first} to {last} of {name!r} in lot {lot} are no range from 0 up"
    for (name, _, last, lot), (other, first, _, second) in pairwise(everyone):
        if name == other and first <= last:
            return f"rank {first} of {name!r} is in lot {lot} and in lot {second}"
    return ""

"""Reading a run's folder: the merged log, if there is one, and the parts committed since."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mortal.errors import DamageError, LogError
from mortal.logbook.block import Block
from mortal.logbook.files import read_log_file, read_part_provenance
from mortal.logbook.join import Log, join
from mortal.logbook.lots import DeclaredLots, declared_lots
from mortal.logbook.parts import LOG_NAME, Parts, list_parts
from mortal.logbook.provenance import Lot, joined_provenance, lots_in
from mortal.logbook.walk import Damage, walk

__all__ = ["Damaged", "Gathered", "Survey", "configuration_hash_in", "gather", "survey"]

Damaged = Literal["refuse", "skip", "cut"]
"""What to do about damaged parts: refuse them all by name; read the others; or read each lot only
up to its first damaged part."""

_SHOWN = 20


@dataclass
class _Reading:
    """What was found in a folder; `parts` are those that were read."""

    declared: DeclaredLots
    configuration_hash: str = ""
    pieces: list[dict[str, Any]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    lots: dict[int, Lot] = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)
    damages: list[tuple[int, Damage]] = field(default_factory=list)

    def missing(self) -> tuple[str, ...]:
        """What keeps the log from being whole, one line a lot."""
        first_damage: dict[int, Damage] = {}
        for lot, damage in self.damages:
            first_damage.setdefault(lot, damage)
        lines = []
        for lot in sorted({*self.lots, *self.declared.lots}):
            name, state = self.declared.named(lot), self.lots.get(lot, Lot())
            if lot in first_damage:
                lines.append(f"{name} is damaged from part {first_damage[lot].number} on")
            elif not state.parts:
                lines.append(f"{name} has not begun")
            elif state.failure:
                lines.append(f"{name} failed: {state.failure}")
            elif not state.is_complete:
                lines.append(f"{name} is not finished")
        return tuple(lines)


@dataclass(frozen=True)
class Gathered:
    """Everything a run has logged so far, and the parts it was read from.

    missing: what keeps it from being whole, one line a lot. is_declared: whether the run has a list
    of its lots.
    """

    log: Log
    provenance: dict[str, str]
    lots: dict[int, Lot]
    parts: Parts
    missing: tuple[str, ...]
    is_declared: bool


@dataclass(frozen=True)
class Survey:
    """What a run's folder holds, without its records.

    missing: what keeps the log from being whole, one line a lot; lots that are declared and have
    not begun stand here and not in `lots`. damaged: the files that cannot be read, a line each.
    """

    configuration_hash: str
    lots: dict[int, Lot]
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


def gather(folder: Path, damaged: Damaged = "refuse") -> Gathered:
    """Join everything in the folder of a run, live, killed or merged.

    LogError if there is no log, parts are damaged, foreign or missing between others (all are
    named), or the parts contradict each other. What is skipped stands in the provenance.
    """
    reading = _read(folder, damaged, is_provenance_only=False)
    provenance = joined_provenance(reading.pieces, reading.lots)
    provenance.setdefault("configuration_hash", reading.configuration_hash)
    blocks, lines = reading.blocks, [damage.text for _, damage in reading.damages]
    if lines:
        blocks, unborn = _of_the_born(blocks)
        provenance["damaged"] = "\n".join([*lines, *unborn])
    if missing := reading.missing():
        provenance["missing"] = "\n".join(missing)
    return Gathered(
        join(blocks, is_whole=True),
        provenance,
        reading.lots,
        reading.parts,
        missing,
        bool(reading.declared.lots),
    )


def survey(folder: Path | str, *, damaged: Literal["refuse", "skip"] = "refuse") -> Survey | None:
    """How far each lot in the folder of a run has come; None where there is no log at all.

    damaged: "skip" reports damaged parts instead of refusing them; a lot with one counts only up
    to it, as it will when it is resumed. LogError as for `open_log`, but for contradictions between
    records, which it does not read.
    """
    folder = Path(folder)
    if not (folder / LOG_NAME).exists() and not list_parts(folder):
        return None
    reading = _read(folder, "refuse" if damaged == "refuse" else "cut", is_provenance_only=True)
    lines = tuple(damage.text for _, damage in reading.damages)
    return Survey(reading.configuration_hash, reading.lots, reading.missing(), lines)


def configuration_hash_in(folder: Path) -> str:
    """The configuration of a run: as its list of lots says, its log, or its first sound part.

    Empty where there is nothing sound at all. LogError if the list or the log is damaged.
    """
    if declared := declared_lots(folder):
        return declared.configuration_hash
    while True:
        parts = list_parts(folder)
        try:
            log: dict[str, Any] = {}
            if (folder / LOG_NAME).exists():
                log, _ = read_log_file(folder / LOG_NAME, is_provenance_only=True)
            return _hash_of(DeclaredLots("", {}), log, parts)
        except FileNotFoundError:
            continue  # merged meanwhile


def _read(folder: Path, damaged: Damaged, *, is_provenance_only: bool) -> _Reading:
    for attempt in range(20):
        try:
            reading = _read_once(folder, damaged, is_provenance_only)
        except FileNotFoundError:
            # A merge took parts away while we read; what they said is in log.h5 now.
            time.sleep(0.001 * attempt)
            continue
        if reading.damages and (damaged == "refuse" or not reading.configuration_hash):
            raise _refusal(folder, [damage for _, damage in reading.damages])
        return reading
    raise LogError(f"{folder} changes while it is read; try again when its run is merged")


def _read_once(folder: Path, damaged: Damaged, is_provenance_only: bool) -> _Reading:
    # Parts are listed before log.h5 is read, so that a merge in between loses nothing.
    parts = list_parts(folder)
    declared = declared_lots(folder)
    reading = _Reading(declared or DeclaredLots("", {}))
    log_path = folder / LOG_NAME
    merged: dict[int, Lot] = {}
    if log_path.exists():
        provenance, reading.blocks = read_log_file(log_path, is_provenance_only=is_provenance_only)
        reading.pieces.append(provenance)
        merged = lots_in(provenance)
        reading.lots |= merged
    elif not parts:
        raise LogError(f"{folder} holds no log: neither {LOG_NAME} nor parts of one")
    log = reading.pieces[0] if reading.pieces else {}
    reading.configuration_hash = _hash_of(reading.declared, log, parts)
    if log and log["configuration_hash"] != reading.configuration_hash:
        raise DamageError(
            f"{log_path} is foreign: it is of configuration {log['configuration_hash']}, and the"
            f" run's list of lots of {reading.configuration_hash}"
        )
    for lot, paths in parts.items():
        if declared is not None and lot not in declared.lots:
            reading.damages += [
                (lot, Damage(path, number, f"{path} is foreign: the run has no lot {lot}"))
                for number, path in paths.items()
            ]
            continue
        _read_lot(reading, folder, lot, paths, damaged, is_provenance_only)
    return reading


def _read_lot(
    reading: _Reading,
    folder: Path,
    lot: int,
    paths: dict[int, Path],
    damaged: Damaged,
    is_provenance_only: bool,
) -> None:
    state = reading.lots.get(lot, Lot())
    is_sound = True
    found = walk(
        folder,
        lot,
        paths,
        merged=state,
        configuration_hash=reading.configuration_hash,
        is_provenance_only=is_provenance_only,
    )
    for part in found:
        if isinstance(part, Damage):
            reading.damages.append((lot, part))
            is_sound = False
        elif is_sound or damaged != "cut":
            reading.pieces.append(part.provenance)
            reading.blocks.extend(part.blocks)
            reading.parts.setdefault(lot, {})[part.number] = part.path
            if is_sound:
                state = state.grown(part.number, part.provenance, part.digest)
    reading.lots[lot] = state


def _hash_of(declared: DeclaredLots, log: dict[str, Any], parts: Parts) -> str:
    if declared.lots:
        return declared.configuration_hash
    if log:
        return str(log["configuration_hash"])
    for paths in parts.values():
        for path in paths.values():
            try:
                return str(read_part_provenance(path)["configuration_hash"])
            except DamageError:
                continue
    return ""


def _refusal(folder: Path, damages: list[Damage]) -> DamageError:
    texts = [damage.text for damage in damages[:_SHOWN]]
    if len(damages) > _SHOWN:
        texts.append(f"and {len(damages) - _SHOWN} more")
    return DamageError(
        f'{"; ".join(texts)}. open_log("{folder}", damaged="skip") and `mortal inspect {folder}`'
        f" read the rest, `mortal resume {folder}` tells again what is lost"
    )


def _of_the_born(blocks: Iterable[Block]) -> tuple[list[Block], list[str]]:
    """Leave out the devices whose birth was in a damaged part; tell how many, by cohort."""
    blocks = list(blocks)
    born: dict[str, set[int]] = {}
    unborn: dict[str, set[int]] = {}
    for block in blocks:
        if block.table.name == "birth":
            born.setdefault(block.cohort, set()).update(block.serials.tolist())
    kept = []
    for block in blocks:
        known = np.isin(block.serials, list(born.get(block.cohort, ())))
        unborn.setdefault(block.cohort, set()).update(block.serials[~known].tolist())
        if known.any():
            kept.append(block.of(known))
    lines = [
        f"{len(serials)} devices of cohort {name!r} are left out: their birth is lost"
        for name, serials in sorted(unborn.items())
        if serials
    ]
    return kept, lines

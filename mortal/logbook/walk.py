"""Reading the parts of a lot in order: which are sound, which are damaged, foreign or lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mortal.errors import DamageError
from mortal.logbook.block import Block
from mortal.logbook.files import part_digest, read_part, read_part_provenance
from mortal.logbook.parts import part_path
from mortal.logbook.provenance import Lot

__all__ = ["Damage", "Part", "walk"]


@dataclass(frozen=True)
class Part:
    """A sound part: what it says, and the checksum by which the next part knows it."""

    path: Path
    number: int
    provenance: dict[str, Any]
    blocks: list[Block]
    digest: str


@dataclass(frozen=True)
class Damage:
    """A part that is not what was written, or is not there; `text` begins with its path."""

    path: Path
    number: int
    text: str


def walk(
    folder: Path,
    lot: int,
    paths: Mapping[int, Path],
    *,
    merged: Lot,
    configuration_hash: str,
    is_provenance_only: bool = False,
) -> Iterator[Part | Damage]:
    """Read the parts of one lot in order, each as a `Part` or as a `Damage`.

    A part says its lot, its number and the checksum of the part before it, so one that was lost or
    put in the place of another is seen. paths: by number, ascending. merged: how far the lot had
    come when the log was merged; its first parts may be gone, or left over from a killed merge.

    FileNotFoundError if a part went away, or came, since `paths` was listed: look again. LogError
    if one cannot be read at all (no permission).
    """
    digests = {merged.parts - 1: merged.digest} if merged.digest else {}
    expected = merged.parts
    for number, path in paths.items():
        if number > expected:
            lost = part_path(folder, lot, expected)
            if lost.exists():  # committed while the folder was being listed
                raise FileNotFoundError(lost)
            yield Damage(lost, expected, f"{lost} is missing, and later parts exist")
        expected = max(expected, number + 1)
        blocks: list[Block] = []
        try:
            digest = part_digest(path)
            if is_provenance_only:
                provenance = read_part_provenance(path)
            else:
                provenance, blocks = read_part(path)
        except DamageError as error:
            yield Damage(path, number, str(error))
            continue
        before = digests.get(number - 1) if number >= merged.parts else None
        if fault := _fault(provenance, lot, number, configuration_hash, before):
            yield Damage(path, number, f"{path} {fault}")
            continue
        if number >= merged.parts:
            digests[number] = digest
        yield Part(path, number, provenance, blocks, digest)


def _fault(
    said: Mapping[str, Any], lot: int, number: int, configuration_hash: str, before: str | None
) -> str:
    if said["configuration_hash"] != configuration_hash:
        return (
            "is foreign: parts of two configurations lie together:"
            f" {configuration_hash} and {said['configuration_hash']}"
        )
    if (int(said["lot"]), int(said["number"])) != (lot, number):
        return f"is foreign: it was written as part {said['number']} of lot {said['lot']}"
    if before is not None and said["previous"] not in ("", before):
        return "does not follow the part before it: one of the two was exchanged"
    return ""

"""Mending a lot: what is damaged is moved out of the way, never deleted, and told again."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mortal.logbook.durable import set_aside
from mortal.logbook.lots import DeclaredLots
from mortal.logbook.parts import list_parts
from mortal.logbook.provenance import Lot
from mortal.logbook.walk import Damage, Part, walk

__all__ = ["move_foreign_lots_aside", "sound_parts"]


def sound_parts(
    folder: Path, lot: int, merged: Lot, configuration_hash: str, notes: list[str]
) -> Iterator[Part]:
    """The parts of a lot up to the first damaged one, read one at a time.

    From that one on they are renamed: what is damaged to `NAME.damaged`, what follows to
    `NAME.set-aside`, because the lot's story is told again from there and must not have a hole
    behind it. A line about it goes to `notes`. Errors as in `walk`.
    """
    paths = list_parts(folder).get(lot, {})
    found = walk(folder, lot, paths, merged=merged, configuration_hash=configuration_hash)
    damages: list[Damage] = []
    for part in found:
        if isinstance(part, Damage):
            damages.append(part)
        elif not damages:
            yield part
    if not damages:
        return
    first = damages[0].number
    damaged = {damage.number for damage in damages}
    later = [number for number in paths if number >= first]
    # The last first: whatever stops us here, the next to resume finds the same first damage.
    for number in sorted(later, reverse=True):
        set_aside(paths[number], "damaged" if number in damaged else "set-aside")
    others = len([number for number in later if number not in damaged])
    texts = "; ".join(damage.text for damage in damages)
    notes.append(
        f"{texts}; moved aside"
        + (f" with {others} later part{'s' if others > 1 else ''}" if others else "")
        + f", and lot {lot} is told again from there"
    )


def move_foreign_lots_aside(folder: Path, declared: DeclaredLots, notes: list[str]) -> None:
    """Rename parts of lots that the run does not have to `NAME.damaged`, with a note for each."""
    for lot, paths in list_parts(folder).items():
        for path in paths.values() if lot not in declared.lots else ():
            with suppress(FileNotFoundError):  # another lot's writer was faster
                set_aside(path, "damaged")
                notes.append(f"{path} is foreign: the run has no lot {lot}; moved aside")

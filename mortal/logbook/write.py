"""The writer: each commit is one small new file, durable when `commit` returns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from mortal.errors import LogError
from mortal.logbook.block import Block, Identity
from mortal.logbook.durable import make_folder, place
from mortal.logbook.files import digest_of, part_digest, part_image, read_log_file, read_part
from mortal.logbook.gather import configuration_hash_in
from mortal.logbook.join import Log, join
from mortal.logbook.lots import DeclaredLots, declared_lots
from mortal.logbook.mend import move_foreign_lots_aside, sound_parts
from mortal.logbook.parts import LOG_NAME, list_parts, part_path, parts_folder, temporary_files
from mortal.logbook.provenance import Lot, lots_in, session
from mortal.logbook.record import Record, block_of

__all__ = ["Logbook"]


class Logbook:
    """Writes the log of one lot of a run. Holds no open file; make one with `create` or `resume`.

    Lots (shares of a run's devices) may write at the same time, each with its own `Logbook`, into
    one folder. Two writers of one lot, such as a worker given up for lost, do no harm as long as
    they say the same: no part is ever written over.
    """

    def __init__(self, folder: Path, lot: int, configuration_hash: str) -> None:
        self.folder = folder
        self.lot = lot
        self.configuration_hash = configuration_hash
        self.notes: tuple[str, ...] = ()
        self._declared = DeclaredLots("", {})
        self._state = Lot()
        self._merge_seen: tuple[int, ...] = ()
        self._where: dict[Identity, set[Path]] = defaultdict(set)

    @property
    def parts(self) -> int:
        """How many parts of the lot are committed, by this writer and those before it.

        A state saved when this was n holds what the first n parts say; it may be gone on from only
        while a resumed lot has that many.
        """
        return self._state.parts

    @property
    def last_sequence(self) -> int:
        """The highest sequence among the records committed, -1 before the first."""
        return self._state.last_sequence

    @classmethod
    def create(
        cls,
        folder: Path | str,
        *,
        configuration_text: str,
        configuration_hash: str,
        provenance: Mapping[str, Any] | None = None,
        lot: int = 0,
    ) -> "Logbook":
        """Begin the log of a lot that has none in this folder.

        configuration_text: the resolved YAML. configuration_hash: its hash, the same in every part.
        provenance: what to know of this session (versions, platform, backend, started), as text.
        LogError if the lot has a log, another configuration lies here, or nothing can be written.
        """
        book = cls(Path(folder), lot, configuration_hash)
        if book._look_around().parts or list_parts(book.folder).get(lot):
            raise LogError(
                f"{folder} already holds a log of lot {lot}; resume it or choose another folder"
            )
        book._begin(configuration_text, provenance or {})
        return book

    @classmethod
    def resume(
        cls,
        folder: Path | str,
        *,
        configuration_text: str,
        configuration_hash: str,
        provenance: Mapping[str, Any] | None = None,
        lot: int = 0,
    ) -> "Logbook":
        """Go on with the log of a lot, or begin it. Arguments and errors as in `create`.

        A part that is damaged, foreign or lost ends what can be gone on with: it and those after it
        are moved aside (`NAME.damaged`, `NAME.set-aside`), `notes` says so, and `parts` and
        `last_sequence` tell from where the story must be told again.
        """
        book = cls(Path(folder), lot, configuration_hash)
        while not book._recall():
            pass
        book._begin(configuration_text, provenance or {})
        return book

    def commit(self, records: Iterable[Record]) -> Path:
        """Write records as one part, all or none, and return its path once they are durable.

        A record committed before may come again if it says exactly the same. LogError if a record
        does not fit the layout, contradicts an earlier one, or the part cannot be written.
        """
        return self._write(list(records), {}, is_complete=False)

    def finish(self, provenance: Mapping[str, Any] | None = None) -> Path:
        """Say that the lot is complete, with last words of provenance such as `ended`."""
        return self._write([], session(provenance or {}), is_complete=True)

    def fail(self, reason: str, serials: Iterable[int] = ()) -> Path:
        """Say that the lot could not be finished, and why; a later success makes it complete.

        reason: it is kept as one line in `/provenance` under `failures`, with the lot's ranks, and
        the serials of the devices born in it or given.
        """
        line = " ".join(str(reason).split()) or "no reason was given"
        born = {key[0] for table, _, key in self._where if table == "birth"}
        who = self._declared.named(self.lot)
        if everyone := sorted({*born, *(int(serial) for serial in serials)}):
            who += f", serials {_ranges(everyone)}"
        said = {"failure": line, "failures": f"{who}: {line}"}
        return self._write([], said, is_complete=False)

    def _look_around(self) -> Lot:
        """How far the lot was merged; checks the configuration and the list of lots."""
        declared = declared_lots(self.folder)
        if declared is not None:
            self._declared = declared
            if self.lot not in declared.lots:
                raise LogError(f"{self.folder}: the run has no lot {self.lot}")
        found = configuration_hash_in(self.folder)
        if found not in ("", self.configuration_hash):
            raise LogError(
                f"{self.folder} holds the log of another configuration,"
                f" {found} and not {self.configuration_hash}"
            )
        try:
            merged, _ = read_log_file(self.folder / LOG_NAME, is_provenance_only=True)
        except FileNotFoundError:
            return Lot()
        return lots_in(merged).get(self.lot, Lot())

    def _recall(self) -> bool:
        """Read what the lot has logged; False if a merge took it away meanwhile."""
        state = merged = self._look_around()
        notes: list[str] = []
        try:
            if merged.parts:
                path = self.folder / LOG_NAME
                self._remember(join(read_log_file(path)[1], is_whole=False), path)
            for part in sound_parts(self.folder, self.lot, merged, self.configuration_hash, notes):
                self._remember(join(part.blocks, is_whole=False), part.path)
                state = state.grown(part.number, part.provenance, part.digest)
            if self._declared.lots:
                move_foreign_lots_aside(self.folder, self._declared, notes)
        except FileNotFoundError:
            return False
        self._state = state
        self.notes = tuple(notes)
        return True

    def _begin(self, configuration_text: str, provenance: Mapping[str, Any]) -> None:
        extra = session(provenance) | {"configuration": configuration_text}
        make_folder(self.folder)
        make_folder(parts_folder(self.folder))
        for leftover in temporary_files(self.folder, self.lot):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)
        self._write([], extra, is_complete=False)

    def _write(self, records: list[Record], extra: Mapping[str, str], *, is_complete: bool) -> Path:
        log = join([block_of(record) for record in records], is_whole=False)
        self._refuse_contradictions(log)
        provenance: dict[str, Any] = {
            **extra,
            "configuration_hash": self.configuration_hash,
            "lot": self.lot,
            "last_sequence": max((int(record.sequence) for record in records), default=-1),
            "is_complete": is_complete,
        }
        while True:
            self._notice_merge()
            number = self._state.parts
            own = {"number": number, "previous": self._state.digest}
            image = part_image(log, provenance | own)
            path = part_path(self.folder, self.lot, number)
            if not path.parent.is_dir():  # a merge of the live run may have taken it
                make_folder(path.parent)
            try:
                place(image, path)
            except FileExistsError:
                self._catch_up(path)
            else:
                break
        self._state = self._state.grown(number, provenance, digest_of(image))
        self._remember(log, path)
        return path

    def _notice_merge(self) -> None:
        """Go on behind what a merge of the live run has put into `log.h5`."""
        path = self.folder / LOG_NAME
        with suppress(FileNotFoundError):
            found = path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen != self._merge_seen:
                merged, _ = read_log_file(path, is_provenance_only=True)
                self._merge_seen = seen
                state = lots_in(merged).get(self.lot, Lot())
                if state.parts > self._state.parts:
                    self._state = state

    def _catch_up(self, path: Path) -> None:
        """Follow another writer of the lot, who has just taken the next number."""
        nothing = {"last_sequence": -1, "is_complete": False}
        with suppress(FileNotFoundError):  # merged meanwhile
            self._state = self._state.grown(self._state.parts, nothing, part_digest(path))

    def _remember(self, log: Log, path: Path) -> None:
        for block in _blocks(log):
            for identity in block.identities():
                self._where[identity].add(path)

    def _refuse_contradictions(self, log: Log) -> None:
        """Join what repeats earlier records with them, and let the join complain."""
        repeated = {
            path
            for block in _blocks(log)
            for identity in block.identities()
            for path in self._where.get(identity, ())
        }
        if repeated:
            tables = {(block.cohort, block.table.name) for block in _blocks(log)}
            earlier = [block for path in repeated for block in self._blocks_at(path)]
            earlier = [block for block in earlier if (block.cohort, block.table.name) in tables]
            join([*earlier, *_blocks(log)], is_whole=False)

    def _blocks_at(self, path: Path) -> list[Block]:
        try:
            return (read_log_file if path.name == LOG_NAME else read_part)(path)[1]
        except FileNotFoundError:  # merged meanwhile
            return read_log_file(self.folder / LOG_NAME)[1]


def _blocks(log: Log) -> list[Block]:
    return [block for cohort in log.values() for block in cohort.tables.values()]


def _ranges(numbers: list[int]) -> str:
    """Ascending numbers as people write them: `0-9, 100-109`."""
    edges = np.flatnonzero(np.diff(numbers) > 1) + 1
    runs = [run.tolist() for run in np.split(np.asarray(numbers), edges)]
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else f"{r[0]}" for r in runs)

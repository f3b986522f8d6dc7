"""The writer: each commit is one small new file, durable when `commit` returns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mortal.errors import LogError
from mortal.logbook.block import Block, Identity
from mortal.logbook.durable import make_folder, place
from mortal.logbook.files import part_image, read_log_file, read_part, read_part_provenance
from mortal.logbook.join import Log, join
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
        self._number = 0
        self._where: dict[Identity, set[Path]] = defaultdict(set)

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
        if book._look_around() is not None:
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
        """Go on with the log of a lot, or begin it. Arguments and errors as in `create`."""
        book = cls(Path(folder), lot, configuration_hash)
        following = book._look_around()
        if following is not None:
            book._number = following
            paths = list(list_parts(book.folder).get(lot, {}).values())
            if (book.folder / LOG_NAME).exists():
                paths.append(book.folder / LOG_NAME)
            for path in paths:
                book._remember(join(book._blocks_at(path), is_whole=False), path)
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

    def _look_around(self) -> int | None:
        """The number of this lot's next part, None if it has none; checks the configuration."""
        parts = list_parts(self.folder)
        log_path = self.folder / LOG_NAME
        merged = 0
        found: dict[str, Any] = {}
        try:
            if log_path.exists():
                found, _ = read_log_file(log_path, is_provenance_only=True)
                merged = lots_in(found).get(self.lot, Lot()).parts
            elif parts:
                # Any part will do: merging checks them all, and there may be thousands.
                found = read_part_provenance(next(iter(next(iter(parts.values())).values())))
        except FileNotFoundError:  # merged meanwhile
            return self._look_around()
        if found and found["configuration_hash"] != self.configuration_hash:
            raise LogError(
                f"{self.folder} holds the log of another configuration,"
                f" {found['configuration_hash']} and not {self.configuration_hash}"
            )
        return max([merged, *(number + 1 for number in parts.get(self.lot, ()))]) or None

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
        provenance = {
            **extra,
            "configuration_hash": self.configuration_hash,
            "last_sequence": max((int(record.sequence) for record in records), default=-1),
            "is_complete": is_complete,
        }
        image = part_image(log, provenance)
        if not parts_folder(self.folder).is_dir():  # a merge of the live run may have taken it
            make_folder(parts_folder(self.folder))
        while True:
            path = part_path(self.folder, self.lot, self._number)
            try:
                place(image, path)
            except FileExistsError:
                self._number += 1
            else:
                break
        self._number += 1
        self._remember(log, path)
        return path

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

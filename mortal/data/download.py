"""Fetching a known data set: over HTTP, checked against its checksums, never half written."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from mortal.data.catalogue import KNOWN_SETS, KnownFile, KnownSet
from mortal.data.folder import find_file
from mortal.data.idx import open_content
from mortal.data.names import known_or_refuse
from mortal.data.web import base_url, fetched_chunks
from mortal.errors import DataError

__all__ = ["Progress", "get"]

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, the bytes received so far, and all bytes where that is known."""

TIMEOUT = 30.0  # seconds
CHUNK = 1 << 20


def get(
    name: str,
    folder: str | os.PathLike[str],
    mirror: str | None = None,
    progress: Progress | None = None,
    *,
    known: Mapping[str, KnownSet] = KNOWN_SETS,
    timeout: float = TIMEOUT,
) -> tuple[Path, ...]:
    """Fetch the files of a known data set into `folder` and return their paths.

    A file that is there and has the right checksum is not fetched again; a damaged one is
    replaced. Each file is written under a temporary name, checked, and only then given its own,
    so an interrupted or wrong download leaves nothing behind. `mirror` is the URL of another
    folder (http or https) that holds files of the same names; `timeout` counts seconds without an
    answer. Raises `DataError` when the name is unknown, the mirror cannot be reached or sends
    other data, the folder cannot be written, or it holds another known set.
    """
    wanted = known[known_or_refuse("data set to fetch", name, known)]
    base = base_url(wanted.base if mirror is None else mirror)
    target = Path(folder).expanduser()
    is_new = not target.exists()
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{target} cannot be made a folder ({error.strerror}).") from error
    missing = []
    paths = []
    for file in wanted.files:
        present = find_file(target, file.name.removesuffix(".gz"))
        if present is not None and checksum(present, file) == file.md5:
            paths.append(present)
            continue
        if present is not None:
            _refuse_other_set(present, wanted, known)
        paths.append(target / file.name)
        missing.append(file)
    try:
        for file in missing:
            _fetch(f"{base}/{file.name}", target / file.name, file, progress, timeout)
    except DataError:
        if is_new:
            with contextlib.suppress(OSError):  # some files have come
                target.rmdir()
        raise
    return tuple(paths)


def checksum(path: Path, file: KnownFile) -> str | None:
    """Compute the MD5 that `file` declares, of a file on disk; None when its gzip is damaged."""
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with open_content(path) if file.of == "content" else path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    except (DataError, OSError):
        return None
    return digest.hexdigest()


def _refuse_other_set(present: Path, wanted: KnownSet, known: Mapping[str, KnownSet]) -> None:
    for other in known.values():
        if other == wanted:
            continue
        for file in other.files:
            namesake = find_file(present.parent, file.name.removesuffix(".gz"))
            if present == namesake and checksum(present, file) == file.md5:
                raise DataError(
                    f"{present} belongs to {other.name}, whose files have the same names; "
                    f"give {wanted.name} a folder of its own."
                )


def _fetch(
    url: str, path: Path, file: KnownFile, progress: Progress | None, timeout: float
) -> None:
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with (
            contextlib.closing(fetched_chunks(url, timeout)) as chunks,
            temporary.open("xb") as stream,
        ):
            received = 0
            for chunk, total in chunks:
                stream.write(chunk)
                received += len(chunk)
                if progress is not None:
                    progress(path.name, received, total)
            stream.flush()
            os.fsync(stream.fileno())
        found = checksum(temporary, file)
        if found != file.md5:
            what = "uncompressed content" if file.of == "content" else "file as published"
            origin = "" if file.is_verified else " (as cited, unverified)"
            raise DataError(
                f"{url} is not the file wanted: the MD5 of the {what} must be {file.md5}{origin}, "
                f"found {found or 'a damaged gzip file'}; nothing was kept, another mirror may "
                "help (`--mirror URL`)."
            )
        os.replace(temporary, path)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror or error}).") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)

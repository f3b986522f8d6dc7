"""Where a log comes from: the attributes of `/provenance`, which equality leaves out."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mortal.errors import LogError

__all__ = ["Lot", "joined_provenance", "lots_in", "session"]

_OWN = (
    *("configuration", "configuration_hash", "lot", "number", "previous", "last_sequence"),
    *("is_complete", "failure", "failures", "lots", "missing", "damaged"),
)


@dataclass(frozen=True)
class Lot:
    """How far a lot has come.

    parts: how many it has committed. last_sequence: the highest sequence among its records, -1
    before the first. is_complete: whether its writer said it was finished. failure: why it could
    not be, empty unless that is the last that was heard of it. digest: the checksum of its last
    part, by which the next one knows it.
    """

    parts: int = 0
    last_sequence: int = -1
    is_complete: bool = False
    failure: str = ""
    digest: str = field(default="", compare=False)

    def grown(self, number: int, provenance: Mapping[str, Any], digest: str) -> "Lot":
        """The lot with one more part, of that number."""
        is_last = number >= self.parts
        is_complete = self.is_complete or bool(provenance["is_complete"])
        failure = str(provenance.get("failure", "")) if is_last else self.failure
        return Lot(
            max(self.parts, number + 1),
            max(self.last_sequence, int(provenance["last_sequence"])),
            is_complete,
            "" if is_complete else failure,
            digest if is_last else self.digest,
        )


def session(given: Mapping[str, Any]) -> dict[str, str]:
    """What a caller says of one session (versions, platform, times), each as one line of text."""
    for key in given:
        if key in _OWN or not key or "/" in key:
            raise LogError(
                f"provenance cannot have an entry {key!r}, the log uses that name itself"
            )
    return {key: " ".join(str(value).split()) for key, value in given.items()}


def lots_in(merged: Mapping[str, Any]) -> dict[int, Lot]:
    """How far each lot had come when a log was merged."""
    return {int(lot): Lot(**known) for lot, known in json.loads(merged.get("lots", "{}")).items()}


def joined_provenance(
    pieces: Iterable[Mapping[str, Any]], lots: Mapping[int, Lot]
) -> dict[str, str]:
    """One provenance of many, in order: where sessions differ, each saying has its own line.

    They share one configuration hash.
    """
    lines: dict[str, dict[str, None]] = {}
    own: dict[str, str] = {}
    for piece in pieces:
        own["configuration_hash"] = piece["configuration_hash"]
        if "configuration" in piece:
            own.setdefault("configuration", piece["configuration"])
        for key, value in piece.items():
            if key not in _OWN or key == "failures":
                lines.setdefault(key, {}).update(dict.fromkeys(value.splitlines() or [""]))
    own["lots"] = json.dumps({str(lot): asdict(lots[lot]) for lot in sorted(lots)})
    return own | {key: "\n".join(values) for key, values in lines.items()}

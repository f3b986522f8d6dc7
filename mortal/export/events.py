"""Event files as TensorBoard reads them: records of protocol buffers, each with its checksums.

A record (tensorflow/core/lib/io/record_writer.h) is

    length (8 bytes)  crc(length) (4)  data  crc(data) (4),    little-endian

with crc the CRC-32C of RFC 3720, masked: rotated right by 15 bits, plus 0xa282ead8. The data is a
message Event (tensorflow/core/util/event.proto):

    1 wall_time double    2 step int64    3 file_version string    5 summary: Summary
    Summary: 1 value, repeated: Value      Value: 1 tag string, 2 simple_value float
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Scalar", "crc32c", "event", "record", "write_events"]

_FIXED64, _BYTES, _FIXED32 = 1, 2, 5
_POLYNOMIAL = 0x82F63B78
_VERSION = b"brain.Event:2"


@dataclass(frozen=True)
class Scalar:
    """One point of a curve: its tag, its step from 0, its value."""

    tag: str
    step: int
    value: float


def write_events(path: Path, scalars: Iterable[Scalar]) -> None:
    """Write a file of scalars; the time of each is its step, so that files are reproducible.

    Raises:
        OSError: it cannot be written.
    """
    head = record(_field(3, _BYTES, _VERSION))
    path.write_bytes(head + b"".join(record(event(scalar)) for scalar in scalars))


def event(scalar: Scalar) -> bytes:
    """Return the message of a scalar."""
    value = _field(1, _BYTES, scalar.tag.encode()) + _field(
        2, _FIXED32, struct.pack("<f", scalar.value)
    )
    when = b""  # what is zero stands for itself by its absence
    if scalar.step:
        time = struct.pack("<d", float(scalar.step))
        when = _field(1, _FIXED64, time) + _number(2 << 3) + _number(scalar.step)
    return when + _field(5, _BYTES, _field(1, _BYTES, value))


def record(data: bytes) -> bytes:
    """Return data as a record."""
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def _field(number: int, kind: int, content: bytes) -> bytes:
    size = _number(len(content)) if kind == _BYTES else b""
    return _number(number << 3 | kind) + size + content


def _number(value: int) -> bytes:
    """Return a whole number of 0 or more, seven bits a byte, the lowest first."""
    told = bytearray()
    while value > 0x7F:
        told.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(told) + bytes([value])


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_entry(byte) for byte in range(256)]

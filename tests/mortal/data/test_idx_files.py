"""IDX files are read as written, and every damaged form is told in one sentence."""

import gzip
import os
import tempfile
from pathlib import Path

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mortal.data import read_idx
from mortal.errors import DataError

# Written by hand after the format's description: zero, zero, type, dimensions, lengths, bytes.
LABELS = bytes.fromhex("00 00 08 01  00 00 00 03  07 02 ff")
IMAGES = bytes.fromhex("00 00 08 03  00 00 00 02  00 00 00 01  00 00 00 03  00 01 02 80 fe ff")


def encoded(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + array.tobytes()


def test_labels_written_by_hand_are_read(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(LABELS)
    labels = read_idx(path, dimensions=1)
    assert labels.dtype == np.uint8
    assert labels.tolist() == [7, 2, 255]


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_compression_is_told_by_content_not_by_name(tmp_path, name, is_compressed):
    path = tmp_path / name
    path.write_bytes(gzip.compress(IMAGES) if is_compressed else IMAGES)
    assert read_idx(path, dimensions=3).tolist() == [[[0, 1, 2]], [[128, 254, 255]]]
    assert read_idx(str(path), dimensions=3).shape == (2, 1, 3)


@settings(deadline=None, max_examples=50)
@given(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=4, max_side=9)),
    st.booleans(),
)
def test_any_array_comes_back_as_it_was(array, is_compressed):
    content = encoded(array)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array"
        path.write_bytes(gzip.compress(content, 1) if is_compressed else content)
        back = read_idx(path, dimensions=array.ndim)
    assert back.shape == array.shape
    assert (back == array).all()


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=40), st.sampled_from([b"", b"\0\0\x08\x01", b"\x1f\x8b\x08\0"]))
def test_no_bytes_whatever_raise_anything_but_a_data_error(content, start):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "noise"
        path.write_bytes(start + content)
        try:
            array = read_idx(path, dimensions=1)
        except DataError:
            return
    assert array.ndim == 1


def cut(content, removed):
    return content[:-removed]


DAMAGED = {
    "empty": (b"", "is empty"),
    "empty gzip": (gzip.compress(b""), "is empty"),
    "text": (b"<html>not found</html>", "not an IDX file: .* 3c 68 74 6d"),
    "one byte": (b"<", "not an IDX file"),
    "zip": (b"PK\x03\x04rest", "not an IDX file: .* 50 4b 03 04"),
    "cut in the magic": (IMAGES[:3], "cut short: it ends after 3 bytes"),
    "cut in the lengths": (IMAGES[:10], "cut short: it ends after 10 bytes"),
    "cut in the data": (cut(IMAGES, 2), "2 x 1 x 3 = 6 bytes of data, but 4 follow"),
    "no data": (IMAGES[:16], "6 bytes of data, but 0 follow"),
    "trailing byte": (IMAGES + b"\0", "bytes left over after the 2 x 1 x 3 = 6 bytes"),
    "trailing in gzip": (gzip.compress(IMAGES + b"\0"), "bytes left over"),
    "floats": (b"\0\0\x0d\x03" + IMAGES[4:], r"type 0x0d \(float32\); only 0x08"),
    "unknown type": (b"\0\0\x07\x03" + IMAGES[4:], r"type 0x07 \(unknown\)"),
    "labels": (LABELS, "has 1 dimensions, where 3 are needed"),
    "no images": (bytes.fromhex("00000803 00000000 0000001c 0000001c"), "no length may be 0"),
    "huge": (b"\0\0\x08\x03" + b"\xff" * 12, "cut short: its header declares"),
    "gzip cut": (cut(gzip.compress(IMAGES), 9), "damaged gzip"),
    "gzip without check sum": (cut(gzip.compress(IMAGES), 8), "damaged gzip"),
    "gzip with a wrong check sum": (gzip.compress(IMAGES)[:-8] + b"\0" * 8, "damaged gzip"),
    "gzip with broken blocks": (gzip.compress(IMAGES)[:10] + b"\xff" * 20, "damaged gzip"),
    "gzip with leftovers": (gzip.compress(IMAGES) + b"leftover", "damaged gzip"),
    "gzip header only": (b"\x1f\x8b", "damaged gzip"),
}


@pytest.mark.parametrize("form", DAMAGED)
def test_a_damaged_file_gives_one_sentence_that_names_it(tmp_path, form):
    content, message = DAMAGED[form]
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path, dimensions=3)
    said = str(caught.value)
    assert said.startswith(str(path))
    assert said.endswith(".")
    assert "\n" not in said


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="is a folder; a file is needed"):
        read_idx(tmp_path, dimensions=1)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_idx(tmp_path / "absent", dimensions=1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="no regular file"):
        read_idx(tmp_path / "pipe", dimensions=1)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything"
)
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    path = tmp_path / "closed"
    path.write_bytes(LABELS)
    path.chmod(0)
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(path, dimensions=1)

"""A full disk: one sentence with numbers, a log that is readable, and a run that goes on."""

import errno
import os
import shutil
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pytest
from log_story import WRITER, birth, exam, write_little

from mortal.errors import LogError
from mortal.logbook import Logbook, declare_lots, differences, merge, open_log, require_space, space
from mortal.logbook.space import in_bytes

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def book(tmp_path):
    book = Logbook.create(tmp_path, **WRITER)
    book.commit([birth(range(4)), exam(range(4), 1)])
    return book


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("call", ["open", "write", "fsync", "rename", "folder"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_write_that_fails_anywhere_is_told_with_numbers_and_loses_nothing(
    book, tmp_path, monkeypatch, call, code
):
    from mortal.logbook import durable

    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    before, log = files(tmp_path), open_log(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: Usage(10**6, 10**6 - 512, 512))
        if call == "open":
            patch.setattr(durable, "open", fail, raising=False)
        elif call == "write":
            patch.setattr(durable, "_fill", fail)
        elif call == "folder":
            patch.setattr(durable, "sync_folder", fail)
        else:
            patch.setattr(durable.os, call, fail)
            if call == "rename":  # the second way to name a file, where links fail
                patch.setattr(durable.os, "link", fail)
        with pytest.raises(LogError, match=r"cannot write .*0000-000002\.h5: ") as caught:
            book.commit([exam(range(4), 2)])
    assert ("kB and 512 B are free" in str(caught.value)) == (code != errno.EIO)
    assert "\n" not in str(caught.value)
    if call != "folder":  # there the part has its name already
        assert files(tmp_path) == before
        assert differences(log, tmp_path) == []
    book.commit([exam(range(4), 2)])
    assert open_log(tmp_path)["elders/exam_sequence"].values.tolist() == [1, 2]


def test_a_merge_without_room_is_refused_and_keeps_the_parts(tmp_path, monkeypatch):
    write_little(tmp_path)
    before, log = files(tmp_path), open_log(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: Usage(10**6, 10**6 - 99, 99))
        with pytest.raises(LogError, match=r"the merged log: .* kB are .* and 99 B are free"):
            merge(tmp_path)
    assert files(tmp_path) == before
    assert differences(log, merge(tmp_path)) == []


def test_room_is_asked_for_in_numbers(tmp_path, monkeypatch):
    require_space(tmp_path / "not" / "there" / "yet", 1, "a byte")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**10, 0, 1_500_000))
    require_space(tmp_path, 1_500_000, "the states")
    with pytest.raises(LogError, match=r"^no room for the states: 2\.5 GB .* 1\.5 MB are free"):
        require_space(tmp_path, 2_500_000_000, "the states")

    def unknown(_):
        raise PermissionError

    monkeypatch.setattr(shutil, "disk_usage", unknown)
    require_space(tmp_path, 10**18, "anything")
    assert space.free_space(tmp_path) is None


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 B"), (999, "999 B"), (12_345, "12.3 kB"), (4 * 10**12, "4 TB")]
)
def test_bytes_are_said_as_people_say_them(number, text):
    assert in_bytes(number) == text


FILL = """
import sys
sys.path.insert(0, sys.argv[2])
from log_story import WRITER, birth, exam
from mortal.errors import LogError
from mortal.logbook import Logbook
book = Logbook.resume(sys.argv[1], **WRITER)
book.commit([birth(range(200))])
sequence = 1
try:
    while sequence < int(sys.argv[3]):
        book.commit([exam(range(200), sequence)])
        print(sequence, flush=True)
        sequence += 1
except LogError as error:
    sys.exit(str(error))
"""


def write_on(folder, until):
    """Write exams in a process of its own; return the last acknowledged and how it ended."""
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(folder), os.path.dirname(__file__), str(until)],
        capture_output=True,
        text=True,
        check=False,
    )
    return int((done.stdout.split() or ["0"])[-1]), done


@pytest.fixture
def small_disk(tmp_path):
    """A real disk of one megabyte."""
    mount = shutil.which("mount")
    if mount is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_is_really_full_stops_the_run_and_more_room_lets_it_go_on(small_disk, tmp_path):
    folder = small_disk / "run"
    last, done = write_on(folder, 10**6)
    assert done.returncode == 1, done.stderr
    assert f"cannot write {folder}/parts/0000-" in done.stderr
    assert "No space left on device; it needs " in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert last > 3
    log = open_log(folder)["elders"]
    assert log["exam_sequence"].values.tolist() == list(range(1, last + 1))
    assert not np.isnan(log["exam_accuracy"].values).any()
    assert not list(folder.rglob("*.tmp"))
    with pytest.raises(LogError, match=r"need.* and .* are free"):
        Logbook.resume(folder, **WRITER).commit([exam(range(200), last + n) for n in range(1, 9)])
    with pytest.raises(LogError, match=r"need.* and .* are free"):
        merge(folder)
    assert open_log(folder)["elders"].sizes["exam"] == last
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    again, done = write_on(folder, last + 4)
    assert (again, done.returncode) == (last + 3, 0), done.stderr
    write_on(tmp_path / "roomy", last + 4)
    merge(folder)
    assert differences(folder, tmp_path / "roomy") == []


def test_a_limit_on_the_size_of_files_stops_a_merge_and_loses_nothing(tmp_path):
    resource = pytest.importorskip("resource")
    write_little(tmp_path)
    before, log = files(tmp_path), open_log(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
        with pytest.raises(LogError, match=r"cannot write .*log\.h5: .*it needs .* kB and .*free"):
            merge(tmp_path)
        with pytest.raises(LogError, match=r"cannot write .*lots\.json"):
            declare_lots(tmp_path, "c0ffee", {n: [("elders", n, n)] for n in range(1000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(tmp_path) == before
    assert differences(log, merge(tmp_path)) == []

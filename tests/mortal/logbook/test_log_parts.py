"""Parts: durable, never rewritten, the same whatever lots wrote them and however often."""

import errno
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from log_story import WRITER, birth, epoch, exam, life, write_life, write_little

from mortal.errors import LogError
from mortal.logbook import Logbook, differences, merge, open_log, survey


def part_files(folder):
    return sorted((folder / "parts").iterdir())


def begun(folder, lot=0, **changes):
    return Logbook.create(folder, lot=lot, **(WRITER | changes))


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path):
    script = Path(__file__).with_name("log_story.py")
    draw = random.Random(5)
    acknowledged = 0
    for _ in range(5):
        # It begins by repeating the last event that was acknowledged, as a resumed run may.
        with subprocess.Popen(
            [sys.executable, str(script), str(tmp_path), str(max(acknowledged, 1))],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            lines = [writer.stdout.readline()]
            time.sleep(draw.uniform(0, 0.1))
            writer.kill()
            lines += writer.stdout.readlines()
        acknowledged = int([line for line in lines if line.endswith("\n")][-1])
        elders = open_log(tmp_path)["elders"].to_dataset()
        found = elders.exam_sequence.values.tolist()
        assert found[:acknowledged] == list(range(1, acknowledged + 1))
        assert len(found) <= acknowledged + 1
        assert (elders.exam_present.values == 1).all()
    before = open_log(tmp_path)
    assert differences(before, merge(tmp_path)) == []


def test_half_a_part_under_a_temporary_name_is_passed_over_and_swept_up(tmp_path):
    book = begun(tmp_path)
    whole = book.commit([birth([1]), exam([1], 1)])
    half = whole.with_name(".0000-000002.h5.0123abcd.tmp")
    half.write_bytes(whole.read_bytes()[:1000])
    (tmp_path / "parts" / "notes.txt").write_text("mine")
    assert open_log(tmp_path)["elders"].sizes["exam"] == 1
    Logbook.resume(tmp_path, **WRITER)
    assert not half.exists()
    assert (tmp_path / "parts" / "notes.txt").exists()


@pytest.mark.parametrize("damage", ["truncated", "flipped", "emptied", "replaced"])
def test_a_damaged_part_is_named(tmp_path, damage):
    book = begun(tmp_path)
    path = book.commit([birth([1]), exam([1], 1)])
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(
        {
            "truncated": data[:-900],
            "flipped": data,
            "emptied": b"",
            "replaced": b"not a part" * 100,
        }[damage]
    )
    for reader in (open_log, merge, survey):
        with pytest.raises(LogError, match=r"0000-000001\.h5 is damaged"):
            reader(tmp_path)
    assert path.exists()


def test_a_missing_part_is_named(tmp_path):
    book = begun(tmp_path)
    path = book.commit([birth([1])])
    book.commit([exam([1], 1)])
    path.unlink()
    for reader in (open_log, merge, survey):
        with pytest.raises(LogError, match=r"0000-000001\.h5 is missing"):
            reader(tmp_path)


def test_a_part_is_an_hdf5_file_like_any_other_and_holds_no_time(tmp_path):
    paths = []
    for name in ("first", "second"):
        paths.append(begun(tmp_path / name).commit([birth([1]), exam([1], 1)]))
        time.sleep(1.1 if name == "first" else 0)  # HDF5 counts time in whole seconds
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with h5py.File(paths[0]) as file:
        assert file["elders/exam_sequence"][()].tolist() == [1]


def test_lots_join_into_what_one_writer_would_have_written(tmp_path):
    write_life(tmp_path / "one", serials=range(6))
    write_life(tmp_path / "lots", lot=1, serials=[5, 3, 4])
    write_life(tmp_path / "lots", lot=0, serials=[0, 1, 2])
    assert differences(tmp_path / "one", tmp_path / "lots") == []
    exams = open_log(tmp_path / "lots")["elders"].to_dataset()
    assert exams.sizes == {
        "device": 6, "array": 2, "exam": 2, "answer": 2, "class": 3, "epoch": 3, "ageing": 1,
    }  # fmt: skip
    merge(tmp_path / "lots")
    assert differences(tmp_path / "one", tmp_path / "lots") == []
    assert set(survey(tmp_path / "lots").lots) == {0, 1}


def test_order_of_serials_in_a_record_does_not_matter(tmp_path):
    serials = [5, 2, 9]
    for name, order in (("one", serials), ("two", sorted(serials))):
        begun(tmp_path / name).commit([birth(order), exam(order, 1)])
    assert differences(tmp_path / "one", tmp_path / "two") == []


def test_repeating_a_commit_changes_nothing(tmp_path):
    write_life(tmp_path / "once")
    write_life(tmp_path / "again")
    book = Logbook.resume(tmp_path / "again", **WRITER)
    for records in life(*([base + s for s in range(4)] for base in (0, 20, 40))):
        book.commit(records)
    assert differences(tmp_path / "once", tmp_path / "again") == []


@pytest.mark.parametrize("session", ["same", "resumed", "merged"])
def test_a_contradiction_is_refused_before_it_is_written(tmp_path, session):
    book = begun(tmp_path)
    book.commit([birth(range(4)), exam(range(4), 1)])
    if session == "merged":
        merge(tmp_path)
    if session != "same":
        book = Logbook.resume(tmp_path, **WRITER)
    before = list(tmp_path.rglob("*"))
    with pytest.raises(LogError, match=r"exam 1 .* different accuracy for device 2"):
        book.commit([exam([2], 1, accuracy=[0.5])])
    with pytest.raises(LogError, match="different pulses for device 3"):
        book.commit([exam([3], 1, pulses=1)])
    with pytest.raises(LogError, match=r"birth of cohort 'elders' .* different sequence"):
        book.commit([birth([0], sequence=5)])
    assert list(tmp_path.rglob("*")) == before
    book.commit([exam(range(4), 1)])
    assert open_log(tmp_path)["elders"].sizes["exam"] == 1


def test_a_contradiction_within_a_commit_is_refused(tmp_path):
    with pytest.raises(LogError, match="recorded twice with different loss"):
        begun(tmp_path).commit([exam([2, 3], 1), exam([3, 4], 1, loss=0.25)])


def test_lots_that_contradict_each_other_are_refused_when_opened(tmp_path):
    begun(tmp_path).commit([birth([0]), exam([0], 1)])
    begun(tmp_path, lot=1).commit([birth([0]), exam([0], 1, accuracy=np.nan)])
    with pytest.raises(LogError, match="exam 1 of cohort 'elders' was recorded twice"):
        open_log(tmp_path)


def test_minus_zero_is_not_zero_and_nan_is_nan(tmp_path):
    book = begun(tmp_path)
    book.commit([birth([0, 1]), exam([0, 1], 1, loss=[0.0, np.nan])])
    book.commit([exam([0, 1], 1, loss=[0.0, np.nan])])
    with pytest.raises(LogError, match="different loss for device 0"):
        book.commit([exam([0, 1], 1, loss=[-0.0, np.nan])])


def test_a_serial_lives_in_one_cohort_and_is_born_before_it_acts(tmp_path):
    book = begun(tmp_path)
    book.commit([exam([7], 1)])
    with pytest.raises(LogError, match="device 7 of cohort 'elders' has a record of exam"):
        open_log(tmp_path)
    book.commit([birth([7]), birth([7], cohort="heirs")])
    with pytest.raises(LogError, match="device 7 was born in 'elders' and in 'heirs'"):
        open_log(tmp_path)


def test_two_writers_of_one_lot_do_not_overwrite_each_other(tmp_path):
    first = begun(tmp_path)
    second = Logbook.resume(tmp_path, **WRITER)
    for sequence in range(1, 4):
        for book in (first, second):
            book.commit([birth([1]), exam([1], sequence)])
    assert open_log(tmp_path)["elders/exam_sequence"].values.tolist() == [1, 2, 3]
    assert survey(tmp_path).lots[0].parts == 8


def test_epochs_of_one_step_are_told_apart_by_their_number(tmp_path):
    begun(tmp_path).commit([birth([1]), *(epoch([1], 5, number) for number in (3, 1, 2))])
    assert open_log(tmp_path)["elders/epoch_number"].values.tolist() == [1, 2, 3]


def test_a_run_merged_before_its_end_goes_on(tmp_path):
    commits = [[birth([1, 2])], *([exam([1, 2], sequence)] for sequence in range(1, 5))]
    book = begun(tmp_path / "straight")
    for records in commits:
        book.commit(records)
    book = begun(tmp_path / "bent")
    for records in commits[:2]:
        book.commit(records)
    merge(tmp_path / "bent")
    book.commit(commits[2])  # the living writer need not know
    merge(tmp_path / "bent")
    book = Logbook.resume(tmp_path / "bent", **WRITER)
    for records in commits[1:]:
        book.commit(records)
    book.finish()
    assert differences(tmp_path / "straight", tmp_path / "bent") == []
    merge(tmp_path / "bent")
    assert differences(tmp_path / "straight", tmp_path / "bent") == []
    assert os.listdir(tmp_path / "bent") == ["log.h5"]


def test_a_merge_killed_before_it_swept_up_is_harmless(tmp_path):
    write_little(tmp_path)
    shutil.copytree(tmp_path / "parts", tmp_path / "kept")
    before = open_log(tmp_path)
    merge(tmp_path)
    (tmp_path / "kept" / "0000-000002.h5").unlink()
    (tmp_path / "kept").rename(tmp_path / "parts")
    assert differences(before, tmp_path) == []
    merge(tmp_path)
    assert differences(before, tmp_path) == []
    assert not (tmp_path / "parts").exists()


def test_merging_again_leaves_the_file_alone(tmp_path):
    write_little(tmp_path)
    path = merge(tmp_path)
    first = path.read_bytes()
    assert merge(tmp_path) == path
    assert path.read_bytes() == first


def test_a_merge_that_does_not_read_back_equal_keeps_the_parts(tmp_path, monkeypatch):
    write_little(tmp_path)
    before = part_files(tmp_path)
    module = sys.modules["mortal.logbook.merge"]
    monkeypatch.setattr(module, "differences", lambda *_: ["/elders: changed"])
    with pytest.raises(LogError, match="differs from its parts: /elders: changed"):
        merge(tmp_path)
    assert part_files(tmp_path) == before
    assert os.listdir(tmp_path) == ["parts"]


def test_a_full_disk_is_one_sentence_and_leaves_no_rubbish(tmp_path):
    resource = pytest.importorskip("resource")
    book = begun(tmp_path)
    book.commit([birth([1])])
    before = part_files(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(LogError, match=r"cannot write .*0000-000002\.h5: ") as caught:
            book.commit([exam([1], 1)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.__cause__.errno == errno.EFBIG
    assert part_files(tmp_path) == before
    book.commit([exam([1], 1)])
    assert open_log(tmp_path)["elders"].sizes["exam"] == 1


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LogError, match="cannot make the folder"):
        begun(tmp_path / "file" / "run")
    with pytest.raises(LogError, match="cannot make the folder"):
        begun(tmp_path / "file")


def test_file_systems_without_hard_links_never_overwrite_either(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    test_two_writers_of_one_lot_do_not_overwrite_each_other(tmp_path)

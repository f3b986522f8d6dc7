"""What the log refuses, each in one sentence that tells what would do; and what it surveys."""

import dataclasses

import h5py
import numpy as np
import pytest
from log_story import WRITER, ageing, answer, birth, epoch, exam, write_little

from mortal.errors import LogError
from mortal.logbook import Logbook, Lot, Record, differences, merge, open_log, survey


@pytest.fixture
def book(tmp_path):
    return Logbook.create(tmp_path, **WRITER)


def lacking(record, name):
    return dataclasses.replace(
        record,
        event={key: value for key, value in record.event.items() if key != name},
        devices={key: value for key, value in record.devices.items() if key != name},
    )


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (Record("exm", "elders", 1, [1]), "no table 'exm' in the log; did you mean 'exam'"),
        (exam([1], 1, acuracy=1.0), "no column 'acuracy' in devices; did you mean 'accuracy'"),
        (lacking(exam([1], 1), "loss"), "exam 1 of cohort 'elders': devices lacks loss"),
        (lacking(exam([1], 1), "chance"), "event lacks chance"),
        (exam([1, 2], 1, loss=[1.0] * 3), r"loss has shape \[3\], and \[device\] is \[2\]"),
        (exam([1], 1, wear_mean=0.5), r"wear_mean has shape \[\], and \[device, array\] is \[1, 2"),
        (exam([1], 1, pulses=[1.5]), "pulses is float64, and the log keeps int64"),
        (exam([1], 1, pulses=np.array([2**63], np.uint64)), "pulses lies outside"),
        (exam([1], 1, accuracy=["good"]), "accuracy is <U4, and the log keeps float64"),
        (exam([1], 1, accuracy=[1j]), "accuracy is complex128"),
        (exam([1], 1, accuracy=[None]), "accuracy is object"),
        (exam([1, 2], 1, accuracy=[[1.0], [1.0, 2.0]]), "no array that NumPy can read"),
        (exam([1], 1, alive=2), "alive lies outside -1..1"),
        (epoch([1], 1, 1, kind="lecture"), "kind says 'lecture', and it is one of: train, distil"),
        (exam([1, 1], 1), "not negative and each stands once"),
        (exam([-1], 1), "not negative and each stands once"),
        (exam([], 1), "at least one"),
        (exam([1.0], 1), "serials are whole numbers"),
        (exam([1], -1), "the sequence is not negative"),
        (exam([1], 1.5), "the sequence is a whole number"),
        (dataclasses.replace(exam([1], 1), arrays=()), "its arrays need names"),
        (exam([1], 1, cohort="devices"), "a cohort cannot be called 'devices'"),
        (exam([1], 1, cohort="a/b"), "a cohort cannot be called 'a/b'"),
        (ageing([1], 1, cohort=""), "a cohort cannot be called ''"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_whole(book, tmp_path, record, sentence):
    before = list(tmp_path.rglob("*"))
    with pytest.raises(LogError, match=sentence) as caught:
        book.commit([birth([1, 2]), record])
    assert "\n" not in str(caught.value)
    assert list(tmp_path.rglob("*")) == before


def test_arrays_of_a_cohort_do_not_change(book, tmp_path):
    book.commit([birth([1])])
    book.commit([dataclasses.replace(exam([1], 1), arrays=("layer1", "layer3"))])
    with pytest.raises(LogError, match="arrays of cohort 'elders' are layer1, läyer2 in one"):
        open_log(tmp_path)


def test_a_record_does_not_follow_the_callers_arrays(book, tmp_path):
    accuracy = np.array([0.5])
    book.commit([birth([1]), exam([1], 1, accuracy=accuracy)])
    accuracy[:] = 0
    assert open_log(tmp_path)["elders/exam_accuracy"].values.item() == 0.5


def test_a_folder_without_a_log_is_one_sentence(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(LogError, match="holds no log"):
            open_log(place)
        with pytest.raises(LogError, match="holds no log"):
            merge(place)
        assert survey(place) is None


@pytest.mark.parametrize("content", ["text", "foreign", "truncated", "flipped"])
def test_a_file_that_is_no_log_or_damaged_is_named(tmp_path, content):
    write_little(tmp_path)
    path = merge(tmp_path)
    data = bytearray(path.read_bytes())
    if content == "text":
        path.write_text("hello")
    elif content == "foreign":
        with h5py.File(path, "w") as file:
            file["x"] = 1
    elif content == "truncated":
        path.write_bytes(data[: len(data) // 2])
    else:
        with h5py.File(path) as file:
            offset = file["elders/exam_accuracy"].id.get_chunk_info(0).byte_offset
        data[offset + 4] ^= 1
        path.write_bytes(data)
    for place in (path, tmp_path):
        with pytest.raises(LogError, match=r"log\.h5 is damaged"):
            open_log(place)


def test_answers_with_another_number_of_classes_are_refused(tmp_path):
    book = Logbook.create(tmp_path, **WRITER)
    book.commit([birth([0])])
    book.commit([answer([0], 1, 0)])
    book.commit([answer([0], 1, 1, classes=2)])
    with pytest.raises(LogError, match="'elders' answers with 2 classes in one record and 3 in"):
        open_log(tmp_path)


def test_a_folder_of_another_configuration_is_refused(book, tmp_path):
    book.commit([birth([1])])
    for begin in (Logbook.create, Logbook.resume):
        with pytest.raises(LogError, match="another configuration, c0ffee and not beef"):
            begin(tmp_path, configuration_text="x", configuration_hash="beef", lot=1)
    merge(tmp_path)
    with pytest.raises(LogError, match="another configuration"):
        Logbook.resume(tmp_path, configuration_text="x", configuration_hash="beef")


def test_parts_of_two_configurations_are_not_merged(book, tmp_path):
    other = Logbook.create(
        tmp_path / "other", configuration_text="", configuration_hash="beef", lot=1
    )
    path = other.commit([])
    for stray in path.parent.iterdir():
        stray.rename(tmp_path / "parts" / stray.name)
    for reader in (merge, open_log, survey):
        with pytest.raises(LogError, match="two configurations lie together: c0ffee and beef"):
            reader(tmp_path)


def test_a_lot_is_created_once(book, tmp_path):
    with pytest.raises(LogError, match="already holds a log of lot 0"):
        Logbook.create(tmp_path, **WRITER)
    merge(tmp_path)
    with pytest.raises(LogError, match="already holds a log of lot 0"):
        Logbook.create(tmp_path, **WRITER)
    Logbook.create(tmp_path, lot=1, **WRITER)


def test_a_survey_tells_how_far_each_lot_has_come(tmp_path):
    write_little(tmp_path, lot=0, serials=[0])
    other = Logbook.create(tmp_path, lot=3, **WRITER)
    other.commit([birth([1]), exam([1], 2)])
    expected = {0: Lot(5, 2, True), 3: Lot(2, 2, False)}
    assert survey(tmp_path).configuration_hash == "c0ffee"
    assert survey(tmp_path).lots == expected
    merge(tmp_path)
    assert survey(tmp_path).lots == expected
    other.finish()
    assert survey(tmp_path).lots[3] == Lot(3, 2, True)


def test_provenance_keeps_what_every_session_said(tmp_path):
    for lot, version in ((0, "1.0"), (1, "1.1")):
        said = {"numpy": "2.4", "version": version, "note": "two\nlines"}
        write_little(tmp_path, lot, [lot], provenance=said)
    for place in (tmp_path, merge(tmp_path)):
        attributes = open_log(place)["provenance"].attrs
        assert attributes["numpy"] == "2.4"
        assert attributes["version"] == "1.0\n1.1"
        assert attributes["note"] == "two lines"
        assert attributes["ended"] == "by lot 0\nby lot 1"
        assert attributes["configuration"] == WRITER["configuration_text"]
        assert attributes["configuration_hash"] == "c0ffee"


def test_provenance_may_not_take_the_names_of_the_log(tmp_path):
    with pytest.raises(LogError, match="cannot have an entry 'lots'"):
        Logbook.create(tmp_path, provenance={"lots": 3}, **WRITER)


def test_differences_are_told_one_by_one(tmp_path):
    for name, loss in (("one", 0.5), ("two", 0.25)):
        book = Logbook.create(tmp_path / name, provenance={"place": name}, **WRITER)
        book.commit([birth([1, 2]), exam([1, 2], 1, loss=[0.125, loss])])
        if name == "two":
            book.commit([birth([3], cohort="heirs")])
    found = differences(tmp_path / "one", tmp_path / "two")
    assert "/heirs: only in the second log" in found
    assert any(
        line.startswith("/elders/exam_loss: 1 of 2 values differ, first at [0, 1]")
        for line in found
    )
    assert any(line.startswith("/devices/serial: shapes (2,) and (3,)") for line in found)
    tree = open_log(tmp_path / "one")
    tree["elders/exam_loss"].attrs["units"] = "nat"
    assert differences(tree, tmp_path / "one") == ["/elders/exam_loss: attributes differ"]


def test_opening_reads_everything_and_holds_no_file(tmp_path):
    write_little(tmp_path)
    tree = open_log(merge(tmp_path))
    (tmp_path / "log.h5").unlink()
    assert tree["elders/exam_accuracy"].values.shape == (2, 4)


def test_xarray_waits_until_a_log_is_opened():
    import subprocess
    import sys

    code = "import sys, mortal.logbook; sys.exit('xarray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

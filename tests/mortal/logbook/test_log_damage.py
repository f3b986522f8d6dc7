"""Damage: truncated, flipped, exchanged, foreign and lost parts are named, the rest is read."""

import random
import shutil
import sys

import h5py
import pytest
import xarray
from log_story import WRITER, birth, copy, exam, write_life, write_little

from mortal.errors import DamageError, LogError
from mortal.logbook import (
    Logbook,
    declare_lots,
    differences,
    merge,
    open_log,
    survey,
)


def part(folder, number, lot=0):
    return folder / "parts" / f"{lot:04d}-{number:06d}.h5"


def tell(book):
    """The story of a lot, from wherever the book stands: what is there already may come again."""
    serials = range(4)
    book.commit([birth(serials)])
    for sequence in range(1, 6):
        book.commit([exam(serials, sequence)])


@pytest.fixture
def folder(tmp_path):
    """A lot in full: part 0 begins it, 1 is the birth, 2 to 6 are exams, 7 ends it."""
    book = Logbook.create(tmp_path / "run", **WRITER)
    tell(book)
    book.finish()
    shutil.copytree(tmp_path / "run", tmp_path / "whole")
    return tmp_path / "run"


def damaged(path, kind, tmp_path):
    """Do something bad to a part."""
    data = bytearray(path.read_bytes())
    if kind == "truncated":
        path.write_bytes(data[:-1])
    elif kind == "flipped":
        data[len(data) * 2 // 3] ^= 4
        path.write_bytes(data)
    elif kind == "emptied":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("not HDF5")
    elif kind == "no part":
        with h5py.File(path, "w") as file:
            file["x"] = 1
    elif kind == "lost":
        path.unlink()
    else:
        other = tmp_path / kind
        hash_ = "beef" if kind == "another configuration" else WRITER["configuration_hash"]
        book = Logbook.create(other, configuration_text="", configuration_hash=hash_, lot=0)
        for sequence in range(3, 9):  # as long as the part's own lot, and another story
            book.commit([birth(range(4)), exam(range(4), sequence)])
        source = part(other, 1 if kind == "another number" else int(path.stem.split("-")[1]))
        shutil.copy(source, path)


KINDS = {
    "truncated": "is damaged",
    "flipped": "is damaged",
    "emptied": "is damaged",
    "text": "is damaged",
    "no part": "is damaged",
    "lost": "is missing, and later parts exist",
    "another configuration": "is foreign: parts of two configurations lie together: c0ffee and",
    "another number": "is foreign: it was written as part 1 of lot 0",
    "another run": "does not follow the part before it: one of the two was exchanged",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_part_is_named_and_the_rest_is_readable(folder, tmp_path, kind):
    damaged(part(folder, 3), kind, tmp_path)
    for reader in (open_log, merge, survey):
        with pytest.raises(DamageError) as caught:
            reader(folder)
        assert f"0000-000003.h5 {KINDS[kind]}" in str(caught.value)
        assert 'damaged="skip"' in str(caught.value)
    log = open_log(folder, damaged="skip")
    assert f"0000-000003.h5 {KINDS[kind]}" in log["provenance"].attrs["damaged"]
    found = log["elders/exam_sequence"].values.tolist()
    # What follows an exchanged part does not follow it, but is sound in itself.
    assert found in ([1, 3, 4, 5], [1, 4, 5]), found
    whole = open_log(tmp_path / "whole")["elders"]
    for row, sequence in enumerate(found):
        expected = whole["exam_accuracy"].values[sequence - 1]
        assert (log["elders/exam_accuracy"].values[row] == expected).all()
    seen = survey(folder, damaged="skip")
    assert len(seen.damaged) >= 1
    assert (seen.lots[0].parts, seen.lots[0].is_complete) == (3, False)
    assert seen.missing == ("lot 0 is damaged from part 3 on",)


@pytest.mark.parametrize(
    ("kind", "number"),
    [(kind, n) for kind in KINDS for n in (0, 3, 6) if (kind, n) != ("another number", 0)],
)
def test_a_lot_with_a_bad_part_is_mended_by_telling_it_again(folder, tmp_path, kind, number):
    if (kind, number) == ("another configuration", 0):  # else nobody knows which one is foreign
        declare_lots(folder, WRITER["configuration_hash"], {0: [("elders", 0, 3)]})
    damaged(part(folder, number), kind, tmp_path)
    before = {path.read_bytes() for path in (folder / "parts").iterdir()}
    book = Logbook.resume(folder, **WRITER)
    assert len(book.notes) == 1
    # A first part follows none, and another session's is as good: the second does not follow it.
    first = 1 if (kind, number) == ("another run", 0) else number
    assert f"{first:06d}.h5" in book.notes[0]
    assert book.parts == first + 1
    assert "told again from there" in book.notes[0]
    assert book.last_sequence <= max(0, number - 1)
    assert survey(folder).missing  # it has to be told before it is whole again
    tell(book)
    book.finish()
    after = {path.read_bytes() for path in (folder / "parts").iterdir()}
    assert before <= after, "nothing is ever deleted"
    assert differences(folder, tmp_path / "whole") == []
    assert "damaged" not in open_log(folder)["provenance"].attrs
    assert Logbook.resume(folder, **WRITER).notes == ()
    merge(folder)
    assert differences(folder, tmp_path / "whole") == []


def test_a_mending_that_is_killed_is_taken_up(folder, tmp_path, monkeypatch):
    from mortal.logbook import mend

    damaged(part(folder, 3), "flipped", tmp_path)
    real, calls = mend.set_aside, []

    def dies_at_the_second(path, why):
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(path, why)

    monkeypatch.setattr(mend, "set_aside", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        Logbook.resume(folder, **WRITER)
    with pytest.raises(DamageError, match=r"000003\.h5 is damaged"):
        open_log(folder)
    monkeypatch.undo()
    book = Logbook.resume(folder, **WRITER)
    assert book.last_sequence == 1
    tell(book)
    assert differences(folder, tmp_path / "whole") == []


def test_every_bad_file_is_named_at_once(folder, tmp_path):
    write_little(folder, lot=1, serials=range(10, 14))
    damaged(part(folder, 2), "flipped", tmp_path)
    damaged(part(folder, 5), "lost", tmp_path)
    damaged(part(folder, 1, lot=1), "truncated", tmp_path)
    with pytest.raises(DamageError) as caught:
        open_log(folder)
    for name in ("0000-000002", "0000-000005", "0001-000001"):
        assert f"{name}.h5 is " in str(caught.value)
    assert "\n" not in str(caught.value)
    log = open_log(folder, damaged="skip")
    assert log["provenance"].attrs["damaged"].splitlines()[-1] == (
        "4 devices of cohort 'elders' are left out: their birth is lost"
    )
    assert log["elders/serial"].values.tolist() == [0, 1, 2, 3]


def test_a_partial_merge_stops_each_lot_before_its_damage(folder, tmp_path):
    write_little(folder, lot=1, serials=range(10, 14))
    damaged(part(folder, 3), "flipped", tmp_path)
    merge(folder, partial=True)
    log = open_log(folder / "log.h5")
    assert log["elders/exam_present"].values[:, 0].tolist() == [1, 0]
    assert log["elders/exam_present"].values[:, 4].tolist() == [1, 1]
    assert "0000-000003.h5 is damaged" in log["provenance"].attrs["damaged"]
    assert "lot 0 is damaged from part 3 on" in log["provenance"].attrs["missing"]
    assert [path.name[5:11] for path in sorted((folder / "parts").iterdir())] == [
        f"{number:06d}" for number in range(3, 8)
    ]
    tell(Logbook.resume(folder, **WRITER))
    merge(folder)
    expected = open_log(tmp_path / "whole")["elders/exam_accuracy"].values
    found = open_log(folder)["elders"].sel(device=slice(0, 4))["exam_accuracy"].values
    assert (found == expected).all()
    assert "damaged" not in open_log(folder)["provenance"].attrs


def test_a_folder_in_which_nothing_is_sound_is_refused(folder, tmp_path):
    for path in (folder / "parts").iterdir():
        path.write_bytes(b"")
    for way in ("refuse", "skip"):
        with pytest.raises(DamageError, match=r"0000-000007\.h5 is damaged"):
            open_log(folder, damaged=way)
    with pytest.raises(LogError, match="damaged is"):
        open_log(folder, damaged="ignore")


def test_no_flipped_bit_of_a_merged_log_goes_unseen(tmp_path):
    write_life(tmp_path / "run", provenance={"note": "wörds"})
    path = merge(tmp_path / "run")
    before, data = open_log(path), path.read_bytes()
    draw = random.Random(4)
    places = [draw.randrange(len(data)) for _ in range(300)] + list(
        range(len(data) - 105, len(data))
    )
    refused = 0
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        try:
            found = open_log(path)
        except DamageError as error:
            refused += f"{path} is damaged" in str(error)
        else:
            assert differences(before, found) == [], place
    print(f"{refused} of {len(places)} flips refused")
    assert refused == len(places), "no byte of the file is free to change"
    for length in (0, 1, 200, len(data) // 2, len(data) - 103, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(DamageError, match=r"log\.h5 is damaged"):
            open_log(tmp_path / "run")


def test_no_flipped_bit_of_a_part_goes_unseen(folder):
    path = part(folder, 3)
    before, data = open_log(folder), path.read_bytes()
    draw = random.Random(6)
    refused = equal = 0
    for _ in range(80):
        changed = bytearray(data)
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        try:
            found = open_log(folder)
        except DamageError as error:
            refused += f"{path} is damaged" in str(error)
        else:  # padding of the seal
            assert differences(before, found) == []
            equal += 1
    assert refused + equal == 80
    assert refused > 60, refused


def test_a_merged_log_that_is_damaged_is_refused_by_name_everywhere(folder):
    path = merge(folder)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    for attempt in (
        lambda: open_log(folder, damaged="skip"),
        lambda: merge(folder, partial=True),
        lambda: survey(folder, damaged="skip"),
        lambda: Logbook.resume(folder, **WRITER),
    ):
        with pytest.raises(DamageError, match=r"log\.h5 is damaged"):
            attempt()


def test_a_merged_log_of_another_run_is_foreign(folder, tmp_path):
    declare_lots(tmp_path / "other", "beef", {0: [("elders", 0, 3)]})
    shutil.copy(merge(folder), tmp_path / "other" / "log.h5")
    with pytest.raises(DamageError, match=r"log\.h5 is foreign: it is of configuration c0ffee"):
        merge(tmp_path / "other")


def test_a_part_of_another_lot_is_foreign(tmp_path):
    for lot in (0, 1):
        book = Logbook.create(tmp_path, lot=lot, **WRITER)
        book.commit([birth([lot])])
        book.commit([copy([lot], [5], 1, cohort="elders")])
    part(tmp_path, 1, lot=1).replace(part(tmp_path, 1))
    with pytest.raises(DamageError, match="it was written as part 1 of lot 1"):
        open_log(tmp_path)


def test_inspect_names_the_damaged_and_shows_the_rest(mortal, folder, tmp_path):
    damaged(part(folder, 3), "flipped", tmp_path)
    said = mortal("inspect", folder)
    assert (said.code, said.err) == (0, "")
    assert "begun, not finished" in said.out
    assert f"damaged: {part(folder, 3)} is damaged" in said.out
    assert said.out.count("  step repeat.1.") == 4


def test_whoever_writes_into_a_merged_log_breaks_its_seal_and_others_still_read_it(folder):
    path = merge(folder)
    with h5py.File(path, "r+") as file:
        file["elders/exam_accuracy"][0, 0] = 0.5
    with pytest.raises(DamageError, match=r"log\.h5 is damaged"):
        open_log(path)
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        assert tree["elders/exam_accuracy"].values[0, 0] == 0.5


def test_a_reader_waits_for_a_part_that_was_committed_while_it_looked(folder, monkeypatch):
    """A listing of a folder may show a later part and not yet an earlier one."""
    gather = sys.modules["mortal.logbook.gather"]
    real, looks = gather.list_parts, []

    def incomplete_at_first(place):
        parts = real(place)
        looks.append(place)
        if len(looks) < 3:
            del parts[0][4]
        return parts

    before = open_log(folder)
    monkeypatch.setattr(gather, "list_parts", incomplete_at_first)
    assert gather.gather(folder).lots[0].parts == 8
    assert len(looks) == 3
    assert differences(before, folder) == []

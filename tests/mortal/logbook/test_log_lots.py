"""The list of lots, and what a merge refuses because of it; failures and what becomes of them."""

import json
import os

import pytest
from log_story import WRITER, birth, exam, write_life, write_little

from mortal.errors import DamageError, LogError
from mortal.logbook import (
    Logbook,
    Ranks,
    declare_lots,
    declared_lots,
    differences,
    merge,
    open_log,
    survey,
)

HASH = WRITER["configuration_hash"]
LOTS = {0: [("elders", 0, 3), ("heirs", 0, 3)], 1: [("elders", 4, 7), ("heirs", 4, 7)]}


@pytest.fixture
def folder(tmp_path):
    """A run of two lots, of which the first has been told."""
    declare_lots(tmp_path / "run", HASH, LOTS)
    write_little(tmp_path / "run", lot=0, serials=range(4))
    return tmp_path / "run"


def told(folder, lot):
    """Resume a lot of the run and tell it to its end."""
    serials = range(4 * lot, 4 * lot + 4)
    book = Logbook.resume(folder, lot=lot, **WRITER)
    book.commit([birth(serials)])
    book.commit([exam(serials, 1)])
    book.finish()


def test_a_declared_list_comes_back_and_names_its_lots(tmp_path):
    assert declared_lots(tmp_path) is None
    path = declare_lots(tmp_path, HASH, {7: [("elders", 8, 8)], **LOTS})
    assert path == tmp_path / "lots.json"
    found = declared_lots(tmp_path)
    assert found.configuration_hash == HASH
    assert list(found.lots) == [0, 1, 7]
    assert found.lots[1] == (Ranks("elders", 4, 7), Ranks("heirs", 4, 7))
    assert found.named(1) == "lot 1 (ranks elders 4 to 7, heirs 4 to 7)"
    assert found.named(7) == "lot 7 (ranks elders 8)"


def test_a_list_is_declared_once(folder):
    before = (folder / "lots.json").read_bytes()
    declare_lots(folder, HASH, LOTS)
    assert (folder / "lots.json").read_bytes() == before
    for other in ({0: LOTS[0]}, {**LOTS, 2: [("elders", 8, 9)]}):
        with pytest.raises(LogError, match=r"lots\.json lists other lots"):
            declare_lots(folder, HASH, other)
    with pytest.raises(LogError, match=r"lots\.json lists other lots"):
        declare_lots(folder, "beef", LOTS)
    assert (folder / "lots.json").read_bytes() == before


@pytest.mark.parametrize(
    ("lots", "sentence"),
    [
        ({}, "at least one lot"),
        ({0: [("elders", 3, 2)]}, "ranks 3 to 2 of 'elders' in lot 0"),
        ({0: [("elders", -1, 2)]}, "no range from 0 up"),
        ({0: [("elders", 0, 4)], 1: [("elders", 4, 9)]}, "rank 4 of 'elders' is in lot 0 and in"),
    ],
)
def test_lots_that_make_no_sense_are_not_declared(tmp_path, lots, sentence):
    with pytest.raises(LogError, match=sentence):
        declare_lots(tmp_path, HASH, lots)
    assert not list(tmp_path.iterdir())


def test_any_changed_byte_of_the_list_is_seen(folder):
    path = folder / "lots.json"
    data = path.read_bytes()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        path.write_bytes(changed)
        with pytest.raises(DamageError, match=r"lots\.json is damaged"):
            declared_lots(folder)
    for text in ("", "[]", "null", "[" * 100_000, json.dumps({"lots": {}})):
        path.write_text(text)
        for reader in (declared_lots, open_log, merge, survey):
            with pytest.raises(DamageError, match=r"lots\.json is damaged"):
                reader(folder)
    declare_lots(folder, HASH, LOTS)
    assert path.read_bytes() == data
    assert (folder / "lots.json.damaged").exists()
    assert open_log(folder)["elders"].sizes["device"] == 4


def test_a_lot_that_has_not_begun_is_missing(folder):
    lines = ("lot 1 (ranks elders 4 to 7, heirs 4 to 7) has not begun",)
    assert survey(folder).missing == lines
    assert open_log(folder)["provenance"].attrs["missing"] == lines[0]
    before = sorted(folder.rglob("*"))
    with pytest.raises(LogError, match=r"not complete: lot 1 .ranks elders 4 to 7") as caught:
        merge(folder)
    assert f"`mortal resume {folder}`" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(folder.rglob("*")) == before


def test_an_unfinished_lot_is_missing_until_it_is_finished(folder):
    book = Logbook.create(folder, lot=1, **WRITER)
    book.commit([birth(range(4, 8)), exam(range(4, 8), 1)])
    with pytest.raises(LogError, match=r"lot 1 \(ranks .*\) is not finished"):
        merge(folder)
    book.finish()
    assert survey(folder).missing == ()
    merge(folder)
    assert sorted(os.listdir(folder)) == ["log.h5", "lots.json"]
    assert "missing" not in open_log(folder)["provenance"].attrs


def test_a_partial_merge_says_what_is_missing_and_the_run_goes_on(folder, tmp_path):
    merge(folder, partial=True)
    assert not (folder / "parts").exists()
    for place in (folder, folder / "log.h5"):
        attributes = open_log(place)["provenance"].attrs
        assert attributes["missing"].startswith("lot 1 (ranks elders 4 to 7, heirs 4 to 7) has not")
    with pytest.raises(LogError, match="has not begun"):
        merge(folder)
    told(folder, 1)
    merge(folder)
    assert "missing" not in open_log(folder)["provenance"].attrs
    write_little(tmp_path / "other", lot=0)
    told(tmp_path / "other", 1)
    assert differences(folder, tmp_path / "other") == []


def test_a_lot_that_is_not_on_the_list_is_refused(folder):
    with pytest.raises(LogError, match="the run has no lot 2"):
        Logbook.create(folder, lot=2, **WRITER)
    (folder / "parts" / "0000-000001.h5").rename(folder / "parts" / "0002-000000.h5")
    with pytest.raises(LogError, match=r"0002-000000\.h5 is foreign: the run has no lot 2"):
        open_log(folder)


def test_the_list_decides_which_configuration_a_folder_is_of(tmp_path):
    declare_lots(tmp_path, "beef", LOTS)
    with pytest.raises(LogError, match="another configuration, beef and not c0ffee"):
        Logbook.create(tmp_path, **WRITER)


def test_a_failure_says_who_and_why_and_is_merged_only_when_asked(folder):
    book = Logbook.resume(folder, lot=1, **WRITER)
    book.commit([birth(range(4, 8))])
    book.fail("the worker\n  was killed", serials=[104, 6])
    why = "lot 1 (ranks elders 4 to 7, heirs 4 to 7), serials 4-7, 104: the worker was killed"
    assert survey(folder).lots[1].failure == "the worker was killed"
    with pytest.raises(LogError, match=r"heirs 4 to 7\) failed: the worker was killed"):
        merge(folder)
    for _ in range(2):
        attributes = open_log(folder)["provenance"].attrs
        assert attributes["failures"] == why
        assert attributes["missing"].endswith("failed: the worker was killed")
        merge(folder, partial=True)


def test_a_later_success_makes_the_lot_complete_and_keeps_the_history(folder, tmp_path):
    declare_lots(tmp_path / "never", HASH, LOTS)
    write_little(tmp_path / "never", lot=0)
    told(tmp_path / "never", 1)
    Logbook.resume(folder, lot=1, **WRITER).fail("no memory")
    Logbook.resume(folder, lot=1, **WRITER).fail("no luck")
    assert survey(folder).lots[1].failure == "no luck"
    told(folder, 1)
    assert survey(folder).lots[1].failure == ""
    assert survey(folder).missing == ()
    merge(folder)
    lines = open_log(folder)["provenance"].attrs["failures"].splitlines()
    assert [line.split(": ")[-1] for line in lines] == ["no memory", "no luck"]
    assert differences(folder, tmp_path / "never") == []


def test_a_failed_lot_is_not_merged_in_silence_without_a_list_either(tmp_path):
    book = Logbook.create(tmp_path, **WRITER)
    book.commit([birth(range(4))])
    book.fail("no memory")
    with pytest.raises(LogError, match="lot 0 failed: no memory"):
        merge(tmp_path)
    merge(tmp_path, partial=True)
    assert "lot 0 failed" in open_log(tmp_path)["provenance"].attrs["missing"]


def test_many_missing_lots_are_still_one_sentence(tmp_path):
    declare_lots(tmp_path, HASH, {lot: [("elders", lot, lot)] for lot in range(500)})
    write_life(tmp_path)
    with pytest.raises(LogError, match="and 479 more lots") as caught:
        merge(tmp_path)
    assert len(str(caught.value)) < 2500


def test_the_command_line_merges(mortal, folder):
    said = mortal("merge", folder)
    assert said.code == 2
    assert said.err.startswith(f"mortal: {folder} is not complete: lot 1 ")
    said = mortal("merge", folder, "--partial")
    assert (said.code, said.out, said.err) == (0, f"log: {folder / 'log.h5'}\n", "")
    assert mortal("merge", folder / "nowhere").code == 2


def test_a_writer_that_was_merged_away_goes_on_behind_the_merged(tmp_path):
    first = Logbook.create(tmp_path, **WRITER)
    first.commit([birth([1])])
    second = Logbook.resume(tmp_path, **WRITER)  # of the same lot: the first was given up for lost
    for sequence in (1, 2):
        second.commit([exam([1], sequence)])
    second.finish()
    merge(tmp_path)
    before = open_log(tmp_path)
    for sequence in (1, 2):
        path = first.commit([exam([1], sequence)])
    assert path.name == "0000-000007.h5"
    assert differences(before, tmp_path) == []
    merge(tmp_path)
    assert differences(before, tmp_path) == []

"""Progress of a running run: written whole or not at all, read tolerantly, shown by inspect."""

import json
import math
import shutil
from dataclasses import asdict, replace

import pytest

from mortal.logbook import Logbook, declare_lots
from mortal.progress import Progress, read_all, write
from mortal.showing import run_summary

NOW = 1.7e9
RUNNING = Progress(
    lot=1,
    moment=3,
    moments=9,
    step="repeat.2.1",
    label="train",
    done=12,
    total=40,
    devices=10,
    accuracy=0.912,
    energy=3.2e-6,
    updated=NOW - 4,
    state="running",
)
LOTS = {0: [("elders", 0, 9)], 1: [("elders", 10, 19)], 2: [("elders", 20, 29)]}
WRITER = {"configuration_text": "name: a run\n", "configuration_hash": "c0ffee"}


def test_progress_comes_back_as_it_was_written(tmp_path):
    assert read_all(tmp_path / "nowhere") == {}
    lots = [
        RUNNING,
        replace(RUNNING, lot=0, state="done", accuracy=None),
        replace(RUNNING, lot=12345, state="failed", label="élève"),
    ]
    for progress in lots:
        write(tmp_path, replace(progress, done=0))
        write(tmp_path, progress)
    assert list(read_all(tmp_path).values()) == sorted(lots, key=lambda progress: progress.lot)
    names = sorted(path.name for path in (tmp_path / "progress").iterdir())
    assert names == ["0000.json", "0001.json", "12345.json"]


def test_numbers_that_are_none_are_written_as_json_knows_them(tmp_path):
    write(tmp_path, replace(RUNNING, accuracy=math.nan, energy=math.inf))
    text = (tmp_path / "progress" / "0001.json").read_text()
    assert json.loads(text)["accuracy"] is None
    assert read_all(tmp_path)[1].accuracy is None
    assert math.isnan(read_all(tmp_path)[1].energy)
    assert "nan" not in run_summary(begun(tmp_path / "run", replace(RUNNING, energy=math.nan)), NOW)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", "{}", "[" * 99999, "\xff"),
        json.dumps({**asdict(RUNNING), "state": "asleep"}),
        json.dumps({**asdict(RUNNING), "done": None}),
    ],
)
def test_what_is_no_progress_is_passed_over(tmp_path, text):
    write(tmp_path, RUNNING)
    (tmp_path / "progress" / "0000.json").write_bytes(text.encode("latin-1"))
    (tmp_path / "progress" / "notes.json").write_text("{}")
    (tmp_path / "progress" / "0007.json").mkdir()
    assert read_all(tmp_path) == {1: RUNNING}


def test_progress_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "progress").write_text("a file in the way")
    write(tmp_path, RUNNING)
    assert read_all(tmp_path) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["progress"]


def begun(folder, *progress):
    """A run of three lots: one finished, one under way, one waiting."""
    declare_lots(folder, "c0ffee", LOTS)
    Logbook.create(folder, lot=0, **WRITER).finish()
    Logbook.create(folder, lot=1, **WRITER)
    for one in progress:
        write(folder, one)
    return folder


def test_inspect_shows_how_far_each_lot_is(mortal, tmp_path):
    waiting = replace(RUNNING, lot=2, state="waiting", moment=0, step="", label="", total=0)
    folder = begun(tmp_path, RUNNING, replace(RUNNING, lot=0), replace(waiting, accuracy=None))
    lines = run_summary(folder, now=NOW).splitlines()
    assert lines[1:] == [
        "begun, not finished, 3 commits, 1 of 3 lots finished",
        "  lot 1 (ranks elders 10 to 19) is not finished",
        "  lot 2 (ranks elders 20 to 29) has not begun",
        "  lot 1: running, moment 3 of 9, step repeat.2.1 train 12 of 40, 10 devices, accuracy "
        "0.912, 3.2e-06 J, 4 s ago",
        "  lot 2: waiting, moment 0 of 9, 10 devices, 3.2e-06 J, 4 s ago",
        "no device was born yet",
    ]
    said = mortal("inspect", folder)
    assert (said.code, said.err) == (0, "")
    assert "lot 1: running, moment 3 of 9" in said.out
    shutil.rmtree(folder / "progress")
    assert [line for line in lines if "moment" not in line] == run_summary(folder).splitlines()


def test_inspect_of_a_run_that_has_logged_nothing_yet(mortal, tmp_path):
    declare_lots(tmp_path, "c0ffee", LOTS)
    assert run_summary(tmp_path) == f"{tmp_path}: begun, nothing is logged yet"
    write(tmp_path, RUNNING)
    said = mortal("inspect", tmp_path)
    assert (said.code, len(said.out.splitlines())) == (0, 2)


def test_inspect_tells_failures_and_keeps_a_long_list_short(tmp_path):
    declare_lots(tmp_path, "c0ffee", {lot: [("elders", lot, lot)] for lot in range(100)})
    Logbook.create(tmp_path, lot=0, **WRITER).fail("no memory")
    lines = run_summary(tmp_path).splitlines()
    assert "failure: lot 0 (ranks elders 0): no memory" in lines
    assert "  lot 0 (ranks elders 0) failed: no memory" in lines
    assert "  and 80 more lots" in lines
    assert len(lines) < 30

"""One session at a time in a folder; a lock that a dead one left behind is none."""

import json
import os
import sys

import pytest
from driven import ended, kill, parts, start, wait_for_end, wait_until, workers_of

from mortal.engine import run
from mortal.engine.lock import holder, locked
from mortal.errors import ConfigError
from mortal.logbook import differences


def test_a_held_folder_is_refused_and_the_holder_named(whole, tmp_path, mortal):
    folder = tmp_path / "run"
    folder.mkdir()
    with locked(folder):
        for more in ((), ("--overwrite",)):
            said = mortal("run", whole.file, "--out", folder, *more)
            assert said.code == 2
            assert f"another session is at work here (process {os.getpid()} on " in said.err
        assert sorted(path.name for path in folder.iterdir()) == [".lock", ".lock.json"]
    assert list(folder.iterdir()) == []
    run(whole.plan, folder, lots=1)
    assert differences(whole.folder, folder) == []


def test_a_holder_that_left_no_word_is_unknown(tmp_path):
    for text in ("", "{", "[]", "{}"):
        (tmp_path / ".lock.json").write_text(text, encoding="utf-8")
        assert holder(tmp_path) == "unknown"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ConfigError, MemoryError])
def test_whatever_ends_a_session_lets_go(tmp_path, error):
    with pytest.raises(error), locked(tmp_path):
        raise error("enough")
    with locked(tmp_path):
        assert str(os.getpid()) in holder(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")
def test_a_living_run_is_left_alone_and_a_killed_ones_lock_is_stale(whole, tmp_path):
    folder = tmp_path / "run"
    driver = start("run", whole.file, "--out", folder, "--workers", 2, "--every", 0)
    wait_until(lambda: parts(folder) > 2, "parts")
    workers = workers_of(driver)
    for more in (["run", whole.file, "--out", folder, "--overwrite"], ["resume", folder]):
        code, out, complaint = ended(start(*more))
        assert driver.poll() is None, "over before anybody else came"
        assert (code, out) == (2, "")
        assert f"another session is at work here (process {driver.pid} on " in complaint
        assert "Traceback" not in complaint
    kill(driver.pid)
    ended(driver)
    told = json.loads((folder / ".lock.json").read_text("utf-8"))
    assert told["process"] == driver.pid
    assert (folder / ".lock").exists()
    wait_for_end(workers)
    run(whole.plan, folder)
    assert differences(whole.folder, folder) == []
    assert not (folder / ".lock").exists()

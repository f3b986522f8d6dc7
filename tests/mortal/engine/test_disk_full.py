"""A disk that is full stops a run with one sentence, and room on it lets the run go on."""

import os
import shutil
import subprocess
import sys

import pytest
from small_lives import LINEAGE

from mortal import open_log
from mortal.logbook import differences

# No file may grow beyond a limit: what a full disk says to whoever writes, said by the system.
LIMITED = """
import resource, signal, sys
limit = int(sys.argv.pop(1))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
from mortal.cli import main
main()
"""
# Somebody else fills the disk after the run has looked at it.
UNSUSPECTING = """
import mortal.engine.driver
mortal.engine.driver._require_space = lambda *_: None
from mortal.cli import main
main()
"""
ENGINES = [(), ("--workers", "2", "--lots", "2")]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of a file")


def told(code, *arguments):
    """Run the command line as some code does."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def is_one_sentence(said):
    """Whether the last words are one line, and no traceback stands before them."""
    lines = [line for line in said.stderr.splitlines() if line]
    return len(lines) == 1 and lines[0].startswith("mortal: cannot write ")


@pytest.mark.parametrize("engine", ENGINES, ids=["serial", "two workers"])
@pytest.mark.parametrize(
    ("limit", "what"), [(12_500, "parts"), (24_000, "states"), (300_000, "log.h5")]
)
def test_a_run_on_a_full_disk_stops_in_one_sentence_and_goes_on_with_room(
    lineage, tmp_path, mortal, engine, limit, what
):
    pytest.importorskip("resource")
    folder = tmp_path / "run"
    full = told(LIMITED, limit, "run", lineage.file, "--out", folder, *engine)
    assert full.returncode == 1, (full.stdout, full.stderr)
    assert is_one_sentence(full), full.stderr
    assert f"cannot write {folder / what}" in full.stderr
    assert "it needs" in full.stderr
    assert "make room and go on" in full.stderr
    assert not (folder / "log.h5").exists()
    said = mortal("resume", folder)
    assert said.code == 0, said
    assert differences(lineage.folder, folder) == []


@pytest.mark.parametrize("engine", ENGINES, ids=["serial", "two workers"])
def test_a_disk_that_fills_up_meanwhile_costs_nothing_that_was_committed(
    lineage, tmp_path, mortal, engine
):
    disk = tmp_path / "disk"
    disk.mkdir()
    size = "size=320k"
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "none", disk], capture_output=True, check=False
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        folder = disk / "run"
        full = told(UNSUSPECTING, "run", lineage.file, "--out", folder, *engine, "--keep", "all")
        assert full.returncode == 1, (full.stdout, full.stderr)
        assert is_one_sentence(full), full.stderr
        assert "No space left" in full.stderr
        before = open_log(folder)
        assert os.listdir(folder / "parts")
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        said = mortal("resume", folder)
        assert said.code == 0, said
        assert differences(lineage.folder, folder) == []
        born = set(before["elders"].serial.values.tolist())
        assert born <= set(open_log(folder)["elders"].serial.values.tolist())
    finally:
        subprocess.run(["umount", disk], check=True)


def test_what_a_full_story_of_states_needs_is_asked_for_before_anything_is_grown(
    tmp_path, monkeypatch, mortal
):
    monkeypatch.setattr("mortal.engine.driver.shutil.disk_usage", lambda _: _Usage())
    file = tmp_path / "lineage.yaml"
    file.write_text(LINEAGE, encoding="utf-8")
    said = mortal("run", file, "--out", tmp_path / "run")
    assert said.code == 2
    assert "are free" in said.err
    assert not list((tmp_path / "run").glob("parts/*"))


class _Usage:
    free = 50_000

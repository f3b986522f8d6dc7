"""Asked to stop, a run is left where it goes on; asked twice, at once. Both end with its log."""

import os
import signal
import sys
import threading
import time

import pytest
from driven import ended, hear, start, wait_for_end, wait_until, workers_of
from small_lives import Listener

from mortal.engine import Serial, Stopping, run
from mortal.errors import RunStopped
from mortal.logbook import differences, survey
from mortal.logbook.parts import list_parts
from mortal.progress import read_all

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")

AMID = 3
"""Parts of a lot after which it is amid its first lesson."""

SLOW = """\
version: 1
name: slow
seed: 7
data: {{name: idx, path: {data}, train: 64, test: 40}}
cohorts:
  elders: {{technology: exact, layers: [16, 6], count: 4,
            rule: {{name: equilibrium-propagation, steps: 10000}}}}
story:
  - train:   {{cohort: elders, epochs: 1, batch: 1}}
"""
"""Its first epoch takes longer than anybody waits: each of 64 answers settles for a second."""


def is_amid(folder, driver):
    """Whether a lot has been at work for a while; a run that is over is an error."""
    assert driver.poll() is None, driver.communicate()
    return any(len(parts) > AMID for parts in list_parts(folder).values())


def is_at_lessons(folder):
    """Whether some lot has told of a lesson."""
    return any(told.label.startswith("train") for told in read_all(folder).values())


def begun(file, folder, workers):
    """A run at work, as a process, and its workers."""
    how = ("--workers", workers) if workers > 1 else ("--engine", "serial")
    driver = start("run", file, "--out", folder, "--lots", 2, *how)
    wait_until(lambda: is_amid(folder, driver), "lessons")
    return driver, workers_of(driver) if workers > 1 else []


def require_resumed(whole, folder, workers):
    """Finish a run by its own advice, and compare its log."""
    driver = start("resume", folder, "--workers", workers)
    code, out, complaint = ended(driver)
    assert (code, complaint) == (0, ""), out
    assert "finishing it" in out
    assert differences(whole.folder, folder) == []


@pytest.mark.parametrize(
    ("workers", "number"), [(1, signal.SIGINT), (2, signal.SIGINT), (2, signal.SIGTERM)]
)
def test_once_stops_where_the_run_goes_on(whole, tmp_path, workers, number):
    folder = tmp_path / "run"
    driver, hands = begun(whole.file, folder, workers)
    if number == signal.SIGINT:
        os.killpg(driver.pid, number)  # as a terminal does
    else:
        driver.send_signal(number)
    began = time.monotonic()
    code, out, complaint = ended(driver)
    print(f"stopped after {time.monotonic() - began:.1f} s")
    assert code == 130
    assert complaint == f"mortal: stopped; `mortal resume {folder}` goes on from here\n"
    assert "interrupt once more to stop now" in out
    wait_for_end(hands)
    assert not all(lot.is_complete for lot in survey(folder).lots.values())
    assert list((folder / "states").glob("*.h5"))
    assert not (folder / ".lock").exists()
    require_resumed(whole, folder, workers)


@pytest.mark.parametrize("workers", [1, 2])
def test_twice_stops_now(data, tmp_path, workers):
    file, folder = tmp_path / "slow.yaml", tmp_path / "run"
    file.write_text(SLOW.format(data=data), encoding="utf-8")
    how = ("--workers", workers) if workers > 1 else ("--engine", "serial")
    driver = start("run", file, "--out", folder, "--lots", 2, *how)
    try:
        wait_until(lambda: is_at_lessons(folder), "a lesson")
        hands = workers_of(driver) if workers > 1 else []
        os.killpg(driver.pid, signal.SIGINT)
        # Signals of a kind arrive as one where the first was not yet handled.
        hear(driver, "interrupt once more to stop now")
        assert driver.poll() is None
        began = time.monotonic()
        os.killpg(driver.pid, signal.SIGINT)
        code, _, complaint = ended(driver)
        waited = time.monotonic() - began
        print(f"stopped after {waited:.2f} s")
    finally:
        driver.kill()
    assert code == 130
    assert "the same command finishes the run" in complaint
    assert waited < 10
    wait_for_end(hands)


def test_a_cluster_is_stopped_from_outside(cluster, whole, tmp_path):
    stopping, folder = Stopping(), tmp_path / "run"
    asker = threading.Thread(target=_ask_amid, args=(stopping, folder))
    asker.start()
    with pytest.raises(RunStopped, match="mortal resume"):
        run(whole.plan, folder, engine=cluster, lots=2, stopping=stopping)
    asker.join()
    assert not all(lot.is_complete for lot in survey(folder).lots.values())
    assert not (folder / "progress" / "stop").exists()
    run(whole.plan, folder, engine=cluster)
    assert differences(whole.folder, folder) == []


def _ask_amid(stopping, folder):
    wait_until(lambda: any(len(p) > AMID for p in list_parts(folder).values()), "lessons")
    stopping.ask()


def test_whoever_asks_before_the_beginning_stops_at_the_first_moment(whole, tmp_path):
    stopping, listener = Stopping(), Listener()
    stopping.ask()
    with pytest.raises(RunStopped):
        run(whole.plan, tmp_path / "run", engine=Serial(), stopping=stopping, narrator=listener)
    assert listener.exams == []
    run(whole.plan, tmp_path / "run")
    assert differences(whole.folder, tmp_path / "run") == []


def test_signals_are_as_before_once_a_run_is_over(whole, tmp_path):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run(whole.plan, tmp_path / "run", lots=1)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before

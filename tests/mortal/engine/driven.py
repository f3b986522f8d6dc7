"""Runs by the command line as processes of their own, watched from outside. Linux tells of them."""

import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from mortal.logbook.parts import list_parts

PATIENCE = 40.0
"""Seconds that anything may take on a busy machine, before a test gives up."""


def start(*arguments):
    """Start the command line in a session of its own, as a terminal would; output is kept."""
    return subprocess.Popen(
        [sys.executable, "-m", "mortal.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def workers_of(driver):
    """The process numbers of a driver's workers, once it has any."""
    return wait_until(lambda: _children(driver.pid), "workers")


def wait_for_end(processes):
    """Wait until none of some processes runs."""
    wait_until(lambda: not any(map(is_alive, processes)), "workers to go with their driver")


def _children(process):
    found = []
    for file in Path("/proc").glob(f"{process}/task/*/children"):
        with suppress(OSError):
            found += map(int, file.read_text().split())
    return found


def is_alive(process):
    """Whether a process runs; one that ended and was not yet missed does not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(holds, what):
    """Wait until something holds and return it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.005)
    raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")


def hear(process, words):
    """Wait until a process has printed some words; what it prints until then is used up."""
    told, end = b"", time.monotonic() + PATIENCE
    while words.encode() not in told:
        assert select.select([process.stdout], [], [], max(end - time.monotonic(), 0))[0], told
        more = os.read(process.stdout.fileno(), 4096)
        assert more, f"it ended after {told!r}"
        told += more


def parts(folder):
    """How many parts a run has committed."""
    return sum(map(len, list_parts(folder).values()))


def ended(process):
    """Wait for a driver's end and return its exit code, its output and what it complained of."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def kill(process):
    """Kill a process, from which nothing is cleaned up."""
    with suppress(ProcessLookupError):
        os.kill(process, 9)


def listening():
    """The addresses and ports at which this process waits for others."""
    own = set()
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            own.add(os.readlink(handle))
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in own:
                address, port = words[1].split(":")
                told = ".".join(str(b) for b in reversed(bytes.fromhex(address)))
                found.add((told if len(address) == 8 else address, int(port, 16)))
    return found

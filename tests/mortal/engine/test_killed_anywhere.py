"""Killed at any moment, worker or driver: the run goes on, loses nothing and ends with its log."""

import random
import sys
import time
from collections import Counter
from contextlib import suppress

import pytest
from driven import ended, kill, parts, start, wait_for_end, wait_until, workers_of
from many_lives import many

from mortal.engine import run
from mortal.engine.lots import lots_of
from mortal.logbook import differences
from mortal.logbook.gather import gather
from mortal.logbook.join import join
from mortal.logbook.open import tree_of
from mortal.states import peek_states
from mortal.story import moments

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for orphans in /proc"),
]

KILLS = 20


@pytest.fixture(scope="module")
def long(data, tmp_path_factory):
    """A story with long lessons, uninterrupted, and its file."""
    place = tmp_path_factory.mktemp("long")
    plan = many(data, epochs=8)
    run(plan, place / "run", lots=1)
    (place / "many.yaml").write_text(plan.text(), encoding="utf-8")
    return plan, place / "many.yaml", place / "run"


class Witness:
    """Remembers all that a run has committed, and misses what is gone or changed."""

    def __init__(self, folder):
        self.folder, self.log, self.bytes = folder, {}, {}

    def remember(self):
        """Take in every part as it lies there, at this moment."""
        for path in sorted((self.folder / "parts").glob("[0-9]*.h5")):
            self.bytes.setdefault(path.name, path.read_bytes())

    def look(self):
        """Compare with what was known before, in bytes and as a reader sees it."""
        for name, known in self.bytes.items():
            assert (self.folder / "parts" / name).read_bytes() == known, name
        log = gather(self.folder).log  # as `open_log` does
        both = join([*blocks(self.log), *blocks(log)], is_whole=True)
        assert differences(tree_of(both, {}), tree_of(log, {})) == []
        self.log = log


def blocks(log):
    """All records of a log."""
    return [block for cohort in log.values() for block in cohort.tables.values()]


def taken_up(folder, words):
    """Where each lot would be taken up, if not at its end: moment, word, epochs that are over."""
    found = []
    for number in lots_of(folder):
        kept = sorted((folder / "states").glob(f"{number:04d}-{'[0-9]' * 6}.h5"))
        with suppress(FileNotFoundError):  # a newer one has come
            notes = peek_states(kept[-1]).notes if kept else {"moment": 0, "middle": None}
            if notes["moment"] < len(words):
                middle = notes["middle"] or {"epochs": 0}
                found.append((notes["moment"], words[notes["moment"]], middle["epochs"]))
    return found


def is_amid_distil(found):
    """Whether some lot would be taken up amid the lessons of a distillation."""
    return any(word == "distil" and epochs for _, word, epochs in found)


def wait_for_parts(driver, folder, more):
    """Wait until a run has committed some more parts, or is over."""
    due = parts(folder) + more
    wait_until(lambda: parts(folder) >= due or driver.poll() is not None, "progress")


def test_twenty_kills_are_survived(long, tmp_path):
    plan, file, whole = long
    folder, draw = tmp_path / "run", random.Random(4)
    witness, resumed, survived, workers = Witness(folder), [], 0, set()
    command = ("run", file, "--out", folder, "--workers", 2, "--lots", 3, "--every", 0)
    words = [moment.word for moment in moments(plan)]
    while survived < KILLS:
        driver = start(*command)
        workers |= set(workers_of(driver))
        for victim in ("worker", "driver"):
            wait_for_parts(driver, folder, draw.randint(1, 6))
            assert driver.poll() is None, f"over after {survived} kills: {ended(driver)}"
            if victim == "driver" and not is_amid_distil(resumed):  # aims, until one is met
                wait_until(
                    lambda: is_amid_distil(taken_up(folder, words)), "a pupil amid its lessons"
                )
            else:
                time.sleep(0.06 * draw.random())
            present = workers_of(driver)
            workers |= set(present)
            witness.remember()
            kill(driver.pid if victim == "driver" else draw.choice(present))
            witness.look()
            survived += victim == "worker" or ended(driver)[0] == -9
        wait_for_end(workers)
        resumed += taken_up(folder, words)
        command = ("resume", folder, "--workers", 2, "--every", 0)
    driver = start(*command)
    code, _, complaint = ended(driver)
    assert (code, complaint) == (0, "")
    wait_for_end(workers)
    assert differences(whole, folder) == []
    amid = Counter(word for _, word, epochs in resumed if epochs)
    print(f"{survived} of {KILLS} kills survived by {len(workers)} workers of {KILLS // 2} drivers")
    print(f"lots taken up: {len(resumed)}, of them amid lessons: {dict(amid)}")
    assert sum(reached > 0 for reached, _, _ in resumed) >= 10
    assert {"train", "distil"} <= amid.keys()
    assert not (folder / "parts").exists()

"""The same file and seed give the same log, in one go or interrupted, to the last bit."""

import os
import signal
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest
from small_lives import LINEAGE, Listener, life, lived

from devices.kernels import resolve
from mortal import open_log
from mortal.config import load
from mortal.engine import run
from mortal.engine.driver import provenance
from mortal.errors import RunFailed
from mortal.logbook import differences, survey
from mortal.story import World

BOTH = life(
    "train: {cohort: [elders, others], epochs: 2}",
    "age: {cohort: elders, by: 1 years}",
    "distil: {from: elders, to: others, budget: 40, epochs: 1}",
    "examine: {cohort: [elders, others]}",
    cohorts=[
        "elders: {technology: mortal-default, layers: [64, 8], count: 2}",
        "others: {technology: exact, layers: [64, 8], count: 2, rule: forward-forward}",
    ],
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    lived(BOTH, folder)
    return folder


def test_the_same_file_and_seed_give_the_same_log(whole, tmp_path):
    lived(BOTH, tmp_path / "again")
    assert differences(whole, tmp_path / "again") == []


def test_another_seed_gives_other_devices(whole, tmp_path):
    lived(BOTH, tmp_path / "other", seed=8)
    other, own = open_log(tmp_path / "other")["elders"], open_log(whole)["elders"]
    assert not np.array_equal(other.birth_step_mean, own.birth_step_mean)
    assert not np.array_equal(other.exam_loss, own.exam_loss)


class Interrupted(Listener):
    """Loses patience after some batches."""

    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def advance(self, detail=""):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("batches", [1, 9, 17])
def test_a_run_interrupted_anywhere_ends_with_the_same_log(whole, tmp_path, batches):
    for _ in range(2):  # twice: finishing may be interrupted too
        with pytest.raises(KeyboardInterrupt):
            run(load(BOTH), tmp_path / "run", narrator=Interrupted(batches))
    assert not all(lot.is_complete for lot in survey(tmp_path / "run").lots.values())
    listener = Listener()
    run(load(BOTH), tmp_path / "run", narrator=listener)
    assert "begun; finishing it" in listener.notes[0]
    assert differences(whole, tmp_path / "run") == []


def test_a_run_killed_between_its_last_word_and_the_merge_is_merged(whole, tmp_path, monkeypatch):
    def killed(folder):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mortal.engine.driver.merge", killed)
        with pytest.raises(KeyboardInterrupt):
            run(load(BOTH), tmp_path / "run")
    assert not (tmp_path / "run" / "log.h5").exists()
    run(load(BOTH), tmp_path / "run")
    assert differences(whole, tmp_path / "run") == []


# Dies of SIGKILL, from which nothing is cleaned up, right after some part was committed.
KILLED = """
import os, signal, sys
from mortal.cli import main
from mortal.logbook import Logbook
commit, left = Logbook.commit, [int(sys.argv.pop(1))]
def counted(self, records):
    path = commit(self, records)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return path
Logbook.commit = counted
main()
"""


def test_a_killed_run_can_be_read_and_the_same_command_finishes_it(lineage, tmp_path, mortal):
    command = ["run", str(lineage.file), "--out", str(tmp_path / "run")]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, "6", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stderr == ""
    assert len(list((tmp_path / "run" / "parts").glob("*.h5"))) >= 6
    killed, full = open_log(tmp_path / "run"), open_log(lineage.folder)
    # Births of three cohorts, training, an exam and the ageing after it had been committed.
    assert killed["elders"].exam_step.values.tolist() == ["1"]
    assert np.array_equal(killed["elders"].exam_accuracy[0], full["elders"].exam_accuracy[0])
    assert killed["elders"].sizes["ageing"] == 1
    assert "begun, not finished" in mortal("inspect", tmp_path / "run").out
    said = mortal(*command)
    assert said.code == 0, said
    assert "finishing it" in said.out
    assert differences(lineage.folder, tmp_path / "run") == []
    assert not (tmp_path / "run" / "parts").exists()


def test_what_is_known_of_a_session_stands_in_the_log(whole):
    said = open_log(whole)["provenance"].attrs
    plan = load(BOTH)
    assert said["configuration_hash"] == plan.hash()
    assert load(said["configuration"]).hash() == plan.hash()
    assert said["version_numpy"] == np.__version__
    assert said["backend"] == resolve("auto")
    assert said["started"] <= said["ended"]


def test_a_checkout_that_was_never_installed_runs_too(monkeypatch):
    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("mortal.engine.driver.version", absent)
    assert provenance(load(LINEAGE))["version_mortal_crossbars"] == "not installed"


def test_the_number_of_threads_is_nobodys_business(whole, tmp_path):
    # The engine limits the linear algebra to one thread, whatever the environment asks for.
    file = tmp_path / "both.yaml"
    file.write_text(BOTH, encoding="utf-8")
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "mortal.cli", "run", str(file), "--out", str(tmp_path / "run")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert differences(whole, tmp_path / "run") == []


def test_records_that_contradict_what_was_committed_stop_a_resumed_run(
    whole, tmp_path, monkeypatch
):
    with pytest.raises(KeyboardInterrupt):
        run(load(BOTH), tmp_path / "run", narrator=Interrupted(17))
    record = World.record

    def lying(self, table, cohort, event, devices, serials=None):
        changed = {"accuracy": 0.5} if table == "epoch" else {}
        return record(self, table, cohort, event, {**devices, **changed}, serials)

    monkeypatch.setattr(World, "record", lying)
    with pytest.raises(RunFailed, match="recorded twice"):
        run(load(BOTH), tmp_path / "run")

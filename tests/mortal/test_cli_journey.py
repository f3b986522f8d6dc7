"""The command line from end to end: a life told, killed, finished, looked at."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_lives import LINEAGE, lived

from devices import preset_names
from mortal.logbook import differences, open_log

ROOT = Path(__file__).parents[2]


def test_the_table_says_what_the_log_says(lineage):
    log = open_log(lineage.folder)
    rows = re.findall(r"^\S+ +(\w+) +\d+ .*? (0\.\d{3}) ", lineage.said.out, flags=re.MULTILINE)
    assert [name for name, _ in rows] == ["elders", "elders", "heirs", "clones"]
    seen = {"elders": 0, "heirs": 0, "clones": 0}
    for name, shown in rows:
        accuracy = log[name]["exam_accuracy"].values[seen[name]]
        seen[name] += 1
        assert f"{accuracy.mean():.3f}" == shown
    assert f"log: {lineage.folder / 'log.h5'}" in lineage.said.out.replace("\n", "")


def test_every_variable_of_a_life_has_units_and_a_name(lineage):
    log = open_log(lineage.folder)
    count = 0
    for node in log.subtree:
        for name, variable in node.dataset.variables.items():
            assert variable.attrs.get("units"), f"{node.path}/{name}"
            assert variable.attrs.get("long_name"), f"{node.path}/{name}"
            count += 1
    assert count > 100


def test_what_crossed_is_metered(lineage):
    heirs = open_log(lineage.folder)["heirs"]
    assert (heirs["transfer_asked"].values == 100).all()
    assert (heirs["transfer_bits"].values == 100 * 10 * 8).all()
    np.testing.assert_array_equal(heirs["transfer_teacher_serial"].values[0], [0, 1])


def test_the_same_file_and_seed_give_the_same_log_and_another_seed_another(lineage, tmp_path):
    again = lived(LINEAGE, tmp_path / "again")
    assert differences(open_log(lineage.folder), again) == []
    assert differences(again, lived(LINEAGE, tmp_path / "other", seed=8)) != []


def test_a_finished_run_is_left_alone(mortal, lineage):
    log = lineage.folder / "log.h5"
    before = (log.stat().st_mtime_ns, log.read_bytes())
    said = mortal("run", lineage.file, "--out", lineage.folder)
    assert said.code == 0
    assert "finished" in said.out
    assert (log.stat().st_mtime_ns, log.read_bytes()) == before


def test_a_killed_run_opens_and_the_same_command_finishes_it(mortal, lineage, tmp_path):
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "mortal.cli", "run", str(lineage.file), "--out", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as process:
        deadline = time.monotonic() + 60
        # The first part opens the log, three are births, the fifth is the training.
        while len(list(folder.glob("parts/*.h5"))) < 5 and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    if (folder / "log.h5").exists():
        pytest.fail("the run was over before it could be killed")
    committed = open_log(folder)
    assert committed["elders"].sizes["epoch"] == 2
    assert "not finished" in mortal("inspect", folder).out
    said = mortal("run", lineage.file, "--out", folder)
    assert said.code == 0, said
    assert "finishing it" in said.out
    assert differences(open_log(lineage.folder), open_log(folder)) == []


def test_an_interrupted_run_says_how_to_go_on(mortal, lineage, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mortal.engine.life.tell", interrupt)
    said = mortal("run", lineage.file, "--out", tmp_path / "run")
    assert said.code == 130
    assert "same command" in said.err


def test_inspect_tells_every_exam(mortal, lineage):
    said = mortal("inspect", lineage.folder)
    assert said.code == 0
    assert said.out.count("accuracy") == 4
    assert "elders: 2 devices, 2 dead" in said.out
    assert "finished" in said.out


def test_presets_lists_the_catalog_and_shows_every_source(mortal):
    listed = mortal("presets")
    assert [line.split()[0] for line in listed.out.splitlines()] == list(preset_names())
    for name in preset_names():
        said = mortal("presets", name)
        assert said.code == 0
        assert said.out.count("from: ") > 5
        assert "from: not said" not in said.out


def test_the_schema_is_a_schema_that_knows_the_steps(mortal):
    schema = json.loads(mortal("config", "schema").out)
    assert {"version", "cohorts", "story"} <= set(schema["required"])
    assert {"TrainStep", "DistilStep", "CopyStep"} <= set(schema["$defs"])


def test_what_config_show_prints_is_the_same_run(mortal, lineage, tmp_path):
    shown = tmp_path / "shown.yaml"
    shown.write_text(mortal("config", "show", lineage.file).out, encoding="utf-8")
    said = mortal("run", shown, "--out", lineage.folder)
    assert said.code == 0, said
    assert "finished" in said.out


def test_the_doctor_names_kernels_and_guests(mortal):
    said = mortal("doctor")
    assert said.code == 0
    for word in ("numpy", "reference", "torch", "cupy", "MORTAL_DATA"):
        assert word in said.out


@pytest.mark.parametrize(
    "words", [(), ("run",), ("config",), ("config", "check"), ("presets",), ("data", "get")]
)
def test_every_verb_explains_itself(mortal, words):
    said = mortal(*words, "--help")
    assert said.code == 0
    assert "Usage" in said.out

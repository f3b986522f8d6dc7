"""Where classes are uneven, what is right without looking stands beside chance."""

import subprocess
import sys

import numpy as np
from small_lives import life
from typer.testing import CliRunner

import mortal
from mortal.cli import app


def uneven(samples=200):
    """Inputs and labels of two classes, one in ten of the second."""
    labels = (np.arange(samples) % 10 == 0).astype(np.int64)
    inputs = np.random.default_rng(0).random((samples, 8)).astype(np.float32)
    return inputs, labels


def test_an_exam_of_uneven_classes_says_what_the_largest_is_worth():
    inputs, labels = uneven()
    device = mortal.grow("exact", [8, 4], 1, seed=1, classes=2)
    exam = device.examine(inputs, labels)
    assert exam.majority == 0.9
    assert str(exam).endswith("chance 0.500 (largest class 0.900)")
    even = device.examine(inputs, np.arange(200) % 2)
    assert even.majority == 0.5
    assert str(even).endswith("chance 0.500")


def test_a_run_says_it_once_and_logs_it_at_every_exam(tmp_path):
    inputs, labels = uneven()
    np.savez(tmp_path / "mine.npz", inputs=inputs, labels=labels)
    exam = "examine: {cohort: elders}"
    head = (
        f"version: 1\nname: small\nseed: 7\ndata: {{name: arrays, path: {tmp_path / 'mine.npz'}}}\n"
    )
    elders = "elders: {technology: exact, layers: [8, 4], count: 2}"
    (tmp_path / "mine.yaml").write_text(life(exam, exam, cohorts=[elders], head=head))
    told = CliRunner().invoke(
        app, ["run", str(tmp_path / "mine.yaml"), "--out", str(tmp_path / "run")]
    )
    assert told.exit_code == 0, told.output
    assert told.output.count("largest class") == 1
    logged = mortal.open_log(tmp_path / "run")["elders"].exam_majority.values
    assert logged.shape == (2,)
    assert 0.75 < logged[0] == logged[1] <= 1
    shown = CliRunner().invoke(app, ["inspect", str(tmp_path / "run")])
    assert f"(largest class {logged[0]:.3f})" in shown.output


def test_the_command_line_is_a_module_too():
    told = subprocess.run(
        [sys.executable, "-m", "mortal", "presets"], capture_output=True, text=True, check=True
    )
    assert "mortal-default" in told.stdout

"""A whole story by the command line on the stand-in GPU: grown, taught, aged, copied, buried."""

import sys

import pytest
from small_lives import LINEAGE
from typer.testing import CliRunner

import mortal
from mortal.cli import app
from mortal.logbook.equal import differences

native = pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")

HARDWARE = {
    "mono-forward": ("mortal-default", "mono-forward"),
    "labels on an array": (
        "ecram-tang2018",
        "{name: mono-forward, label_matrix: array}",
    ),
    "forward-forward": ("mortal-default", "{name: forward-forward, rate: 0.01, peer: 0.1}"),
    "pairs": ("pcm-training-nandakumar2020", "mono-forward"),
    "exact": ("exact", "forward-forward"),
}


def told(folder, device, text):
    (folder / "lineage.yaml").write_text(text, encoding="utf-8")
    run = ["run", folder / "lineage.yaml", "--out", folder / device, "--device", device]
    return CliRunner().invoke(app, [str(argument) for argument in run])


@pytest.mark.parametrize("hardware", HARDWARE)
def test_a_life_on_the_gpu_is_the_life_on_the_processor(
    stand_in_gpu, monkeypatch, tmp_path, hardware
):
    monkeypatch.delattr(native, "read")  # reads go by NumPy's functions, as on a GPU
    technology, rule = HARDWARE[hardware]
    text = LINEAGE.replace("mortal-default", technology).replace(
        "rule: mono-forward", f"rule: {rule}"
    )
    text = text.replace("epochs: 2", "epochs: 1").replace(
        "train: 200, test: 100", "train: 60, test: 40"
    )
    for device in ("cpu", "cuda"):
        done = told(tmp_path, device, text)
        assert done.exit_code == 0, (done.stdout, done.stderr, done.exception)
    logs = [mortal.open_log(tmp_path / device) for device in ("cpu", "cuda")]
    backends = [log["provenance"].attrs["backend"] for log in logs]
    assert backends == ["native", "cuda"]
    assert differences(*logs) == []


def test_auto_takes_the_gpu_that_answers(stand_in_gpu, tmp_path):
    done = told(tmp_path, "auto", LINEAGE.replace("epochs: 2", "epochs: 1"))
    assert done.exit_code == 0, done.stderr
    assert "backend: cuda" in (tmp_path / "auto" / "configuration.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("device", ["cpu", "auto"])
@pytest.mark.parametrize(("named", "kept"), [("reference", "reference"), ("cuda", "auto")])
def test_the_processor_keeps_its_own_backend(monkeypatch, device, named, kept):
    monkeypatch.setitem(sys.modules, "cupy", None)
    plan = mortal.load_plan(f"backend: {named}\n{LINEAGE}")
    assert mortal.config.on_device(plan, device).config.backend == kept


def test_a_gpu_that_is_missing_is_one_sentence_before_anything_is_written(monkeypatch, tmp_path):
    monkeypatch.setattr("devices.kernels.find_spec", lambda _name: None)
    done = told(tmp_path, "cuda", LINEAGE)
    assert done.exit_code == 2
    assert done.stderr.startswith("mortal: backend 'cuda' needs CuPy, which is not installed")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "cuda").exists()


def test_another_device_is_another_run(stand_in_gpu, tmp_path):
    text = LINEAGE.replace("epochs: 2", "epochs: 1")
    assert told(tmp_path, "cpu", text).exit_code == 0
    moved = (tmp_path / "cpu").rename(tmp_path / "cuda")
    done = told(tmp_path, "cuda", text)
    assert done.exit_code == 2
    assert f"{moved}: this folder holds another run" in done.stderr

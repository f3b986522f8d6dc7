"""What other programs get of a log is what the log says."""

import builtins
import re
import struct
from pathlib import Path

import numpy as np
import pandas
import pytest
from logs_made_up import log_of
from typer.testing import CliRunner

from mortal.analysis import device_table, event_table
from mortal.cli import app
from mortal.errors import AnalysisError
from mortal.export import dataset_of, frames_of, write_tensorboard
from mortal.export.events import Scalar, crc32c, write_events
from mortal.logbook import open_log

# Written by tensorboard 2.21.0: `RecordWriter` of `Event(file_version="brain.Event:2")` and of
# `Event(wall_time=300.0, step=300)` with the scalar `exam/accuracy` of 0.8125.
GOLDEN = (
    "0f000000000000006d532b091a0d627261696e2e4576656e743a32fc985129"
    "2400000000000000422b804d090000000000c0724010ac022a160a140a0d6578616d2f616363757261637915000050"
    "3f6f6cd163"
)


@pytest.fixture(scope="module")
def log(lineage):
    return open_log(lineage.folder)


def run(*arguments):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def scalars(path):
    """Read an event file by its framing, with the fields in the order they are written in."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        body = data[at + 12 : at + 12 + length]
        at += 16 + length
        if b"\x0a" in body and not body.startswith(b"\x1a"):
            end = len(body) - 5
            name_at = body.index(b"\x0a", body.index(b"\x2a")) + 2
            tag = body[name_at + 2 : end].decode()
            found.append((tag, struct.unpack("<f", body[-4:])[0]))
    return found


def test_event_files_are_those_of_tensorboard(tmp_path):
    path = tmp_path / "events"
    write_events(path, [Scalar("exam/accuracy", 300, 0.8125)])
    assert path.read_bytes().hex() == GOLDEN


@pytest.mark.parametrize(
    ("data", "sum_"),
    [(b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA), (bytes(range(32)), 0x46DD794E)],
)
def test_checksums_are_those_of_rfc_3720(data, sum_):
    assert crc32c(data) == sum_


def test_frames_are_the_tables_of_what_took_place(log):
    frames = frames_of(log)
    assert set(frames) == {"device", "exam", "epoch", "ageing", "transfer", "copy"}
    pandas.testing.assert_frame_equal(frames["exam"], event_table(log, "exam"))


def test_the_dataset_has_all_devices_with_the_units_of_the_log(log):
    dataset, table = dataset_of(log), device_table(log)
    assert dataset["serial"].values.tolist() == table["serial"].tolist()
    assert dataset["last_accuracy"].values.tolist() == table["last_accuracy"].tolist()
    array = log["elders"]["array"].values[0]
    told = dataset[f"birth_step_mean[{array}]"].attrs
    assert told == log["elders"]["birth_step_mean"].attrs
    assert "long_name" in told


def test_files_hold_what_the_tables_say(lineage, log, tmp_path):
    said = run(lineage.folder, "--csv", tmp_path / "a b" / "csv", "--parquet", tmp_path / "parquet")
    assert said.exit_code == 0, said.output
    assert "device.csv, exam.csv, epoch.csv" in said.output
    for kind, table in frames_of(log).items():
        parquet = pandas.read_parquet(tmp_path / "parquet" / f"{kind}.parquet")
        pandas.testing.assert_frame_equal(parquet, table, check_dtype=False)
        csv = pandas.read_csv(tmp_path / "a b" / "csv" / f"{kind}.csv")
        assert csv["serial"].tolist() == table["serial"].tolist()
        assert list(csv.columns) == list(table.columns)


def test_curves_hold_what_the_tables_say(lineage, log, tmp_path):
    for _ in range(2):  # a second export replaces the first
        said = run(lineage.folder, "--tensorboard", tmp_path)
        assert said.exit_code == 0, said.output
    files = sorted(tmp_path.rglob("*tfevents*"))
    runs = {str(path.parent.relative_to(tmp_path)) for path in files}
    elders = log["elders"]["serial"].values.tolist()
    assert {"elders", "elders/lowest", "elders/highest"} | {
        f"elders/device-{serial}" for serial in elders
    } <= runs
    assert len(files) == len(runs)
    exams = event_table(log, "exam", "elders")
    accuracy = exams.groupby("exam_sequence")["exam_accuracy"].mean().to_numpy()
    (path,) = (tmp_path / "elders").glob("*tfevents*")
    found = [value for tag, value in scalars(path) if tag == "exam/accuracy"]
    np.testing.assert_allclose(found, accuracy, rtol=1e-6)
    epochs = event_table(log, "epoch", "elders")
    own = epochs[epochs["serial"] == elders[0]]["epoch_accuracy"].to_numpy()
    (path,) = (tmp_path / "elders" / f"device-{elders[0]}").glob("*tfevents*")
    found = [value for tag, value in scalars(path) if tag == "epoch/accuracy"]
    np.testing.assert_allclose(found, own, rtol=1e-6)


def test_a_crowd_has_no_curve_for_each(tmp_path):
    crowd = {"serial": np.arange(40), "exam_sequence": [3], "exam_accuracy": np.full((1, 40), 0.5)}
    absent = {"exam_energy": np.full((1, 40), np.nan), "exam_age": np.zeros((1, 40))}
    tree = log_of({"crowd": crowd | absent})
    runs = write_tensorboard(tree, tmp_path)
    assert [str(path.parent.relative_to(tmp_path)) for path in runs] == [
        "crowd", "crowd/lowest", "crowd/highest",
    ]  # fmt: skip
    assert ("exam/accuracy", 0.5) in scalars(runs[0])
    assert "exam/energy" not in dict(scalars(runs[0])), "what is absent has no point"


def test_mistakes_are_a_sentence(lineage, tmp_path, monkeypatch):
    said = run(lineage.folder)
    assert said.exit_code == 2
    assert "takes --csv, --parquet or --tensorboard" in said.output
    said = run(tmp_path, "--csv", tmp_path / "csv")
    assert said.exit_code == 2
    assert said.output.startswith("mortal: ")
    (tmp_path / "file").write_text("")
    said = run(lineage.folder, "--tensorboard", tmp_path / "file")
    assert said.exit_code == 2
    assert "cannot be made" in said.output
    empty = log_of({"nobody": {"serial": np.arange(2)}})
    with pytest.raises(AnalysisError, match="no epoch, exam or lesson yet"):
        write_tensorboard(empty, tmp_path / "none")

    def without_pyarrow(name, *more, **how):
        if name == "pyarrow":
            raise ImportError(name)
        return importing(name, *more, **how)

    importing = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    said = run(lineage.folder, "--parquet", tmp_path / "parquet")
    assert said.exit_code == 2
    assert "needs the package pyarrow" in said.output


def test_the_page_of_adapters_shows_how(lineage, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    Path("runs/lineage").symlink_to(lineage.folder)
    page = Path(__file__).parents[3].joinpath("docs/adapters.md").read_text(encoding="utf-8")
    part = page[page.index("## Logs elsewhere") :]
    (command,) = re.findall(r"^mortal export (.*)$", part, re.MULTILINE)
    said = run(*command.split())
    assert said.exit_code == 0, said.output
    assert {path.name for path in Path().iterdir()} == {"runs", "tables", "columns", "curves"}
    (block,) = re.findall(r"^```python\n(.*?)^```$", part, re.M | re.S)
    exec(compile(block, "adapters.md", "exec"), {})
    assert "heirs" in capsys.readouterr().out

"""Tidy tables say what the log says, a row a device and a row an event."""

import builtins

import numpy as np
import pandas
import pytest
import xarray

from mortal.analysis import device_table, event_table, exam_table, transfer_table, write_table
from mortal.errors import AnalysisError
from mortal.logbook import open_log


@pytest.fixture(scope="module")
def log(lineage):
    return open_log(lineage.folder)


def test_a_device_has_one_row_with_its_birth_exams_lessons_and_death(log):
    table = device_table(log)
    assert table["serial"].tolist() == log["devices"]["serial"].values.tolist()
    elders = table[table["cohort"] == "elders"]
    born = log["elders"]["birth_step_mean"]
    for at, array in enumerate(born["array"].values):
        assert elders[f"birth_step_mean[{array}]"].tolist() == born.values[:, at].tolist()
    assert elders["first_accuracy"].tolist() == log["elders"]["exam_accuracy"].values[0].tolist()
    assert elders["last_accuracy"].tolist() == log["elders"]["exam_accuracy"].values[-1].tolist()
    assert elders["exams"].tolist() == [2, 2]
    assert elders["death_cause"].tolist() == ["buried", "buried"]
    assert elders["students"].tolist() == [1, 1]
    heirs = table[table["cohort"] == "heirs"]
    assert heirs["teacher_serial"].tolist() == elders["serial"].tolist()
    assert heirs["agreement"].tolist() == elders["students_agreement"].tolist()
    assert (table[table["cohort"] == "clones"]["teacher_serial"] == -1).all()


def test_an_exam_of_a_device_has_one_row(log):
    table = exam_table(log)
    total = sum(
        int((log[c]["exam_present"].values == 1).sum()) for c in ("elders", "heirs", "clones")
    )
    assert len(table) == total == 8
    assert table["exam_sequence"].is_monotonic_increasing
    alone = exam_table(log, "heirs")
    assert alone["exam_accuracy"].tolist() == log["heirs"]["exam_accuracy"].values[0].tolist()


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("exam", 8),
        ("epoch", 8),
        ("ageing", 2),
        ("transfer", 2),
        ("copy", 2),
        ("answer", 0),
        ("mutual", 0),
    ],
)
def test_every_kind_of_event_has_its_table(log, kind, rows):
    table = event_table(log, kind)
    assert len(table) == rows
    assert {"serial", "cohort", f"{kind}_sequence"} <= set(table)


def test_a_merged_log_that_xarray_reads_gives_the_same_tables(lineage, log):
    with xarray.open_datatree(lineage.folder / "log.h5", engine="h5netcdf") as tree:
        pandas.testing.assert_frame_equal(device_table(tree), device_table(log))


def test_who_was_absent_from_an_exam_has_no_row():
    tree = xarray.DataTree.from_dict(
        {
            "/": xarray.Dataset(),
            "/devices": xarray.Dataset(coords={"serial": ("serial", [4, 5])}),
            "/elders": xarray.Dataset(
                {
                    "exam_sequence": ("exam", [3]),
                    "exam_present": (("exam", "device"), np.array([[0, 1]], np.int8)),
                    "exam_accuracy": (("exam", "device"), [[np.nan, 0.5]]),
                },
                coords={"serial": ("device", [4, 5])},
            ),
        }
    )
    table = exam_table(tree)
    assert table["serial"].tolist() == [5]
    assert transfer_table(tree).empty


def test_a_table_comes_back_from_csv_as_it_was(log, tmp_path):
    table = exam_table(log)
    write_table(table, tmp_path / "exams.csv")
    found = pandas.read_csv(tmp_path / "exams.csv", keep_default_na=False, dtype={"exam_step": str})
    for name in ("exam_accuracy", "exam_energy", "exam_loss", "serial", "exam_step"):
        assert found[name].tolist() == table[name].tolist(), name


def test_a_table_comes_back_from_parquet_as_it_was(log, tmp_path):
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow, which is optional")
    table = device_table(log)
    write_table(table, tmp_path / "devices.parquet")
    pandas.testing.assert_frame_equal(pandas.read_parquet(tmp_path / "devices.parquet"), table)


def test_parquet_without_pyarrow_says_what_to_install(log, tmp_path, monkeypatch):
    load = builtins.__import__

    def nothing_of_arrow(name, *rest, **more):
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return load(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", nothing_of_arrow)
    with pytest.raises(AnalysisError, match=r"Parquet needs the package pyarrow.*write \.csv"):
        write_table(exam_table(log), tmp_path / "exams.parquet")


@pytest.mark.parametrize(
    ("name", "words"),
    [("exams.xls", r"ends in \.csv or \.parquet, found \.xls"), ("no/exams.csv", "cannot be")],
)
def test_a_table_that_cannot_be_written_says_why(log, tmp_path, name, words):
    with pytest.raises(AnalysisError, match=words):
        write_table(exam_table(log), tmp_path / name)


def test_a_cohort_that_is_not_there_is_named_beside_those_that_are(log):
    with pytest.raises(
        AnalysisError, match="no cohort 'elder' in the log; there are clones, elders, heirs"
    ):
        device_table(log, "elder")
    with pytest.raises(AnalysisError, match="no log with devices in it"):
        device_table(xarray.DataTree())
    empty = {"/devices": xarray.Dataset(), "/elders": xarray.Dataset()}
    with pytest.raises(AnalysisError, match="'devices' has no serial numbers"):
        device_table(xarray.DataTree.from_dict(empty))
    with pytest.raises(
        AnalysisError, match="answer, epoch, ageing, transfer, mutual, copy, found 'birth'"
    ):
        event_table(log, "birth")

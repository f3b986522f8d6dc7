"""Logs of other versions: earlier ones are read in today's shape, newer ones are refused.

`golden/version-N.h5.xz` are logs as earlier commits of this repository wrote them, of one small
life: 0854de9 (version 1), 9ad3b27 (version 2), 45ff415 (version 3, before lessons had stages).
"""

import lzma
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from log_story import WRITER, write_little

from mortal.analysis import device_table, transfer_table
from mortal.errors import DamageError, LogError
from mortal.export import frames_of
from mortal.logbook import Logbook, merge, open_log, survey
from mortal.logbook.layout import TABLES
from mortal.logbook.parts import list_parts
from mortal.report import write_report

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = (1, 2, 3)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Folders of runs by version, with a merged log and nothing else."""
    place = tmp_path_factory.mktemp("kept")
    for version in VERSIONS:
        (place / str(version)).mkdir()
        packed = (GOLDEN / f"version-{version}.h5.xz").read_bytes()
        (place / str(version) / "log.h5").write_bytes(lzma.decompress(packed))
    return {version: place / str(version) for version in VERSIONS}


def columns_in(file):
    """Values, units and type of every column, by group and name."""
    return {
        (group, name): (column[...], column.attrs["units"], column.dtype)
        for group in file
        for name, column in file[group].items()
        if "units" in column.attrs
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_an_earlier_log_is_read_in_todays_shape(kept, version):
    tree = open_log(kept[version])
    assert tree.attrs["mortal_log_version"] == 3
    told = tree["provenance"].attrs.get("written_as_version")
    assert told == (str(version) if version < 3 else None)
    here = {table.log_name(v) for table in TABLES for v in table.variables}
    for cohort, learnt in (("elders", 2), ("heirs", 2)):
        group = tree[cohort].to_dataset()
        assert group.sizes["epoch"] == learnt
        for table in TABLES:
            if f"{table.name}_sequence" in group:
                wanted = {table.log_name(v) for v in table.variables if not v.in_devices}
                assert wanted <= set(group.variables) <= here | {"serial", "array"}
    assert tree["devices"]["variant"].values.tolist() == [""] * 6
    heirs = tree["heirs"].to_dataset()
    assert heirs["transfer_stage"].values.tolist() == [0]
    assert np.isnan(heirs["transfer_divergence_after"].values).all()
    assert (heirs["transfer_reads"].values == -1).all()


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_that_an_earlier_log_holds_is_lost_or_said_otherwise(kept, version):
    """Or `VERSION` must be raised, and the reader taught what became of it."""
    tree = open_log(kept[version])
    with h5py.File(kept[version] / "log.h5") as file:
        held = columns_in(file)
    assert len(held) > 100
    for (group, name), (values, units, dtype) in held.items():
        found = tree[group][name]
        assert found.attrs["units"] == units, (group, name)
        if h5py.check_string_dtype(dtype):
            values = np.array([text.decode() for text in values])
        else:
            assert found.dtype == dtype, (group, name)
        np.testing.assert_array_equal(found.values, values, err_msg=f"{group} {name}")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_earlier_log_is_analysed_exported_reported_and_merged(kept, version, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(kept[version], folder)
    tree = open_log(folder)
    lessons = transfer_table(tree)
    assert lessons["transfer_teacher_serial"].tolist() == [0, 1]
    assert lessons["transfer_agreement_after"].tolist() == [0.65, 0.55]
    assert device_table(tree)["exams"].tolist() == [1, 1, 1, 1, 1, 1]
    assert len(frames_of(tree)["epoch"]) == 8
    before = (folder / "log.h5").read_bytes()
    assert merge(folder).read_bytes() == before
    assert survey(folder).lots[0].is_complete
    assert "heirs" in write_report(folder).read_text(encoding="utf-8")


def test_a_merged_log_of_a_newer_version_is_refused_by_its_number(tmp_path):
    write_little(tmp_path)
    path = merge(tmp_path)
    with h5py.File(path, "r+") as file:
        file.attrs["mortal_log_version"] = 99
    for read in (open_log, survey, merge):
        with pytest.raises(LogError, match=r"version 99, and this mortal reads versions 1 to 3"):
            read(tmp_path)


@pytest.mark.parametrize("version", [2, 4])
def test_a_run_of_another_version_is_neither_read_nor_moved_aside(tmp_path, monkeypatch, version):
    with monkeypatch.context() as other:
        other.setattr("mortal.logbook.files.VERSION", version)
        book = Logbook.create(tmp_path, **WRITER)
    before = list_parts(tmp_path)
    assert book.parts == 1
    sentence = f"logs as version {version}, .* version 3 only: the mortal that began the run"
    for read in (open_log, survey, merge):
        with pytest.raises(LogError, match=sentence) as caught:
            read(tmp_path)
        assert not isinstance(caught.value, DamageError)
    with pytest.raises(LogError, match=sentence):
        Logbook.resume(tmp_path, **WRITER)
    assert list_parts(tmp_path) == before


def test_a_cohort_that_is_missing_is_named(kept, tmp_path):
    """Only version 1, which had no checksum of the whole, can lose one unseen."""
    path = tmp_path / "log.h5"
    shutil.copy(kept[1] / "log.h5", path)
    with h5py.File(path, "r+") as file:
        del file["heirs"]
    with pytest.raises(DamageError, match="damaged: the cohort 'heirs' has devices and no group"):
        open_log(path)

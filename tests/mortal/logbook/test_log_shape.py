"""The shape of an opened log: groups, dimensions, attributes, and that any reader sees the same."""

import warnings

import h5py
import numpy as np
import pytest
import xarray
from log_story import ARRAYS, WRITER, birth, exam, write_life

from mortal.logbook import TABLES, Logbook, differences, merge, open_log


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    write_life(folder, provenance={"version": "0.1", "started": "today"})
    return folder


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("merged")
    write_life(folder, provenance={"version": "0.1", "started": "yesterday"})
    return merge(folder)


def variables(tree):
    for node in tree.subtree:
        for name, variable in node.to_dataset(inherit=False).variables.items():
            yield f"{node.path}/{name}", variable


def test_parts_and_the_merged_file_open_alike(parts, merged):
    joined, whole = open_log(parts), open_log(merged)
    assert differences(joined, whole) == []
    for tree in (joined, whole):
        tree["provenance"].attrs = {}
    xarray.testing.assert_identical(joined, whole)


def test_xarray_reads_the_merged_file_as_open_log_does(merged):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xarray.open_datatree(merged, engine="h5netcdf") as tree:
            xarray.testing.assert_identical(tree.load(), open_log(merged))


@pytest.mark.parametrize("source", ["parts", "merged"])
def test_every_variable_says_its_units_and_what_it_is(source, request):
    seen = 0
    for place, variable in variables(open_log(request.getfixturevalue(source))):
        assert variable.attrs.get("units"), place
        assert variable.attrs.get("long_name"), place
        seen += 1
    assert seen > 100


def test_every_declared_variable_reaches_the_log(merged):
    found = {place.split("/")[-1] for place, _ in variables(open_log(merged))}
    declared = {table.log_name(variable) for table in TABLES for variable in table.variables}
    assert declared <= found, declared - found


def test_cohorts_have_their_own_devices_and_the_root_has_none(merged):
    tree = open_log(merged)
    assert set(tree.children) == {"elders", "heirs", "clones", "devices", "provenance"}
    assert not tree.to_dataset().sizes
    assert tree["elders"].sizes["device"] == 4
    assert tree["heirs"].sizes["device"] == 8
    assert tree["elders/serial"].dims == ("device",)
    assert "serial" in tree["elders"].coords
    assert tree["elders/array"].values.tolist() == list(ARRAYS)
    assert tree["elders/exam_accuracy"].dims == ("exam", "device")
    assert tree["elders/exam_wear_mean"].dims == ("exam", "device", "array")
    assert tree["elders/exam_step"].values.tolist() == ["repeat.1.2", "repeat.1.4"]


def test_devices_are_one_flat_table_by_serial(merged):
    devices = open_log(merged)["devices"].to_dataset()
    serials = devices.serial.values.tolist()
    assert serials == sorted([*range(4), *range(20, 24), *range(40, 44), *range(120, 124)])
    row = devices.sel(serial=121)
    assert (row.cohort, row.generation, row.born_sequence) == ("heirs", 1, 8)
    assert (row.died_sequence, row.death_cause) == (-1, "")
    assert np.isnan(row.lifetime)
    assert (devices.sel(serial=2).died_sequence, devices.sel(serial=2).death_cause) == (
        10,
        "buried",
    )


def test_a_device_that_took_no_part_is_absent_not_zero(merged):
    heirs = open_log(merged)["heirs"].to_dataset()
    assert heirs.exam_present.values.tolist() == [[1] * 4 + [0] * 4, [0] * 4 + [1] * 4]
    assert np.isnan(heirs.exam_accuracy.values[0, 4:]).all()
    assert (heirs.exam_pulses.values[0, 4:] == -1).all()
    assert (heirs.exam_alive.values[0, 4:] == -1).all()


def test_codes_explain_themselves(merged):
    fidelity = open_log(merged)["elders/epoch_fidelity"]
    meanings = fidelity.attrs["flag_meanings"].split()
    assert [meanings[code] for code in fidelity.values[0]] == ["averaged", "composed"] * 2
    assert fidelity.attrs["flag_values"].tolist() == list(range(len(meanings)))


def test_the_file_has_scales_on_every_axis_checksums_and_no_odd_types(merged):
    placeholders = b"This is a netCDF dimension but not a netCDF variable"

    def check(name, item):
        if not isinstance(item, h5py.Dataset) or item.attrs.get("NAME", b"").startswith(
            placeholders
        ):
            return
        is_scale = item.attrs.get("CLASS") == b"DIMENSION_SCALE"
        assert is_scale or all(len(dimension) == 1 for dimension in item.dims), name
        if h5py.check_string_dtype(item.dtype):
            assert h5py.check_string_dtype(item.dtype).encoding == "utf-8", name
        else:
            assert item.dtype in (np.float64, np.float32, np.int64, np.int8), name
            assert item.fletcher32, name
            assert item.compression == "gzip", name

    with h5py.File(merged) as file:
        file.visititems(check)


def test_a_long_configuration_survives(tmp_path):
    long = "# é long list\n" * 20_000
    book = Logbook.create(tmp_path, configuration_text=long, configuration_hash="1")
    book.commit([birth([3]), exam([3], 1)])
    assert open_log(tmp_path)["provenance"].attrs["configuration"] == long
    assert open_log(merge(tmp_path))["provenance"].attrs["configuration"] == long


def test_a_log_without_a_record_opens(tmp_path):
    Logbook.create(tmp_path, **WRITER)
    live = open_log(tmp_path)
    assert set(live.children) == {"provenance"}
    assert differences(live, merge(tmp_path)) == []


def test_text_of_any_script_comes_back(tmp_path):
    book = Logbook.create(tmp_path, **WRITER)
    book.commit([birth([3], cohort="élèves du soir"), exam([3], 1, "élèves du soir")])
    assert "élèves du soir" in open_log(merge(tmp_path)).children


def test_the_documentation_is_generated_from_the_layout():
    from pathlib import Path

    from mortal.logbook.describe import text

    page = Path(__file__).parents[3] / "docs" / "log.md"
    assert page.read_text(encoding="utf-8") == text(), (
        "run: python -m mortal.logbook.describe > docs/log.md"
    )

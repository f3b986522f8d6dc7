"""The log of a whole life says what happened, in numbers that can be had again."""

import numpy as np
import pytest
import xarray

from devices import probe
from mortal import grow, load_data, open_log
from mortal.config import load
from mortal.logbook import TABLES

COHORTS = {"elders": 0, "heirs": 2, "clones": 4}


@pytest.fixture(scope="module")
def log(lineage):
    return open_log(lineage.folder)


def regrown(lineage, name):
    plan = load(lineage.file).config
    cohort = plan.cohorts[name]
    return grow(
        cohort.technology, cohort.layers, cohort.count, cohort.rule, plan.seed,
        first_serial=COHORTS[name],
    )  # fmt: skip


def test_every_variable_says_its_unit_and_what_it_is(log):
    groups = [node for node in log.subtree if node.path not in ("/", "/provenance")]
    assert {node.path for node in groups} == {"/devices", "/elders", "/heirs", "/clones"}
    for node in groups:
        assert len(node.variables) > 8
        for name, variable in node.variables.items():
            assert variable.attrs["units"], f"{node.path}/{name}"
            assert len(variable.attrs["long_name"]) > 3, f"{node.path}/{name}"


def test_every_kind_of_event_is_there_where_it_happened(log):
    happened = {
        "elders": {"exam": 2, "epoch": 2, "ageing": 1},
        "heirs": {"exam": 1, "epoch": 2, "transfer": 1},
        "clones": {"exam": 1, "copy": 1},
    }
    kinds = {table.axis for table in TABLES if table.axis}
    for name, events in happened.items():
        found = {kind: log[name].sizes[kind] for kind in kinds if kind in log[name].dims}
        assert found == events
        for kind, count in events.items():
            assert log[name][f"{kind}_sequence"].values.size == count


def test_the_story_is_in_order(log):
    sequence = np.concatenate(
        [log["devices"].born_sequence.values]
        + [log["elders"][f"{kind}_sequence"].values for kind in ("epoch", "exam", "ageing")]
        + [log["heirs"].transfer_sequence.values, log["clones"].copy_sequence.values]
    )
    births, epochs, exams, ageing, transfer, copy = np.split(sequence, [6, 8, 10, 11, 12])
    assert births.tolist() == [0, 0, 1, 1, 2, 2]
    assert epochs[0] == epochs[1] > births.max()
    assert epochs[0] < exams[0] < ageing[0] < exams[1] < transfer[0] < copy[0]
    assert (log["devices"].died_sequence.values[:2] > copy[0]).all()


@pytest.mark.parametrize("name", COHORTS)
def test_manufacture_in_the_log_is_what_the_microscope_sees_in_devices_grown_again(
    log, lineage, name
):
    population, cohort = regrown(lineage, name), log[name]
    assert cohort.array.values.tolist() == list(population.arrays)
    for at, array in enumerate(population.arrays.values()):
        for column, seen in probe.summary(array).items():
            logged = cohort[f"birth_{column}"].values[:, at]
            assert np.array_equal(logged, seen, equal_nan=True), column
        shared = probe.shared(array)
        assert np.array_equal(cohort.birth_wafer_component.values[:, at], shared.wafer)
        for part, seen in (("row", shared.row), ("column", shared.column)):
            logged = cohort[f"birth_{part}_component"].values[:, at]
            assert logged == pytest.approx(seen.std(axis=1), rel=1e-6)
    wafers = cohort.serial.values // population.technology.spread.devices_per_wafer
    assert cohort.birth_wafer.values.tolist() == wafers.tolist()


def test_who_lived_stands_in_one_table(log):
    people = log["devices"]
    assert people.serial.values.tolist() == list(range(6))
    assert people.cohort.values.tolist() == ["elders"] * 2 + ["heirs"] * 2 + ["clones"] * 2
    assert set(people.technology.values) == {"mortal-default"}
    assert set(people.rule.values) == {"mono-forward"}
    assert people.death_cause.values.tolist() == ["buried"] * 2 + [""] * 4
    assert people.died_step.values.tolist() == ["7"] * 2 + [""] * 4
    assert np.array_equal(np.isnan(people.lifetime), [False] * 2 + [True] * 4)


def test_a_life_by_hand_has_the_same_exams(log, lineage):
    """Training, three warm years and both exams of the elders, without story, log or engine."""
    data = load_data("digits", train=200, test=100)
    elders = regrown(lineage, "elders")
    exams = []
    elders.train(data.inputs_train, data.labels_train, epochs=2)
    exams.append(elders.examine(data.inputs_test, data.labels_test))
    elders.age(3 * 365.25 * 86400, 328.15)
    exams.append(elders.examine(data.inputs_test, data.labels_test))
    for at, exam in enumerate(exams):
        assert np.array_equal(log["elders"].exam_accuracy[at], exam.accuracy)
        assert np.array_equal(log["elders"].exam_loss[at], exam.loss)
    stds = [probe.weights(array).std(axis=(1, 2), dtype=float) for array in elders.arrays.values()]
    assert np.array_equal(log["elders"].exam_weight_std[1], np.stack(stds, axis=1))
    assert (exams[0].accuracy > 0.15).all(), "they knew something"


def test_energy_pulses_and_age_only_grow(log):
    elders = log["elders"]
    for name in ("exam_energy", "exam_pulses", "exam_age"):
        first, second = elders[name].values
        assert (first > 0).all(), name
        assert (second >= first).all(), name
    assert np.array_equal(elders.exam_pulses[0], elders.exam_pulses[1]), "nothing was written"


def test_other_programs_read_the_log(log, lineage):
    with xarray.open_datatree(lineage.folder / "log.h5", engine="h5netcdf") as other:
        assert np.array_equal(other["elders"].exam_accuracy, log["elders"].exam_accuracy)
        assert (
            other["devices"].death_cause.values.tolist()
            == log["devices"].death_cause.values.tolist()
        )

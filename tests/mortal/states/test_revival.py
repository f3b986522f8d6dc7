"""Any device of a run is revived from its folder alone, as it was, by its serial number."""

import numpy as np
import pytest
from state_folder import begun, grown, keep, plan, school

import mortal
from devices import FrozenElsewhere
from devices.kernels import available
from mortal.config import load
from mortal.errors import ConfigError, DataError, LogError
from mortal.states import FOLDER, regrow

TWINS = [4, 5, 6, 7]


def same_life(one, other):
    """Whether two populations answer alike, now and after more schooling."""
    return np.array_equal(school(one), school(other)) and np.array_equal(school(one), school(other))


@pytest.fixture
def run(tmp_path):
    """A run of two lots by rank; device 1 died in step 1, in the middle of its lot."""
    folder = begun(tmp_path / "run")
    lives = {}
    for lot, ranks in enumerate(([0, 1], [2, 3])):
        elders = grown("elders", ranks)
        twins = grown("twins", [TWINS[rank] for rank in ranks], made_as=ranks)
        for moment, step in enumerate(["birth", "0", "1"]):
            if moment:
                for population in (elders, twins):
                    school(population)
            if step == "1" and lot == 0:
                keep(folder, "0000-000002-dead-elders", 2, "1", elders=elders.take([1]))
                lives["dead"] = elders.take([1])
                elders = elders.take([0])
            keep(folder, f"{lot:04}-{moment:06}", moment, step, elders=elders, twins=twins)
            lives[lot, step] = elders.take(np.arange(len(elders))), twins.take([0, 1])
    return folder, lives


def test_a_device_is_revived_as_it_was_last(run):
    folder, lives = run
    for serial, population, position in (
        (0, lives[0, "1"][0], 0),
        (3, lives[1, "1"][0], 1),
        (5, lives[0, "1"][1], 1),
    ):
        found = mortal.revive(folder, serial)
        assert found.serials.tolist() == [serial]
        assert found.epochs == 2
        assert same_life(found, population.take([position]))


def test_the_dead_are_revived_as_they_died(run):
    folder, lives = run
    found = mortal.revive(str(folder), 1)
    assert found.epochs == 2
    assert same_life(found, lives["dead"])


def test_a_device_is_revived_as_it_was_in_a_step(run):
    folder, lives = run
    for step, epochs in (("birth", 0), ("0", 1), ("1", 2)):
        found = mortal.revive(folder, 6, step)
        assert found.epochs == epochs
        assert same_life(found, lives[1, step][1].take([0]))
    assert same_life(mortal.revive(folder, 1, "0"), lives[0, "0"][0].take([1]))


def test_a_control_is_revived_as_the_twin_that_it_was_made_as(run):
    folder, _ = run
    found = mortal.revive(folder, 7)
    assert {array.made_as.tolist()[0] for array in found.arrays.values()} == {3}
    assert found.settings.name == "forward-forward"


def test_a_device_is_revived_from_one_file_of_its_run(run):
    folder, lives = run
    found = mortal.revive(folder / FOLDER / "0001-000001.h5", 2)
    assert same_life(found, lives[1, "0"][0].take([0]))
    with pytest.raises(DataError, match=r"no state of a device 0 \(of: 2-3, 6-7\)"):
        mortal.revive(folder / FOLDER / "0001-000001.h5", 0)


def test_a_device_that_no_run_has_grown_is_told_from_those_it_has(run):
    folder, _ = run
    with pytest.raises(DataError, match=r"keeps no state of a device 8 \(of: 0-7\)"):
        mortal.revive(folder, 8)
    (folder / FOLDER / "0001-000002.h5").unlink()
    with pytest.raises(DataError, match=r"no state of device 2 in step 1 \(in: birth, 0\)"):
        mortal.revive(folder, 2, "1")


def test_of_several_times_in_a_step_the_last_is_taken(tmp_path):
    folder = begun(tmp_path / "run")
    elders = grown("elders", [0, 1])
    for moment, step in ((9, "0.1"), (10, "0.1"), (11, "1")):
        school(elders)
        keep(folder, f"0000-{moment:06}", moment, step, elders=elders)
    assert mortal.revive(folder, 0, "0.1").epochs == 2
    assert mortal.revive(folder, 0).epochs == 3


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_file_is_named_and_others_are_read(run, damage):
    folder, _ = run
    path = folder / FOLDER / "0001-000002.h5"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data[:700] if damage == "cut" else data)
    for serial in (2, 3, 6, 7):
        with pytest.raises(LogError, match=r"0001-000002\.h5 is (damaged|no file of states)"):
            mortal.revive(folder, serial)
    assert mortal.revive(folder, 0).epochs == 2
    path.unlink()
    assert mortal.revive(folder, 2).epochs == 1


def test_a_folder_without_states_or_configuration_is_told(tmp_path, run):
    with pytest.raises(LogError, match=r"there is no run at .*nowhere"):
        mortal.revive(tmp_path / "nowhere", 0)
    with pytest.raises(LogError, match=r"empty keeps no states"):
        mortal.revive(begun(tmp_path / "empty"), 0)
    folder, _ = run
    (folder / "configuration.yaml").unlink()
    with pytest.raises(ConfigError, match=r"configuration\.yaml: the configuration .* is missing"):
        mortal.revive(folder, 0)


def test_states_of_another_run_are_told(run):
    folder, _ = run
    other = load(plan().text(), seed=8)
    (folder / "configuration.yaml").write_text(other.text(), encoding="utf-8")
    with pytest.raises(LogError, match=r"belongs to a run of another configuration"):
        mortal.revive(folder, 0)


@pytest.mark.skipif("native" not in available(), reason="the native kernels are not built")
def test_other_kernels_revive_a_device_only_if_they_are_asked_to(run, monkeypatch):
    folder, _ = run
    assert mortal.revive(folder, 0).freeze().build.backend == "reference"
    assert mortal.revive(folder, 0, backend="native").freeze().build.backend == "native"
    elders = grown("elders", [0])
    monkeypatch.setattr("mortal.freezing.resolve", lambda name: "abacus")
    keep(folder, "0000-000009", 9, "1", elders=elders)
    monkeypatch.undo()
    with pytest.raises(LogError, match=r"000009\.h5: .*abacus.*give another `backend`"):
        mortal.revive(folder, 0)
    assert mortal.revive(folder, 0, backend="reference").epochs == 0


def test_a_plan_that_builds_otherwise_regrows_nobody():
    elders = grown("elders", [0])
    assert regrow(plan(), elders.freeze()).serials.tolist() == [0]
    other = load(plan().text(), overrides=["cohorts.elders.layers=[64, 9]"])
    with pytest.raises(FrozenElsewhere, match=r"layers \(64, 8\) .* \(64, 9\) is wanted"):
        regrow(other, elders.freeze())

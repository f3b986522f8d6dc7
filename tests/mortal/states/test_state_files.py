"""Files of states: whole or not at all, and whatever is wrong with one is said by name."""

import errno
import os

import h5py
import numpy as np
import pytest
from state_folder import begun, grown, keep, plan, school

from mortal.errors import LogError
from mortal.states import peek_states, read_states, write_states
from mortal.states.files import VERSION

READERS = (read_states, peek_states)


def elders(epochs=1):
    population = grown("elders", [0, 1, 2, 3])
    school(population, epochs)
    return population


@pytest.fixture(scope="module")
def frozen():
    return elders().freeze()


@pytest.fixture
def path(tmp_path, frozen):
    write_states(tmp_path / "s.h5", {"elders": frozen}, {"moment": 3}, configuration="abc")
    return tmp_path / "s.h5"


def assert_same(found, wanted):
    assert found.build == wanted.build
    assert found.epochs == wanted.epochs
    assert found.numbers.keys() == wanted.numbers.keys()
    pairs = {name: (found.numbers[name], wanted.numbers[name]) for name in wanted.numbers}
    pairs |= {"serials": (found.serials, wanted.serials), "made": (found.made_as, wanted.made_as)}
    for name, (one, other) in pairs.items():
        assert one.dtype == other.dtype, name
        assert one.shape == other.shape, name
        assert one.tobytes() == other.tobytes(), name


def test_states_come_back_as_they_were_frozen(tmp_path, frozen):
    twins = grown("twins", [6, 4], made_as=[2, 0])
    school(twins)
    given = {"elders": frozen.take([3, 0]), "twins": twins.freeze(), "nobody": frozen.take([])}
    notes = {"moment": np.int64(3), "step": "2.0.1", "alive": np.array([2, 0]), "share": 0.1,
             "who": {"name": "ä"}, "none": None}  # fmt: skip
    write_states(tmp_path / "s.h5", given, notes)
    found, populations = read_states(tmp_path / "s.h5")
    assert found == notes | {"moment": 3, "alive": [2, 0]}
    assert populations.keys() == given.keys()
    for name, population in populations.items():
        assert_same(population, given[name])
    peek = peek_states(tmp_path / "s.h5")
    assert peek.notes == found
    serials = {name: serials.tolist() for name, serials in peek.serials.items()}
    assert serials == {"elders": [3, 0], "twins": [6, 4], "nobody": []}


def test_the_same_states_make_the_same_bytes_and_any_tool_opens_them(path, frozen):
    other = path.with_name("other.h5")
    write_states(other, {"elders": frozen}, {"moment": 3}, configuration="abc")
    assert other.read_bytes() == path.read_bytes()
    with h5py.File(path) as file:
        assert file.attrs["mortal_states_version"] == VERSION
        assert file["populations/elders/serials"][...].tolist() == [0, 1, 2, 3]


def test_a_file_is_replaced_as_a_whole(path, frozen):
    write_states(path, {"some": frozen.take([1])}, {"moment": 4})
    notes, populations = read_states(path)
    assert notes == {"moment": 4}
    assert populations.keys() == {"some"}
    assert [file.name for file in path.parent.iterdir()] == ["s.h5"]


def test_a_full_disk_leaves_the_states_before(path, frozen, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LogError, match=r"cannot write .*s\.h5: No space left"):
        write_states(path, {"some": frozen}, {"moment": 4})
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["s.h5"]


def test_every_flipped_bit_is_found(path):
    data = path.read_bytes()
    places = np.random.default_rng(0).integers(512, len(data), 60)
    for place in places:
        broken = bytearray(data)
        broken[place] ^= 1 << int(place) % 8
        path.write_bytes(broken)
        with pytest.raises(LogError, match=r"s\.h5 is damaged"):
            read_states(path)
    path.write_bytes(data)
    assert read_states(path)[0] == {"moment": 3}


@pytest.mark.parametrize("damage", ["cut", "cut short", "emptied", "text", "part"])
def test_a_damaged_or_foreign_file_is_named(path, damage):
    data = path.read_bytes()
    path.write_bytes(
        {
            "cut": data[:-900],
            "cut short": data[:600],
            "emptied": b"",
            "text": b"not states" * 100,
            "part": b"part of a mortal log, sha256 of what follows: " + data[46:],
        }[damage]
    )
    with pytest.raises(LogError, match=r"s\.h5 is (damaged|no file)"):
        read_states(path)
    if damage not in ("cut", "part"):  # what is no longer there may not be looked for
        with pytest.raises(LogError, match=r"s\.h5 is no file of states"):
            peek_states(path)


def test_another_file_of_hdf5_is_named(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["numbers"] = np.arange(3)
    for reader in READERS:
        with pytest.raises(LogError, match=r"other\.h5 is .*states of mortal devices"):
            reader(tmp_path / "other.h5")


def test_another_version_is_told(path, monkeypatch, frozen):
    monkeypatch.setattr("mortal.states.files.VERSION", VERSION + 1)
    for reader in READERS:
        with pytest.raises(LogError, match=rf"s\.h5 is of version {VERSION}; .* {VERSION + 1}"):
            reader(path)


def test_another_configuration_is_told(path, frozen):
    for reader in READERS:
        assert reader(path, configuration="abc")
        with pytest.raises(LogError, match=r"s\.h5 belongs to a run of another configuration"):
            reader(path, configuration="abd")
    write_states(path, {"elders": frozen}, {})
    for reader in READERS:
        assert reader(path, configuration="abd")


def test_a_file_that_is_gone_is_not_damaged(tmp_path):
    for reader in READERS:
        with pytest.raises(FileNotFoundError):
            reader(tmp_path / "s.h5")


def test_a_life_goes_on_from_its_file(tmp_path):
    folder, stayed = begun(tmp_path / "run"), elders()
    path = keep(folder, "0000-000001", 1, "0", elders=stayed)
    _, populations = read_states(path, configuration=plan().hash())
    again = grown("elders", [0, 1, 2, 3])
    again.thaw(populations["elders"])
    assert np.array_equal(school(stayed), school(again))

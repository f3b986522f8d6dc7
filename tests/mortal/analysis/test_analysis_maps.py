"""Maps keep who is near whom, take in new devices, and show the trails of knowledge."""

import builtins

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from logs_made_up import log_of
from scipy.spatial.distance import cdist

from mortal.analysis import answer_distances, device_table, draw_map, lessons, trails
from mortal.analysis.euclidean import interpolated, points_of
from mortal.errors import AnalysisError
from mortal.logbook import open_log

SCHOOLS = 3


def answers_of(devices, seed, wobble=0.6):
    """Devices of three schools, one after another, that answer thirty questions much alike."""
    schools = 2 * np.random.default_rng(0).normal(size=(SCHOOLS, 30, 4))
    own = wobble * np.random.default_rng(seed).normal(size=(devices, 30, 4))
    logits = schools[np.arange(devices) % SCHOOLS] + own
    return logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))


@pytest.fixture(scope="module")
def old():
    return answers_of(45, 1)


@pytest.fixture(scope="module")
def drawn(old):
    pytest.importorskip("openTSNE", reason="maps need openTSNE, which is optional")
    return draw_map(answer_distances(old), neighbours=9, seed=4)


def test_devices_of_one_school_stand_together(drawn):
    apart = cdist(drawn.positions, drawn.positions)
    np.fill_diagonal(apart, np.inf)
    assert (apart.argmin(axis=1) % SCHOOLS == np.arange(45) % SCHOOLS).all()
    assert drawn.trustworthiness > 0.9, drawn
    assert str(drawn).startswith("map of 45 devices by 9 neighbours, trustworthiness 0.9")


def test_the_same_seed_gives_the_same_map(drawn, old):
    again = draw_map(answer_distances(old), neighbours=9, seed=4)
    assert (again.positions == drawn.positions).all()
    assert again.trustworthiness == drawn.trustworthiness


def test_new_devices_fall_among_their_school_and_move_nobody(drawn, old):
    before = drawn.positions.copy()
    new = answers_of(12, 2)
    placed = drawn.place(answer_distances(new, old))
    nearest = cdist(placed, drawn.positions).argmin(axis=1)
    assert (nearest % SCHOOLS == np.arange(12) % SCHOOLS).all()
    assert (drawn.positions == before).all()
    alone = drawn.place(answer_distances(new[3:4], old))
    assert alone[0] == pytest.approx(placed[3], abs=1e-6), "a new device stands for itself"


def test_an_old_device_placed_anew_falls_near_where_it_stands(drawn, old):
    placed = drawn.place(answer_distances(old[:6], old))
    size = drawn.positions.std()
    moved = np.linalg.norm(placed - drawn.positions[:6], axis=1) / size
    assert moved.max() < 0.5, moved


def test_a_map_of_fewer_devices_than_neighbours_says_the_numbers(drawn):
    distances = drawn.distances[:20, :20]
    words = "by 30 neighbours needs 31 devices or more, found 20; ask for 19 or fewer"
    with pytest.raises(AnalysisError, match=words):
        draw_map(distances)
    with pytest.raises(AnalysisError, match="found 2; a map needs 4 devices or more"):
        draw_map(distances[:2, :2], neighbours=3)


@pytest.mark.parametrize(
    ("distances", "words"),
    [
        (np.zeros((40, 40)), "all 40 devices answer alike"),
        (np.zeros((40, 30)), r"found shape \(40, 30\)"),
        (np.eye(40), "0 to oneself"),
        (np.full((40, 40), np.nan), "numbers of 0 or more"),
    ],
)
def test_what_are_no_distances_is_refused(distances, words):
    with pytest.raises(AnalysisError, match=words):
        draw_map(distances)


def test_distances_to_another_population_cannot_be_placed(drawn):
    with pytest.raises(AnalysisError, match=r"needs distances \[new, 45\], found shape \(2, 44\)"):
        drawn.place(np.ones((2, 44)))


def test_without_opentsne_a_map_says_what_to_install(drawn, monkeypatch):
    load = builtins.__import__

    def nothing_of_it(name, *rest, **more):
        if name.partition(".")[0] == "openTSNE":
            raise ImportError(f"No module named {name!r}")
        return load(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", nothing_of_it)
    with pytest.raises(AnalysisError, match="pip install openTSNE"):
        draw_map(drawn.distances, neighbours=9)


@given(some.integers(0, 2**32 - 1), some.integers(3, 12), some.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_points_have_the_distances_they_were_made_from(seed, count, axes):
    draws = np.random.default_rng(seed)
    real = draws.normal(size=(count, axes))
    points = points_of(cdist(real, real))
    assert cdist(points, points) == pytest.approx(cdist(real, real), abs=1e-2)
    new = np.stack([real.mean(axis=0), (real[0] + real[1]) / 2])  # within the space of the old
    found = interpolated(points, cdist(new, real))
    assert cdist(found, points) == pytest.approx(cdist(new, real), abs=1e-2)


def test_a_point_outside_the_space_of_the_old_keeps_its_order():
    draws = np.random.default_rng(7)
    real = np.pad(draws.normal(size=(8, 2)), ((0, 0), (0, 1)))
    new = np.array([[0.3, 0.2, 5.0]])
    found = cdist(
        interpolated(points_of(cdist(real, real)), cdist(new, real)), points_of(cdist(real, real))
    )
    assert np.argsort(found[0]).tolist() == np.argsort(cdist(new, real)[0]).tolist()


def test_trails_lead_from_teacher_to_student():
    births = {"birth_wafer": [0, 0]}
    tree = log_of(
        {
            "elders": {"serial": [0, 1], **births},
            "heirs": {
                "serial": [2, 3],
                "transfer_sequence": [1],
                "transfer_teacher_serial": [[0, 1]],
                "transfer_agreement_after": [[0.5, 0.75]],
                **births,
            },
            "youngest": {
                "serial": [4, 5],
                "transfer_sequence": [2, 3],
                "transfer_present": np.array([[1, 1], [1, 0]], np.int8),
                "transfer_teacher_serial": [[2, 2], [3, -1]],
                "transfer_agreement_after": [[0.5, 0.5], [0.5, np.nan]],
                **births,
            },
        }
    )
    assert trails(tree) == [(1, 3, 4), (0, 2, 5)]
    given_ = lessons(tree)
    assert given_.teacher.tolist() == [0, 1, 2, 2, 3]
    assert given_.student.tolist() == [2, 3, 4, 5, 4]
    assert given_.agreement.tolist() == [0.5, 0.75, 0.5, 0.5, 0.5]


def test_stages_of_a_lesson_are_one_lesson():
    births = {"birth_wafer": [0]}
    heirs = {
        "serial": [1],
        "transfer_sequence": [4, 4],
        "transfer_stage": [0, 1],
        "transfer_teacher_serial": [[0], [0]],
        "transfer_agreement_after": [[0.5], [0.75]],
        **births,
    }
    tree = log_of({"elders": {"serial": [0], **births}, "heirs": heirs})
    found = lessons(tree)
    assert (found.teacher.tolist(), found.agreement.tolist()) == ([0], [0.75])
    table = device_table(tree)
    assert table["students"].tolist() == [1, 0]
    assert table["students_agreement"][0] == 0.75


def test_peers_who_teach_each_other_make_no_endless_trail():
    peers = {
        "serial": [0, 1],
        "birth_wafer": [0, 0],
        "transfer_sequence": [1],
        "transfer_teacher_serial": [[1, 0]],
        "transfer_agreement_after": [[0.5, 0.5]],
    }
    assert trails(log_of({"peers": peers})) == [(1, 0), (0, 1)]


def test_a_lived_lineage_leaves_its_trails(lineage):
    log = open_log(lineage.folder)
    elders, heirs = (log[name]["serial"].values.tolist() for name in ("elders", "heirs"))
    assert trails(log) == list(zip(elders, heirs, strict=True))

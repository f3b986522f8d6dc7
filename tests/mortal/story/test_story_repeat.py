"""Generations: the taught take their teachers' place, and the young are new devices each time."""

import numpy as np
import pytest
from small_lives import ELDERS, life, lived, world_after

HEIRS = "heirs: {like: elders}"
CLONES = "clones: {like: elders}"
TEACH = "distil: {from: elders, to: heirs, budget: 110, epochs: 8}"


def lineage(inner, generations=3, more="", cohorts=(ELDERS, HEIRS)):
    story = ", ".join(inner)
    step = f"repeat: {{generations: {generations}, story: [{story}]{more}}}"
    return life("train: {cohort: elders, epochs: 10}", step, cohorts=cohorts)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    place = tmp_path_factory.mktemp("generations") / "run"
    return lived(lineage([TEACH, "examine: {cohort: [elders, heirs]}"]), place)


def test_every_generation_takes_new_serials_and_the_next_number(log):
    people = log["devices"]
    assert people.serial.values.tolist() == list(range(8))
    assert people.cohort.values.tolist() == ["elders"] * 2 + ["heirs"] * 6
    assert people.generation.values.tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert people.born_step.values.tolist() == ["birth"] * 4 + ["1.0"] * 2 + ["1.1"] * 2
    assert (np.diff(people.born_sequence.values[::2]) > 0).all()


def test_the_taught_become_the_teachers_of_the_next(log):
    heirs = log["heirs"]
    students = heirs.transfer_present.values.astype(bool)
    taught = [heirs.serial.values[row].tolist() for row in students]
    teachers = [
        serials[row].tolist()
        for serials, row in zip(heirs.transfer_teacher_serial.values, students, strict=True)
    ]
    assert taught == [[2, 3], [4, 5], [6, 7]]
    assert teachers == [[0, 1], [2, 3], [4, 5]]
    assert heirs.transfer_step.values.tolist() == ["1.0.0", "1.1.0", "1.2.0"]


def test_a_device_keeps_its_place_in_the_log_when_it_takes_another_in_the_story(log):
    # In the second generation "elders" are the first heirs: their exams stand under heirs.
    assert log["elders"].exam_step.values.tolist() == ["1.0.1"]
    heirs = log["heirs"]
    assert heirs.exam_step.values.tolist() == ["1.0.1", "1.1.1", "1.1.1", "1.2.1", "1.2.1"]
    assert heirs.exam_generation.values.tolist() == [0, 0, 1, 1, 2]
    who = [heirs.serial.values[row].tolist() for row in heirs.exam_present.values.astype(bool)]
    assert who == [[2, 3], [2, 3], [4, 5], [4, 5], [6, 7]]
    # Nothing happened to them in between, and an exam leaves no trace.
    loss = heirs.exam_loss.values
    assert np.array_equal(loss[0][:2], loss[1][:2])
    assert np.array_equal(loss[2][2:4], loss[3][2:4])


def test_heirs_know_what_no_label_told_them(log):
    accuracy = log["heirs"].exam_accuracy.values
    assert np.nanmin(accuracy[0]) > 0.5, accuracy
    assert np.nanmin(accuracy[-1]) > 0.3, accuracy


def test_the_young_of_each_generation_are_somebody_else(log):
    made = log["heirs"].exam_weight_std.values
    first, second, third = made[0][:2], made[2][2:4], made[4][4:]
    assert len({float(x) for x in np.concatenate([first, second, third]).ravel()}) == 6


def test_who_is_copied_to_is_regrown_too_but_takes_no_place(tmp_path):
    inner = [TEACH, "copy: {from: elders, to: clones}"]
    log = lived(lineage(inner, 2, cohorts=(ELDERS, HEIRS, CLONES)), tmp_path / "run")
    people = log["devices"]
    assert people.cohort.values.tolist() == (
        ["elders"] * 2 + ["heirs"] * 2 + ["clones"] * 2 + ["heirs"] * 2 + ["clones"] * 2
    )
    clones = log["clones"]
    sources = [row[row >= 0].tolist() for row in clones.copy_source_serial.values]
    assert sources == [[0, 1], [2, 3]], "the second generation's elders are the first heirs"


def test_declared_succession_wins_over_the_story(tmp_path):
    log = lived(lineage([TEACH], 2, ", succession: {}"), tmp_path / "run")
    heirs = log["heirs"]
    teachers = [row[row >= 0].tolist() for row in heirs.transfer_teacher_serial.values]
    assert teachers == [[0, 1], [0, 1]]
    assert heirs.serial.values.tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("order", ["elders: heirs, heirs: clones", "heirs: clones, elders: heirs"])
def test_places_are_handed_on_all_at_once(tmp_path, order):
    inner = "story: [age: {cohort: elders, by: 1 s}]"
    step = f"repeat: {{generations: 2, {inner}, succession: {{{order}}}}}"
    world = world_after(life(step, cohorts=(ELDERS, HEIRS, CLONES)), tmp_path / "run")
    serials = {name: cohort.serials.tolist() for name, cohort in world.cohorts.items()}
    assert serials == {"elders": [2, 3], "heirs": [4, 5], "clones": [4, 5]}


def test_a_generation_of_one_is_the_story_once(tmp_path):
    inner = [TEACH, "examine: {cohort: [elders, heirs]}"]
    once = lived(lineage(inner, 1), tmp_path / "once")
    plain = lived(
        life("train: {cohort: elders, epochs: 10}", *inner, cohorts=(ELDERS, HEIRS)),
        tmp_path / "plain",
    )
    assert len(once["devices"].serial) == 4
    for name in ("elders", "heirs"):
        assert np.array_equal(once[name].exam_loss, plain[name].exam_loss)


def test_stories_nest(tmp_path):
    inner = ["repeat: {generations: 2, story: [examine: {cohort: elders}]}"]
    log = lived(lineage(inner, 2, cohorts=(ELDERS,)), tmp_path / "run")
    paths = [f"1.{outer}.0.{inner}.0" for outer in (0, 1) for inner in (0, 1)]
    assert log["elders"].exam_step.values.tolist() == paths


def test_twins_of_a_regrown_cohort_follow_its_last_generation(tmp_path):
    twins = "twins: {like: heirs, identical_to: heirs}"
    inner = [TEACH, "distil: {from: elders, to: twins, budget: 60, epochs: 1}"]
    more = ", succession: {elders: heirs}"
    log = lived(lineage(inner, 2, more, cohorts=(ELDERS, HEIRS, twins)), tmp_path / "run")
    for name in ("birth_offset_std", "birth_row_component", "birth_bound_mean"):
        assert np.array_equal(log["heirs"][name], log["twins"][name], equal_nan=True)
    assert log["twins"].serial.values.tolist() == [4, 5, 8, 9]

"""Who dies, of what, and how the dead are left in peace while ranks stay as they were."""

import numpy as np
import pytest
from small_lives import Listener, life, lived

from devices import probe
from mortal import grow

TRAIN = "train: {cohort: elders, epochs: 1}"
EXAM = "examine: {cohort: elders}"
WORN = "{like: mortal-default, wear: {endurance: %g}}"


def cohort(technology="exact", count=6, death="{}", name="elders"):
    return f"{name}: {{technology: {technology}, layers: [64, 6], count: {count}, death: {death}}}"


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """Six devices after one epoch; those below the third best accuracy die at once."""
    place = tmp_path_factory.mktemp("failing")
    steps = [TRAIN, EXAM, TRAIN, EXAM]
    free = lived(life(*steps, cohorts=[cohort()]), place / "free")
    first = free["elders"].exam_accuracy.values[0]
    limit = float(np.sort(first)[3])
    assert np.sort(first)[2] < limit, "the limit parts the six in two halves"
    listener = Listener()
    strict = life(*steps, cohorts=[cohort(death=f"{{below: {limit!r}}}")])
    return free, lived(strict, place / "strict", narrator=listener), limit, listener


def test_whoever_answers_worse_than_declared_is_dead(failing):
    free, strict, limit, listener = failing
    first = free["elders"].exam_accuracy.values[0]
    people = strict["devices"]
    dead = people.died_step.values == "1"
    assert np.array_equal(dead, first < limit)
    assert 1 <= dead.sum() <= 3
    assert (people.death_cause.values[dead] == "accuracy").all()
    assert np.array_equal(strict["elders"].exam_alive[0] == 0, dead)
    assert (listener.exams[0].dead, listener.exams[0].accuracy.size) == (dead.sum(), 6)
    assert np.array_equal(people.lifetime.values[dead], strict["elders"].exam_age.values[0][dead])


def test_the_dead_are_neither_taught_nor_examined_and_the_living_do_not_notice(failing):
    free, strict, limit, listener = failing
    dead = free["elders"].exam_accuracy.values[0] < limit
    elders = strict["elders"]
    assert elders.exam_present.values.tolist() == [[1] * 6, (~dead).astype(int).tolist()]
    assert elders.epoch_present.values.tolist() == [[1] * 6, (~dead).astype(int).tolist()]
    assert np.isnan(elders.exam_accuracy.values[1][dead]).all()
    for name in ("exam_accuracy", "exam_loss", "exam_weight_std"):
        assert np.array_equal(elders[name][1][~dead], free["elders"][name][1][~dead]), name
    assert listener.exams[1].accuracy.size == (~dead).sum()


def test_below_means_below(tmp_path):
    steps = [TRAIN, EXAM]
    free = lived(life(*steps, cohorts=[cohort(count=1)]), tmp_path / "free")
    reached = float(free["elders"].exam_accuracy[0, 0])
    limit = f"{{below: {reached!r}}}"
    log = lived(life(*steps, cohorts=[cohort(count=1, death=limit)]), tmp_path / "strict")
    assert log["devices"].death_cause.values.tolist() == [""]


@pytest.mark.parametrize(
    ("limit", "dead"), [("{stuck: 0.3}", True), ("{stuck: 1.0}", False), ("{}", False)]
)
def test_whoever_has_more_stuck_cells_than_declared_is_dead(tmp_path, limit, dead):
    text = life(TRAIN, EXAM, EXAM, cohorts=[cohort(WORN % 10, 2, limit)])
    log = lived(text, tmp_path / "run")
    elders = log["elders"]
    assert (elders.exam_stuck_fraction.values[0] > 0.3).all(), "the claim needs wear"
    assert (elders.exam_wear_mean.values[0] > 0.3).all()
    assert log["devices"].death_cause.values.tolist() == ["stuck" if dead else ""] * 2
    assert elders.sizes["exam"] == (1 if dead else 2)


def test_a_device_that_fails_both_ways_dies_once_of_being_stuck(tmp_path):
    text = life(TRAIN, EXAM, cohorts=[cohort(WORN % 3, 2, "{stuck: 0.3, below: 1.0}")])
    people = lived(text, tmp_path / "run")["devices"]
    assert people.death_cause.values.tolist() == ["stuck", "stuck"]


def test_causes_are_told_apart_in_one_exam(tmp_path):
    """One cohort in which some fail the exam and others are stuck, by twins with other wear."""
    text = life(
        TRAIN, EXAM, cohorts=[cohort("{like: mortal-default, wear: {endurance: 60, shape: 8}}", 6)]
    )
    free = lived(text, tmp_path / "free")["elders"]
    stuck = free.exam_stuck_fraction.values[0].mean(axis=1)
    accuracy = free.exam_accuracy.values[0]
    at, below = float(np.median(stuck)), float(np.median(accuracy))
    text = text.replace("death: {}", f"death: {{stuck: {at!r}, below: {below!r}}}")
    people = lived(text, tmp_path / "strict")["devices"]
    causes = np.where(stuck > at, "stuck", np.where(accuracy < below, "accuracy", ""))
    assert people.death_cause.values.tolist() == causes.tolist()
    assert len(set(causes)) >= 2, causes


def test_pairs_meet_by_rank_after_deaths(tmp_path):
    cohorts = [cohort(count=6), cohort(count=6, name="heirs"), cohort(count=6, name="clones")]
    steps = [TRAIN, EXAM, "distil: {from: elders, to: heirs, budget: 20, epochs: 1}",
             "copy: {from: elders, to: clones}"]  # fmt: skip
    free = lived(life(*steps, cohorts=cohorts), tmp_path / "free")
    accuracy = free["elders"].exam_accuracy.values[0]
    limit = float(np.sort(accuracy)[3])
    strict = life(*steps, cohorts=[cohort(death=f"{{below: {limit!r}}}"), *cohorts[1:]])
    listener = Listener()
    log = lived(strict, tmp_path / "strict", narrator=listener)
    alive = np.flatnonzero(accuracy >= limit)
    assert 0 < alive.size < 6
    columns = {"heirs": ("transfer_teacher_serial", 6), "clones": ("copy_source_serial", 12)}
    for name, (column, first) in columns.items():
        own = log[name]
        partners = own[column].values[0]
        assert own.serial.values.tolist() == list(range(first, first + 6))
        assert partners[alive].tolist() == alive.tolist()
        assert (np.delete(partners, alive) == -1).all()
    for name in ("heirs", "clones"):
        assert f"{6 - alive.size} of {name} find no living partner" in listener.notes
    # Who was taught was asked, and turned out, as in the story where nobody died.
    for after in ("transfer_agreement_after", "epoch_accuracy"):
        assert np.array_equal(log["heirs"][after][0][alive], free["heirs"][after][0][alive])


def test_when_all_are_dead_the_story_goes_on(tmp_path):
    text = life(
        EXAM, TRAIN, "age: {cohort: elders, by: 1 h}", EXAM, "bury: {cohort: elders}",
        "distil: {from: elders, to: heirs}", "examine: {cohort: heirs}",
        cohorts=[cohort(death="{below: 1.0}"), cohort(name="heirs")],
    )  # fmt: skip
    listener = Listener()
    log = lived(text, tmp_path / "run", narrator=listener)
    assert log["devices"].death_cause.values.tolist() == ["accuracy"] * 6 + [""] * 6
    assert log["elders"].sizes["exam"] == 1
    assert not {"epoch", "ageing"} & set(log["elders"].dims)
    assert log["heirs"].sizes["exam"] == 1
    assert listener.notes.count("elders: no device is alive") == 1


def test_the_stuck_fraction_is_that_of_the_cells_and_not_of_the_arrays():
    population = grow("mortal-default", (30, 3, 20), 2, "mono-forward", classes=3)
    for array in population.arrays.values():
        array.is_stuck = {31: lambda: np.ones((2, 31, 3), bool)}.get(
            array.rows, lambda: np.zeros((2, 4, 20), bool)
        )
    assert population.stuck_fraction() == pytest.approx(31 * 3 / (31 * 3 + 4 * 20))
    assert probe.wear(population.arrays["layer1"]).tolist() == [0, 0]

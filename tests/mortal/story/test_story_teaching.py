"""Lessons in a story: who is told what, by whom, and what is left of it."""

import numpy as np
import pytest
from small_lives import ELDERS, HEAD, Listener, life, lived, world_after

import mortal
from mortal.errors import DataError, RuleError
from mortal.story.mistaken import places_of, told

HEIRS = "heirs: {like: elders}"
REAL = ("elders: {technology: mortal-default, layers: [64, 16], count: 3}", HEIRS)
CLASSES = 10


def told_of(right, ranks=(0, 1), places=range(4000)):
    """What devices are told of labels that are all 7."""
    places = np.array(places)
    return told(np.full(places.size, 7), CLASSES, right, [3], np.array(ranks), places)


def test_mistakes_are_as_many_as_said_and_every_other_class_is_alike():
    labels = told_of(0.4)
    right = (labels == 7).mean(axis=1)
    print(right)
    assert np.abs(right - 0.4).max() < 0.03
    counts = np.bincount(labels[labels != 7], minlength=CLASSES)
    assert counts[7] == 0
    others = np.delete(counts, 7) / counts.sum()
    assert np.abs(others - 1 / 9).max() < 0.02
    assert (told_of(1.0) == 7).all()
    assert not (told_of(0.0) == 7).any()


def test_a_mistake_is_of_a_device_and_a_place_and_grows_with_their_number():
    many, few = told_of(0.3), told_of(0.6)
    assert (many[few != 7] == few[few != 7]).all()
    assert not np.array_equal(many[0], many[1])
    alone = told_of(0.3, ranks=(1,), places=range(100, 200))
    np.testing.assert_array_equal(alone[0], many[1, 100:200])


def test_the_same_input_has_the_same_place():
    inputs = np.array([[1, 2], [3, 4], [1, 2], [5, 6]], np.float32)
    assert places_of(inputs).tolist() == [0, 1, 0, 3]


@pytest.mark.parametrize("classes", ["without: [3]", "only: [0, 1, 2, 4, 5, 6, 7, 8, 9]"])
def test_a_training_knows_no_more_labels_than_its_budget_nor_classes_held_out(classes, tmp_path):
    narrator = Listener()
    text = life(
        f"train: {{cohort: elders, epochs: 10, budget: 40, {classes}, batch: 8}}",
        "examine: {cohort: elders, data: train}",
        cohorts=[ELDERS],
    )
    world = world_after(text, tmp_path / "world")
    elders = world.cohorts["elders"].population
    named = elders.answer(world.split("train")[0]).argmax(axis=-1)
    assert not (named == 3).any()
    lived(text, tmp_path / "run", narrator=narrator)
    assert narrator.bars[0][1:] == [10 * 5, 10 * 5]  # 10 epochs of 5 batches of 8


def test_a_class_never_shown_is_named_after_correction_and_stays_so(tmp_path):
    lesson = "distil: {from: elders, to: heirs, epochs: 20, inputs: {name: train, without: [3]}"
    cohorts = ["elders: {technology: exact, layers: [64, 32], count: 2}", HEIRS]
    worlds = [
        world_after(
            life(
                "train: {cohort: elders, epochs: 20}",
                f"{lesson}{more}}}",
                cohorts=cohorts,
                head=HEAD.replace("train: 120", "train: 300, validation: 100"),
            ),
            tmp_path / name,
        )
        for name, more in (("plain", ""), ("corrected", ", correct: {}"))
    ]
    inputs, labels = worlds[0].split("test")
    heirs = [world.cohorts["heirs"].population for world in worlds]
    threes = [(h.answer(inputs[labels == 3]).argmax(axis=-1) == 3).mean() for h in heirs]
    print(f"threes named: {threes[0]:.2f} before, {threes[1]:.2f} after correction")
    assert threes[1] > threes[0] + 0.2

    corrected = heirs[1]
    said = corrected.answer(inputs)
    np.testing.assert_allclose(np.exp(said.astype(np.float64)).sum(axis=-1), 1, rtol=1e-4)
    fresh = mortal.grow("exact", [64, 32], 2, "mono-forward", seed=7, first_serial=2)
    fresh.cohort = 1
    fresh.thaw(corrected.freeze())
    np.testing.assert_array_equal(fresh.answer(inputs), said)
    fresh.thaw(heirs[0].freeze())
    np.testing.assert_array_equal(fresh.answer(inputs), heirs[0].answer(inputs))
    some = heirs[0].take([0, 1])
    some.put([1], corrected.take([1]))
    np.testing.assert_array_equal(some.answer(inputs)[0], heirs[0].answer(inputs)[0])
    np.testing.assert_array_equal(some.answer(inputs)[1], said[1])


def test_a_copy_gets_the_offsets_too(tmp_path):
    world = world_after(
        life(
            "train: {cohort: elders, epochs: 5}",
            "distil: {from: elders, to: heirs, epochs: 5, correct: {inputs: train}}",
            "copy: {from: heirs, to: clones}",
            cohorts=[ELDERS, HEIRS, "clones: {like: elders}"],
        ),
        tmp_path,
    )
    inputs = world.split("test")[0]
    heirs, clones = (world.cohorts[name].population for name in ("heirs", "clones"))
    np.testing.assert_allclose(clones.answer(inputs), heirs.answer(inputs), atol=1e-5)


def test_offsets_that_are_none_are_refused():
    population = mortal.grow("exact", [4, 3], 2, classes=3)
    with pytest.raises(DataError, match=r"\[device, class\] of shape \(2, 3\)"):
        population.correct([[0.0, 0.0, 0.0]])
    with pytest.raises(DataError, match="finite"):
        population.correct(np.full((2, 3), np.nan))


def test_nobody_is_taught_by_the_dead_and_it_is_said(tmp_path):
    listener = Listener()
    log = lived(
        life(
            "bury: {cohort: elders}",
            "distil: {from: elders, to: heirs, pairing: all-to-each, budget: 20}",
            "bury: {cohort: heirs}",
            "mutual: {cohort: heirs, rounds: 1}",
            cohorts=REAL,
        ),
        tmp_path / "run",
        narrator=listener,
    )
    assert "heirs: not taught, for no device of elders is alive" in listener.notes
    assert "heirs: no device is alive, and nobody to learn from" in listener.notes
    assert "transfer" not in log["heirs"].dims
    assert "mutual" not in log["heirs"].dims


def test_rounds_end_when_the_agreement_wanted_is_reached(tmp_path):
    listener = Listener()
    log = lived(
        life(
            "train: {cohort: elders, epochs: 5}",
            "distil: {from: elders, to: heirs, budget: 80, rounds: 8, until: 0.3, epochs: 3, "
            "exam: test}",
            cohorts=[ELDERS, HEIRS],
        ),
        tmp_path / "run",
        narrator=listener,
    )["heirs"]
    rounds, asked = int(log.transfer_rounds[0]), log.transfer_asked.values[0]
    print(rounds, asked, log.transfer_agreement_after.values)
    assert 1 <= rounds < 8
    assert (asked == rounds * 10).all()
    assert log.transfer_agreement_after.values.mean() >= 0.3
    assert f"accuracy {log.transfer_accuracy_after.values.mean():.3f}" in listener.notes[0]


def test_one_device_teaches_them_all(tmp_path):
    log = lived(
        life(
            "distil: {from: elders, to: heirs, pairing: one-to-all, budget: 20, epochs: 1}",
            cohorts=[
                "elders: {technology: exact, layers: [64, 8], count: 1}",
                f"{HEIRS[:-1]}, count: 3}}",
            ],
        ),
        tmp_path / "run",
    )["heirs"]
    assert log.transfer_teacher_serial.values.tolist() == [[0, 0, 0]]
    assert log.transfer_teachers.values.tolist() == [[1, 1, 1]]


def test_dreams_are_each_devices_own_and_asked_in_a_story(tmp_path):
    dreamers = "elders: {technology: idealized-rasch2019, layers: [64, 16], count: 2, rule: rbm}"
    world = world_after(
        life(
            "train: {cohort: elders, epochs: 2}",
            "distil: {from: elders, to: heirs, inputs: generated, budget: 30, epochs: 1}",
            cohorts=[dreamers, "heirs: {technology: exact, layers: [64, 8], count: 2}"],
        ),
        tmp_path,
    )
    elders = world.cohorts["elders"].population
    before = elders.ledger().pulses.copy()
    first, second = elders.generate(5), elders.generate(5, steps=3)
    assert first.shape == (2, 5, 64)
    assert first.min() >= 0
    assert first.max() <= 1
    assert not np.array_equal(first, second)
    assert not np.array_equal(first[0], first[1])
    np.testing.assert_array_equal(elders.ledger().pulses, before)
    with pytest.raises(RuleError, match="cannot dream"):
        world.cohorts["heirs"].population.generate(5)
    with pytest.raises(DataError, match="1 or more"):
        elders.generate(0)


def test_every_rule_shows_its_layers():
    inputs = np.random.default_rng(0).random((5, 16), np.float32)
    for rule in set(mortal.rules.names()) - {"own", "physics-aware"}:
        population = mortal.grow("exact", [16, 12, 10], 2, rule)
        for layer, units in ((1, 12), (2, 10)):
            shown = population.features(inputs, layer)
            assert shown.shape == (2, 5, units), rule
            assert np.isfinite(shown).all(), rule
            assert shown.dtype == np.float32, rule
        with pytest.raises(DataError, match="layers 1 to 2, found layer 3"):
            population.features(inputs, 3)


def test_features_of_a_layer_are_a_lesson(tmp_path):
    log = lived(
        life(
            "train: {cohort: elders, epochs: 5}",
            "distil: {from: elders, to: heirs, answers: features, layer: 2, epochs: 5}",
            cohorts=["elders: {technology: exact, layers: [64, 16, 10], count: 2}", HEIRS],
        ),
        tmp_path / "run",
    )["heirs"]
    gained = log.transfer_agreement_after.values - log.transfer_agreement_before.values
    assert (gained > 0.2).all(), gained

"""What each step of a story does, as the log tells it."""

import numpy as np
import pytest
from small_lives import ELDERS, HEAD, Listener, life, lived, world_after

import mortal.story.world
from distill import transfer
from mortal import Schedule, grow, load_data, open_log
from mortal.config import load
from mortal.errors import ConfigError

HEIRS = "heirs: {like: elders}"
TWINS = "twins: {like: elders, identical_to: elders}"
YEAR = 365.25 * 86400


def raised_by_hand(epochs, technology="exact", layers=(64, 16), first=0, cohort=0):
    """The population of a small life, grown and taught without any story."""
    data = load_data("digits", train=120, test=60)
    population = grow(technology, layers, 2, seed=7, first_serial=first)
    population.cohort = cohort
    curve = population.train(data.inputs_train, data.labels_train, epochs=epochs)
    return population, curve, population.examine(data.inputs_test, data.labels_test)


def test_training_and_examining_in_a_story_is_training_and_examining_by_hand(tmp_path):
    listener = Listener()
    text = life(
        "examine: {cohort: elders}",
        "train: {cohort: elders, epochs: 3}",
        "examine: {cohort: elders}",
    )
    log = lived(text, tmp_path / "run", narrator=listener)["elders"]
    population, curve, exam = raised_by_hand(3)
    assert np.array_equal(log.exam_accuracy[1], exam.accuracy)
    assert np.array_equal(log.exam_loss[1], exam.loss)
    assert np.array_equal(log.epoch_accuracy, [epoch.accuracy for epoch in curve])
    assert log.epoch_number.values.tolist() == [0, 1, 2]
    assert log.exam_chance.values.tolist() == [0.1, 0.1]
    assert np.array_equal(log.exam_age[1], population.ledger().clock)
    assert log.exam_step.values.tolist() == ["0", "2"]
    assert set(log.epoch_step.values) == {"1"}
    assert listener.bars == [["train elders", 12, 12]]


def test_what_was_spent_is_what_the_devices_spent(tmp_path):
    elders = "elders: {technology: mortal-default, layers: [64, 16], count: 2}"
    text = life("train: {cohort: elders, epochs: 2}", "examine: {cohort: elders}", cohorts=[elders])
    log = lived(text, tmp_path / "run")["elders"]
    ledger = raised_by_hand(2, "mortal-default")[0].ledger()
    assert log.exam_energy.values[0] == pytest.approx(ledger.total, rel=1e-12)
    assert np.array_equal(log.exam_pulses[0], ledger.pulses)
    assert (ledger.pulses > 0).all()
    assert log.epoch_energy.values.sum(axis=0) == pytest.approx(ledger.total, rel=1e-9)
    assert np.array_equal(log.epoch_pulses.values.sum(axis=0), ledger.pulses)
    assert set(np.unique(log.epoch_fidelity)) <= {0, 2, 4}


def test_a_fidelity_that_is_declared_stands_in_the_log(tmp_path):
    made_of = "{like: mortal-default, write: {fidelity: per_pulse}}"
    cohort = f"elders: {{technology: {made_of}, layers: [64, 8], count: 2}}"
    text = life("train: {cohort: elders, epochs: 1}", cohorts=[cohort])
    log = lived(text, tmp_path / "run")["elders"]
    assert log.epoch_fidelity.values.tolist() == [[3, 3]]
    with pytest.raises(ConfigError, match="averaged is not possible for exponential"):
        load(text.replace("mortal-default", "reram-es-gong2018").replace("per_pulse", "averaged"))


def test_epochs_of_a_control_without_pulses_have_no_fidelity(tmp_path):
    log = lived(life("train: {cohort: elders, epochs: 1}"), tmp_path / "run")["elders"]
    assert log.epoch_fidelity.values.tolist() == [[-1, -1]]
    assert not log.epoch_pulses.values.any()


def test_examining_chooses_its_split(tmp_path):
    data = "{name: digits, train: 120, validation: 30, test: 60}"
    steps = [
        f"examine: {{cohort: elders, data: {split}}}" for split in ("train", "validation", "test")
    ]
    text = life("train: {cohort: elders, epochs: 2}", *steps).replace(
        "{name: digits, train: 120, test: 60}", data
    )
    log = lived(text, tmp_path / "run")["elders"]
    assert log.exam_data.values.tolist() == ["train", "validation", "test"]
    for accuracy, samples in zip(log.exam_accuracy.values, (120, 30, 60), strict=True):
        right = accuracy * samples
        assert right == pytest.approx(np.rint(right))
    assert not np.array_equal(log.exam_accuracy[0], log.exam_accuracy[2])


def test_training_chooses_its_split(tmp_path):
    head = HEAD.replace("train: 120", "train: 120, validation: 30")
    text = life(
        "train: {cohort: elders, epochs: 2, data: validation}",
        "examine: {cohort: elders}",
        head=head,
    )
    log = lived(text, tmp_path / "run")["elders"]
    data = load_data("digits", train=120, validation=30, test=60)
    population = grow("exact", [64, 16], 2, seed=7)
    population.train(data.inputs_validation, data.labels_validation, epochs=2)
    exam = population.examine(data.inputs_test, data.labels_test)
    assert np.array_equal(log.exam_loss[0], exam.loss)


def test_an_exam_in_between_changes_nothing_that_follows(tmp_path):
    train = "train: {cohort: elders, epochs: 1}"
    exam = "examine: {cohort: elders}"
    elders = "elders: {technology: mortal-default, layers: [64, 16], count: 2}"
    watched = lived(life(exam, train, exam, exam, train, exam, cohorts=[elders]), tmp_path / "a")
    plain = lived(life(train, train, exam, cohorts=[elders]), tmp_path / "b")
    for name in ("exam_accuracy", "exam_loss", "exam_energy", "exam_age", "exam_weight_std"):
        assert np.array_equal(watched["elders"][name][-1], plain["elders"][name][-1]), name
    assert np.array_equal(watched["elders"].exam_loss[1], watched["elders"].exam_loss[2])


def test_ageing_passes_time_at_a_temperature(tmp_path):
    text = life(
        "age: {cohort: [elders, heirs], by: 3 years, temperature: 55 C}",
        "age: {cohort: elders, by: 18 months}",
        "examine: {cohort: [elders, heirs]}",
        cohorts=[ELDERS, HEIRS],
    )
    log = lived(text, tmp_path / "run")
    elders = log["elders"]
    assert elders.ageing_duration.values == pytest.approx([3 * YEAR, 1.5 * YEAR])
    assert elders.ageing_temperature.values == pytest.approx([328.15, 298.15])
    assert elders.exam_age.values == pytest.approx(4.5 * YEAR)
    assert log["heirs"].exam_age.values == pytest.approx(3 * YEAR)


def test_ageing_without_retention_data_is_never_silent(tmp_path):
    cohorts = [f"{name}: {{technology: {preset}, layers: [64, 4], count: 1}}" for name, preset in (
        ("known", "mortal-default"), ("control", "exact"), ("unknown", "ecram-tang2018"),
    )]  # fmt: skip
    listener = Listener()
    text = life("age: {cohort: [known, control, unknown], by: 3 years}", cohorts=cohorts)
    log = lived(text, tmp_path / "run", narrator=listener)
    modelled = {
        name: log[name].ageing_modelled.values.tolist() for name in ("known", "control", "unknown")
    }
    assert modelled == {"known": [1], "control": [1], "unknown": [0]}
    (note,) = listener.notes
    assert note == (
        "unknown: ecram-tang2018 declares no retention data, so 3 years leave its weights as "
        "they are"
    )


@pytest.mark.parametrize(("answers", "bits"), [("soft", 10 * 6), ("hard", 4)])
def test_a_transfer_names_who_taught_whom_and_what_it_cost(tmp_path, answers, bits):
    step = (
        f"distil: {{from: elders, to: heirs, answers: {answers}, budget: 50, bits: 6, epochs: 3}}"
    )
    listener = Listener()
    text = life("train: {cohort: elders, epochs: 4}", step, cohorts=[ELDERS, HEIRS])
    log = lived(text, tmp_path / "run", narrator=listener)["heirs"]
    assert log.serial.values.tolist() == [2, 3]
    assert log.transfer_teacher_serial.values.tolist() == [[0, 1]]
    assert log.transfer_asked.values.tolist() == [[50, 50]]
    assert log.transfer_bits.values.tolist() == [[50 * bits, 50 * bits]]
    assert log.transfer_input_bits.values.tolist() == [[50 * 64 * 8, 50 * 64 * 8]]
    assert log.transfer_kind.values.tolist() == [answers]
    assert log.transfer_softening.values.tolist() == [4.0]
    assert log.epoch_kind.values.tolist() == ["distil"] * 3
    gained = log.transfer_agreement_after.values - log.transfer_agreement_before.values
    assert (gained > 0.2).all(), gained
    assert any("heirs asked elders 50 times" in note for note in listener.notes)
    # 50 answers in batches of 32, three times.
    assert listener.bars[1] == ["distil elders to heirs", 6, 6]


def test_a_student_learns_from_its_own_teacher_only():
    data = load_data("digits", train=120, test=60)
    pupils = []
    for more in (0, 1):
        elders = raised_by_hand(2)[0]
        other = elders.take([1])
        other.train(data.inputs_train, data.labels_train, epochs=more)
        elders.put([1], other)
        heirs = grow("exact", (64, 16), 2, seed=7, first_serial=2)
        transfer(elders, heirs.pupil(Schedule(epochs=2)), data.inputs_train)
        pupils.append(heirs.examine(data.inputs_test, data.labels_test).loss)
    assert pupils[0][0] == pupils[1][0]
    assert pupils[0][1] != pupils[1][1]


def test_no_true_label_reaches_a_student(tmp_path, monkeypatch):
    """With the labels of the training data replaced by nonsense, heirs turn out the same."""
    text = life(
        "distil: {from: elders, to: heirs, epochs: 2}",
        "examine: {cohort: heirs}",
        cohorts=[ELDERS, HEIRS],
    )
    honest = lived(text, tmp_path / "honest")["heirs"]
    split = mortal.story.world.World.split

    def deceived(self, name):
        inputs, labels = split(self, name)
        return inputs, (0 * labels if name == "train" else labels)

    monkeypatch.setattr(mortal.story.world.World, "split", deceived)
    blind = lived(text, tmp_path / "blind")["heirs"]
    assert np.array_equal(honest.exam_loss, blind.exam_loss)


def test_a_copy_on_exact_hardware_answers_like_its_source(tmp_path):
    text = life(
        "train: {cohort: elders, epochs: 4}",
        "copy: {from: elders, to: heirs}",
        "examine: {cohort: [elders, heirs]}",
        cohorts=[ELDERS, HEIRS],
    )
    log = lived(text, tmp_path / "run")
    heirs = log["heirs"]
    assert heirs.copy_source_serial.values.tolist() == [[0, 1]]
    assert heirs.copy_error.values.tolist() == [[0, 0]]
    assert heirs.copy_mode.values.tolist() == ["write-verify"]
    assert np.array_equal(heirs.exam_loss, log["elders"].exam_loss)
    assert not np.array_equal(heirs.exam_loss[0, 0], heirs.exam_loss[0, 1])


def test_a_copy_on_real_hardware_misses_by_what_the_log_says_and_costs_pulses(lineage):
    clones = open_log(lineage.folder)["clones"]
    assert clones.copy_source_serial.values.tolist() == [[0, 1]]
    assert (clones.copy_error.values > 1e-5).all()
    assert (clones.copy_error.values < 0.1).all()
    assert (clones.copy_pulses.values > 1000).all()
    assert (clones.copy_energy.values >= 1e-12 * clones.copy_pulses.values).all()
    assert (clones.copy_reads.values > 0).all()


def test_a_microscope_with_an_error_copies_worse(tmp_path):
    text = life(
        "copy: {from: elders, to: heirs, read_error: 0.5}",
        "examine: {cohort: heirs}",
        "copy: {from: elders, to: heirs}",
        "examine: {cohort: heirs}",
        cohorts=[ELDERS, HEIRS],
    )
    heirs = lived(text, tmp_path / "run")["heirs"]
    blurred, sharp = heirs.exam_weight_std.values
    assert (blurred > sharp + 0.2).all(), (blurred, sharp)


def test_copying_takes_digital_memory_along_but_not_the_count_of_draws(tmp_path):
    elders = "elders: {technology: exact, layers: [64, 8], count: 1, rule: forward-forward}"
    text = life(
        "train: {cohort: elders, epochs: 1}",
        "train: {cohort: heirs, epochs: 2}",
        "copy: {from: elders, to: heirs}",
        cohorts=[elders, HEIRS],
    )
    world = world_after(text, tmp_path / "run")
    elders, heirs = (world.cohorts[name].population.rule for name in ("elders", "heirs"))
    assert np.array_equal(heirs.memory["activity1"], elders.memory["activity1"])
    # Wrong labels that were drawn once must not be drawn again.
    assert heirs.counters["samples"].tolist() == [240]
    assert elders.counters["samples"].tolist() == [120]


def test_the_buried_have_lived_as_long_as_their_clock_says_and_do_nothing_more(tmp_path):
    text = life(
        "age: {cohort: elders, by: 2 years}",
        "bury: {cohort: elders}",
        "train: {cohort: [elders, heirs], epochs: 1}",
        "age: {cohort: elders, by: 1 years}",
        "examine: {cohort: [elders, heirs]}",
        "distil: {from: elders, to: heirs}",
        "copy: {from: heirs, to: elders}",
        "bury: {cohort: elders}",
        cohorts=[ELDERS, HEIRS],
    )
    listener = Listener()
    log = lived(text, tmp_path / "run", narrator=listener)
    people = log["devices"]
    assert people.death_cause.values.tolist() == ["buried", "buried", "", ""]
    assert people.died_step.values.tolist() == ["1", "1", "", ""]
    assert people.lifetime.values[:2] == pytest.approx(2 * YEAR)
    assert np.isnan(people.lifetime.values[2:]).all()
    assert "exam" not in log["elders"].dims
    assert "epoch" not in log["elders"].dims
    assert log["elders"].sizes["ageing"] == 1
    assert log["heirs"].sizes["exam"] == 1
    assert "transfer" not in log["heirs"].dims
    assert "elders: no device is alive" in listener.notes
    assert "2 of heirs find no living partner" in listener.notes


def test_twins_are_made_alike_and_live_their_own_lives(tmp_path):
    wafers = "spread: {step: 0.2, wafer: 0.3, devices_per_wafer: 2}"
    technology = f"{{like: mortal-default, {wafers}}}"
    elders = f"elders: {{technology: {technology}, layers: [64, 8], count: 2}}"
    text = life(
        "train: {cohort: [elders, twins, heirs], epochs: 1}",
        "examine: {cohort: [elders, twins, heirs]}",
        cohorts=[elders, TWINS, HEIRS],
    )
    log = lived(text, tmp_path / "run")
    made = [name for name in log["elders"].data_vars if name.startswith("birth_")]
    assert len(made) > 8
    for name in made:
        assert np.array_equal(log["elders"][name], log["twins"][name]), name
    assert not np.array_equal(log["elders"].birth_step_mean, log["heirs"].birth_step_mean)
    assert log["twins"].serial.values.tolist() == [2, 3]
    assert not np.array_equal(log["elders"].exam_loss, log["twins"].exam_loss)


def test_serials_are_given_by_the_order_of_declaration(tmp_path):
    counts = {"z": 2, "a": 3, "m": 1}
    build = "technology: exact, layers: [64, 4]"
    cohorts = [f"{name}: {{{build}, count: {count}}}" for name, count in counts.items()]
    log = lived(life("examine: {cohort: [a, m, z]}", cohorts=cohorts), tmp_path / "run")
    assert {name: log[name].serial.values.tolist() for name in "zam"} == {
        "z": [0, 1], "a": [2, 3, 4], "m": [5],
    }  # fmt: skip

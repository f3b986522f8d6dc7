"""A device stops learning when its own results or its own budget say so, whoever sits beside it."""

import numpy as np
import pytest
from small_lives import life, lived

from mortal import MortalError, Schedule, grow, load_data
from mortal.engine import Options, run
from mortal.engine.keeping import Checkpoints
from mortal.logbook import differences
from mortal.schedule import Stop

DIGITS = load_data("digits", train=300, test=100)


def taught(count=3, first=0, **schedule):
    """Devices that were taught, and the epochs they went through."""
    some = grow("mortal-default", (64, 16), count, seed=3, first_serial=first)
    return some, some.train(DIGITS.inputs_train, DIGITS.labels_train, **schedule)


def test_nobody_stops_unless_asked_to():
    _, epochs = taught(epochs=2)
    assert [epoch.attended.all() for epoch in epochs] == [True, True]
    assert epochs[-1].middle.attendance == {}


def test_a_budget_of_pulses_ends_a_lesson_within_a_batch_of_it():
    free, epochs = taught(epochs=1, batch=10)
    each = free.ledger().pulses / 27  # of the 30 batches, the first ones write most
    some, epochs = taught(epochs=1000, batch=10, decay=1.0, stop=Stop(pulses=2e5))
    spent = some.ledger().pulses
    assert (spent >= 2e5).all()
    assert (spent < 2e5 + 4 * each.max()).all(), spent
    assert 1 < len(epochs) < 1000


def test_a_budget_of_energy_is_kept_alike():
    free, _ = taught(epochs=1)
    budget = 3.5 * float(free.ledger().total.mean())
    some, epochs = taught(epochs=1000, decay=1.0, stop=Stop(energy=budget))
    spent = some.ledger().total
    assert (spent >= budget).all()
    assert (spent < 1.3 * budget).all(), spent / budget
    assert 3 <= len(epochs) < 20


def test_patience_ends_a_lesson_that_no_longer_helps_and_tests_on_what_was_not_taught():
    some, epochs = taught(epochs=200, decay=1.0, stop=Stop(patience=8, held_out=0.2))
    assert 9 <= len(epochs) < 200
    taught_samples = epochs[0].accuracy * 240
    assert np.allclose(taught_samples, np.round(taught_samples)), "a fifth of 300 is kept back"
    assert some.examine(DIGITS.inputs_test, DIGITS.labels_test).accuracy.mean() > 0.5


def test_patience_is_tried_on_one_sample_of_a_few_and_never_on_a_sample_that_is_alone():
    for samples, kept in ((1, []), (2, [1]), (5, [4]), (10, [9]), (25, [9, 19])):
        assert Schedule(stop=Stop(patience=1)).held_back(samples).tolist() == kept
    some = grow("exact", (64, 16), 2)
    few = DIGITS.inputs_train[:5], DIGITS.labels_train[:5]
    assert len(some.train(*few, epochs=40, stop=Stop(patience=1))) < 40
    assert len(some.train(few[0][:1], few[1][:1], epochs=4, stop=Stop(patience=1))) == 4


def test_targets_of_one_are_for_all_also_when_some_have_left():
    targets = np.eye(10, dtype=np.float32)[DIGITS.labels_train]
    lives = []
    for shared in (targets, targets[None]):
        some = grow("mortal-default", (64, 16), 3, seed=3)
        some.learn(DIGITS.inputs_train, shared, Schedule(epochs=9, stop=Stop(pulses=1e5)))
        lives.append(some.ledger().pulses)
    assert np.ptp(lives[0]) > 0
    assert np.array_equal(*lives)


def test_who_has_spent_all_it_may_needs_no_patience():
    _, epochs = taught(2, epochs=9, stop=Stop(patience=2, pulses=1))
    assert len(epochs) == 1


@pytest.mark.parametrize("stop", [Stop(patience=2), Stop(pulses=3e5)], ids=["patience", "pulses"])
def test_a_device_stops_when_it_would_alone(stop):
    together, epochs = taught(4, epochs=40, stop=stop)
    lasted = np.sum([epoch.attended for epoch in epochs], axis=0)
    for device in range(4):
        alone, own = taught(1, device, epochs=40, stop=stop)
        assert len(own) == lasted[device]
        for name, array in alone.freeze().numbers.items():
            assert np.array_equal(array[0], together.freeze().numbers[name][device]), name
    assert len(set(lasted.tolist())) > 1, "some leave before others"


def test_who_has_left_is_not_in_the_log_of_the_epoch(tmp_path):
    steps = [
        "train: {cohort: elders, batch: 8, stop: {pulses: 20000}}",
        "examine: {cohort: elders}",
    ]
    elders = "elders: {technology: mortal-default, layers: [64, 8], count: 4}"
    log = lived(life(*steps, cohorts=[elders]), tmp_path / "run")["elders"]
    present = log.epoch_present.values
    assert (np.diff(present.astype(int), axis=0) <= 0).all(), "nobody comes back"
    assert (log.epoch_pulses.values.clip(0).sum(axis=0) >= 20000).all()
    assert np.isnan(log.epoch_accuracy.values[present == 0]).all()


def test_a_lesson_taken_up_in_its_midst_stops_who_would_have_stopped(tmp_path, monkeypatch):
    from mortal.config import load

    plan = load(
        life(
            "train: {cohort: elders, epochs: 30, stop: {patience: 2}}",
            "distil: {from: elders, to: heirs, epochs: 30, stop: {patience: 2}}",
            "examine: {cohort: heirs}",
            cohorts=[
                "elders: {technology: mortal-default, layers: [64, 8], count: 4}",
                "heirs: {like: elders}",
            ],
        )
    )
    run(plan, tmp_path / "whole")
    within, left = Checkpoints.within, [0]

    def killed(self, *what):
        within(self, *what)
        left[0] += 1
        if left[0] % 4 == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoints, "within", killed)
    for _ in range(100):
        try:
            run(plan, tmp_path / "run", options=Options(every=0))
            break
        except KeyboardInterrupt:
            continue
    assert left[0] >= 8, "it was left several times"
    assert differences(tmp_path / "whole", tmp_path / "run") == []


@pytest.mark.parametrize(
    "wrong", [{"patience": 0}, {"held_out": 0.7}, {"pulses": -1}, {"energy": float("inf")}]
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(MortalError, match="a stop needs"):
        Schedule(stop=Stop(**wrong))

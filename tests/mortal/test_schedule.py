"""How a population goes to school: nothing is left out, nothing depends on company."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mortal import MortalError, Schedule, grow, load_data
from mortal.schedule import batches

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None)


def orders(schedule, samples, seed=3, cohort=0, first_epoch=0):
    told = batches(schedule, np.arange(samples), seed=seed, cohort=cohort, first=first_epoch)
    return [np.concatenate(parts).tolist() for _, parts in told]


@law
@given(st.integers(1, 70), st.integers(1, 40), st.integers(0, 4))
def test_an_epoch_shows_every_sample_once_in_batches_of_the_asked_size(samples, batch, epochs):
    schedule = Schedule(epochs=epochs, batch=batch)
    told = list(batches(schedule, np.arange(samples), seed=1, cohort=2, first=0))
    assert [number for number, _ in told] == list(range(epochs))
    for _, parts in told:
        assert sorted(np.concatenate(parts)) == list(range(samples))
        assert [len(part) for part in parts[:-1]] == [batch] * (len(parts) - 1)
        assert 1 <= len(parts[-1]) <= batch
    assert schedule.pieces(samples) == sum(len(parts) for _, parts in told)


def test_the_order_is_keyed_by_seed_cohort_and_epoch_of_life():
    schedule = Schedule(epochs=3)
    here = orders(schedule, 50)
    assert orders(schedule, 50) == here
    assert len({tuple(order) for order in here}) == 3
    assert orders(schedule, 50, seed=4)[0] != here[0]
    assert orders(schedule, 50, cohort=1)[0] != here[0]
    assert orders(schedule, 50, first_epoch=1)[:2] == here[1:]


def test_shuffling_is_fair():
    # Each sample stands in the first half of 400 epochs 200 times, with a standard deviation of 10.
    firsts = np.concatenate([order[:10] for order in orders(Schedule(epochs=400), 20)])
    counts = np.bincount(firsts, minlength=20)
    assert abs(counts - 200).max() < 50, counts


@law
@given(st.floats(0.01, 1), st.floats(0, 10), st.integers(2, 30))
def test_the_rate_falls_geometrically_from_the_first_epoch_to_the_last(decay, rate, epochs):
    schedule = Schedule(epochs=epochs, rate=rate, decay=decay)
    rates = [schedule.rate_of(epoch) for epoch in range(epochs)]
    assert rates[0] == rate
    assert rates[-1] == pytest.approx(rate * decay)
    middle = [rates[i] * rates[i + 2] for i in range(epochs - 2)]
    assert middle == pytest.approx([r * r for r in rates[1:-1]])


def test_a_single_epoch_is_at_the_full_rate():
    assert Schedule(epochs=1, rate=2, decay=0.1).rate_of(0) == 2


@law
@given(st.floats(0.01, 1), st.integers(1, 4), st.integers(2, 30))
def test_a_rate_that_falls_with_each_batch_falls_from_the_first_of_all_to_the_last(
    decay, epochs, batches
):
    schedule = Schedule(epochs=epochs, rate=2, decay=decay, falls="batch")
    rates = [schedule.rate_of(e, b, batches) for e in range(epochs) for b in range(batches)]
    assert rates[0] == 2
    assert rates[-1] == pytest.approx(2 * decay)
    steps = [after / before for before, after in pairwise(rates)]
    assert steps == pytest.approx([decay ** (1 / (epochs * batches - 1))] * len(steps))


def test_a_lesson_follows_the_rate_batch_by_batch():
    digits = load_data("digits", train=96, test=10)

    def learner():
        return grow("exact", [64, 8], 1, seed=3)

    schedule = Schedule(epochs=2, batch=32, decay=0.01, falls="batch")
    taught, by_hand = learner(), learner()
    targets = np.eye(10)[digits.labels_train]
    taught.learn(digits.inputs_train, targets, schedule)
    for epoch, parts in batches(schedule, np.arange(96), seed=3, cohort=0, first=0):
        for at, part in enumerate(parts):
            rate = 0.01 ** ((3 * epoch + at) / 5)
            by_hand.rule.learn(digits.inputs_train[part], targets[part].astype(np.float32), rate)
    assert np.array_equal(taught.answer(digits.inputs_test), by_hand.answer(digits.inputs_test))


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": -1},
        {"epochs": 1.5},
        {"epochs": "3"},
        {"batch": 0},
        {"batch": 2.0},
        {"rate": -0.1},
        {"rate": float("nan")},
        {"rate": float("inf")},
        {"rate": "1"},
        {"decay": None},
        {"decay": 0},
        {"falls": "daily"},
        {"decay": 1.1},
        {"decay": float("nan")},
    ],
)
def test_a_schedule_that_cannot_be_is_refused_in_a_sentence(wrong):
    with pytest.raises(MortalError, match="a schedule needs") as caught:
        Schedule(**wrong)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)

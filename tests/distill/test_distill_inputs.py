import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import distill
from distill.inputs import check_inputs, is_among

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None)

sizes = st.integers(1, 40)
budgets = st.integers(1, 150)
seeds = st.integers(0, 2**32)


def draw(size, budget, seed):
    return distill.choose(size, budget, np.random.default_rng(seed))


@law
@given(sizes, budgets, seeds)
def test_no_input_is_asked_twice_before_all_were_asked_once(size, budget, seed):
    asked, held_back = draw(size, budget, seed)
    counts = np.bincount(asked, minlength=size)
    assert len(counts) == size
    assert len(asked) == budget
    assert counts.max() - counts.min() <= 1
    for start in range(0, budget, size):
        one_pass = asked[start : start + size]
        assert len(set(one_pass)) == len(one_pass)
    assert sorted(held_back) == list(np.flatnonzero(counts == 0))


@law
@given(sizes, budgets, seeds)
def test_the_same_generator_makes_the_same_choice(size, budget, seed):
    first, second = draw(size, budget, seed), draw(size, budget, seed)
    assert np.array_equal(first.asked, second.asked)
    assert np.array_equal(first.held_back, second.held_back)


def test_another_seed_makes_another_choice():
    assert not np.array_equal(draw(100, 50, 1).asked, draw(100, 50, 2).asked)


def test_every_input_is_equally_likely_to_be_asked():
    random = np.random.default_rng(3)
    counts = np.zeros(10)
    for _ in range(4000):
        counts[distill.choose(10, 3, random).asked] += 1
    # Binomial of 4000 draws at 0.3: standard deviation 29; 5 of them.
    assert np.abs(counts - 1200).max() < 145, counts


@pytest.mark.parametrize("budget", [0, -1, 2.5, True, "many"])
def test_a_budget_that_is_no_count_is_refused(budget):
    with pytest.raises(distill.SettingError, match="budget is"):
        draw(10, budget, 0)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.zeros(4), r"shape \(4,\)"),
        (np.zeros((2, 3, 4)), r"shape \(2, 3, 4\)"),
        (np.zeros((0, 4)), "neither of them 0"),
        (np.array([[1.0, np.nan]]), "1 of the 2 numbers in inputs"),
        (np.array([[1.0, np.inf]]), "NaN or infinite"),
        ([["a", "b"]], "wanted are real numbers"),
        (np.zeros((2, 2), dtype=complex), "wanted are real numbers"),
    ],
)
def test_inputs_nobody_can_be_asked_are_refused(inputs, message):
    with pytest.raises(distill.InputError, match=message):
        check_inputs(inputs)


@pytest.mark.parametrize("kind", ["uint8", "float32", "float64", "bool"])
def test_inputs_keep_their_kind_of_number(kind):
    assert check_inputs(np.ones((2, 2), dtype=kind)).dtype == kind


def test_equal_inputs_are_known_again_whatever_their_kind_of_number():
    inputs = np.array([[0, 1], [2, 3], [-0.0, 1]])
    others = np.array([[0, 1], [3, 2]], dtype=np.int8)
    assert is_among(inputs, others).tolist() == [True, False, True]

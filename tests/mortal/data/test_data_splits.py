"""The data seed fixes the parts, and the parts never overlap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mortal.data import split
from mortal.data.splits import narrow, split_indices
from mortal.errors import DataError


@st.composite
def requests(draw):
    samples = draw(st.integers(0, 60))
    test = draw(st.integers(0, samples))
    validation = draw(st.integers(0, samples - test))
    train = draw(st.none() | st.integers(0, samples - test - validation))
    seed = draw(st.integers(0, 2**130))
    return samples, seed, {"train": train, "validation": validation, "test": test}


@given(requests())
def test_parts_are_disjoint_and_have_the_asked_sizes(request_):
    samples, seed, sizes = request_
    parts = split_indices(samples, seed, **sizes)
    together = np.concatenate(parts)
    assert len(set(together.tolist())) == len(together)
    assert set(together.tolist()) <= set(range(samples))
    assert len(parts.validation) == sizes["validation"]
    assert len(parts.test) == sizes["test"]
    if sizes["train"] is None:
        assert len(together) == samples
    else:
        assert len(parts.train) == sizes["train"]
    assert all((np.diff(part) > 0).all() for part in parts)


@given(requests(), st.integers(0, 20))
def test_the_test_part_depends_on_seed_and_its_own_size_alone(request_, validation):
    samples, seed, sizes = request_
    one = split_indices(samples, seed, **sizes)
    validation = min(validation, samples - sizes["test"])
    other = split_indices(samples, seed, train=None, validation=validation, test=sizes["test"])
    assert one.test.tolist() == other.test.tolist()


@given(requests())
def test_fewer_training_samples_are_a_subset_and_leave_validation_alone(request_):
    samples, seed, sizes = request_
    some = split_indices(samples, seed, **sizes)
    whole = split_indices(samples, seed, **(sizes | {"train": None}))
    assert set(some.train.tolist()) <= set(whole.train.tolist())
    assert some.validation.tolist() == whole.validation.tolist()


def test_another_seed_gives_another_split():
    parts = [split_indices(100, seed, train=None, validation=0, test=50).test for seed in (0, 1)]
    shared = len(np.intersect1d(*parts))
    assert 15 <= shared <= 35, shared


def test_every_sample_is_as_likely_to_be_tested():
    counts = np.zeros(20)
    for seed in range(2000):
        counts[split_indices(20, seed, train=0, validation=0, test=5).test] += 1
    # binomial(2000, 1/4): mean 500, standard deviation 19.4
    assert abs(counts - 500).max() < 5 * 19.4, counts


def test_the_split_of_seed_zero_stays_as_it_was_first_drawn():
    parts = split_indices(20, 0, train=None, validation=3, test=5)
    assert parts.test.tolist() == [2, 3, 11, 13, 15]
    assert parts.validation.tolist() == [1, 18, 19]


def test_the_split_neither_reads_nor_moves_the_global_generator():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one = split_indices(50, 0, train=None, validation=5, test=5)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    np.random.seed(4)  # noqa: NPY002
    other = split_indices(50, 0, train=None, validation=5, test=5)
    assert one.train.tolist() == other.train.tolist()


def test_inputs_and_labels_go_together():
    inputs = np.arange(30).reshape(10, 3)
    parts = split(inputs, inputs[:, 0] * 2, 5, None, 2, 3)
    for part in ("train", "validation", "test"):
        labels = getattr(parts, f"labels_{part}")
        assert (getattr(parts, f"inputs_{part}")[:, 0] * 2 == labels).all()
    assert [len(part) for part in parts] == [5, 5, 2, 2, 3, 3]


def test_a_set_with_its_own_test_samples_keeps_its_order_when_whole():
    parts = narrow(7, 4, 9, train=None, validation=0, test=None)
    assert parts.train.tolist() == list(range(7))
    assert parts.test.tolist() == list(range(4))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"train": 11}, "11 training .* only 10 remain"),
        ({"train": 8, "validation": 3}, "8 training samples .* only 7 remain beside 3"),
        ({"validation": 6, "test": 5}, "5 test and 6 validation samples .* there are 10"),
        ({"test": -1}, "test is -1"),
        ({"validation": 2.0}, r"validation is 2\.0; a whole number"),
        ({"train": -4}, "train is -4"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": "7"}, "seed is '7'"),
    ],
)
def test_counts_that_cannot_be_met_are_refused(sizes, message):
    arguments = {"seed": 0, "train": None, "validation": 0, "test": 0} | sizes
    with pytest.raises(DataError, match=message):
        split_indices(10, **arguments)


def test_inputs_without_labels_are_not_split():
    with pytest.raises(DataError, match="3 inputs, but 2 labels"):
        split(np.zeros((3, 1)), np.zeros(2), 0, None, 0, 1)

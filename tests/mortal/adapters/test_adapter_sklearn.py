"""A mortal device among scikit-learn's estimators, and answers that are functions of inputs."""

import copy
import os
import pickle

import numpy as np
import pytest
from sklearn.base import ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.utils.estimator_checks import check_estimator

import mortal
from devices import CrossbarArray, WrongShape, preset
from devices.technology import Flicker, ReadNoise, Telegraph
from mortal.adapters.sklearn import MortalClassifier
from mortal.keyed import answer_by_input

RULES = ("mono-forward", "forward-forward", "softhebb", "deep-belief")


@pytest.fixture(scope="module")
def digits():
    inputs, labels = load_digits(return_X_y=True)
    return inputs[:600], labels[:600], inputs[600:800], labels[600:800]


@pytest.fixture(scope="module")
def taught(digits):
    return MortalClassifier(hidden_layers=(24,), epochs=12, serial=5).fit(*digits[:2])


def flickering():
    """Return a technology whose conductances fluctuate slowly while they are read."""
    built = preset("mortal-default")
    noise = ReadNoise(
        telegraph=Telegraph(fraction=0.5, amplitude=0.2, high=1e-6, low=1e-6),
        flicker=Flicker(level=0.05),
        hold=4,
    )
    read = built.read.model_copy(update={"noise": noise})
    cell = built.cell.model_copy(update={"reverse_read": True})
    return built.model_copy(update={"read": read, "cell": cell})


def test_every_check_of_scikit_learn_passes():
    found = check_estimator(MortalClassifier(), on_fail="raise", on_skip=None)
    odd = [f"{one['check_name']}: {one['status']}" for one in found if one["status"] != "passed"]
    if not os.environ.get("SCIPY_ARRAY_API"):
        # Run by scikit-learn where SciPy was told of array interfaces before it was imported.
        odd.remove("check_array_api_input: skipped")
    assert not odd
    assert len(found) > 50


def test_no_tag_was_changed_to_pass_them():
    class Plain(ClassifierMixin, MortalClassifier.__mro__[2]):
        pass

    assert MortalClassifier().__sklearn_tags__() == Plain().__sklearn_tags__()


def test_it_learns_digits(taught, digits):
    accuracy = taught.score(*digits[2:])
    assert accuracy > 0.8, accuracy


def test_a_clone_is_a_fresh_device_of_the_same_serial(taught, digits):
    again = clone(taught)
    assert not hasattr(again, "population_")
    again.fit(*digits[:2])
    assert again.population_.serials.tolist() == [5]
    assert np.array_equal(again.predict_proba(digits[2]), taught.predict_proba(digits[2]))
    another = clone(taught).set_params(serial=6).fit(*digits[:2])
    assert not np.array_equal(another.predict_proba(digits[2]), taught.predict_proba(digits[2]))


def test_partial_fit_goes_on_with_the_same_device(digits):
    one = MortalClassifier(hidden_layers=(12,))
    with pytest.raises(ValueError, match="the first partial_fit needs classes"):
        one.partial_fit(*digits[:2])
    for expected in (1, 2):
        device = one.partial_fit(*digits[:2], classes=np.arange(10)).population_
        assert device.epochs == expected
    with pytest.raises(ValueError, match=r"labels are among .* found \[11\]"):
        one.partial_fit(digits[0][:3], np.array([1, 2, 11]))


@pytest.mark.parametrize("rule", RULES)
def test_an_answer_does_not_depend_on_its_company(rule):
    devices = mortal.grow(flickering(), (6, 5), 2, rule, seed=3, classes=3)
    x = np.random.default_rng(0).uniform(-1, 1, (20, 6)).astype(np.float32)
    devices.train(x, np.arange(20) % 3, epochs=1)
    whole = answer_by_input(devices, x)
    assert whole.shape == (2, 20, 3)
    assert np.array_equal(answer_by_input(devices, x[::-1])[:, ::-1], whole)
    assert np.array_equal(answer_by_input(devices, x[7:8]), whole[:, 7:8])
    assert np.array_equal(answer_by_input(devices.take([1]), x), whole[1:])


def test_answers_by_input_are_as_noisy_as_reads_and_leave_no_trace():
    devices = mortal.grow("mortal-default", (6, 5), 1, seed=3, classes=3)
    x = np.random.default_rng(0).uniform(-1, 1, (300, 6)).astype(np.float32)
    devices.train(x, np.arange(300) % 3, epochs=2)
    before = {name: numbers.copy() for name, numbers in devices.freeze().numbers.items()}
    keyed = answer_by_input(devices, x)[0]
    after = devices.freeze().numbers
    assert all(np.array_equal(before[name], after[name]) for name in before)
    reads = np.stack([devices.answer(x)[0] for _ in range(20)])
    # A deviation of what is drawn by key from the mean of reads, beside that of any read.
    ratio = (keyed - reads.mean(axis=0)).std() / (reads - reads.mean(axis=0)).std()
    assert 0.85 < ratio < 1.2, ratio


def test_a_population_that_travels_lives_on_as_if_it_had_stayed():
    stayed = mortal.grow("mortal-default", (6, 5), 2, seed=3, classes=3)
    x, y = np.random.default_rng(0).uniform(0, 1, (30, 6)), np.arange(30) % 3
    stayed.train(x, y, epochs=1)
    stayed.correct(np.ones((2, 3)) * [0, 1, 0])
    travelled = [pickle.loads(pickle.dumps(stayed)), copy.deepcopy(stayed)]
    stayed.train(x, y, epochs=1)
    said = stayed.answer(x)
    for one in travelled:
        one.train(x, y, epochs=1)
        assert np.array_equal(one.answer(x), said)


def test_reads_that_are_placed_draw_where_they_were_placed():
    def array():
        return CrossbarArray(preset("mortal-default"), 6, 5, serials=[1, 2], seed=0)

    x = np.ones((1, 6), np.float32)
    went_on, placed = array(), array()
    for _ in range(3):
        went_on.forward(x)
    placed.place_reads([3, 3])
    assert np.array_equal(placed.forward(x), went_on.forward(x))
    with pytest.raises(WrongShape, match="2 devices need an event each, found 1"):
        placed.place_reads([3])

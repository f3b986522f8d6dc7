"""Backpropagation through the arrays is the gradient, against float64 NumPy that shares no code."""

import numpy as np
import pytest
import textbook
from hypothesis import given, settings
from hypothesis import strategies as st

from mortal import grow, load_data
from mortal.errors import RuleError
from mortal.rules import BackpropSettings, Need

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=25)

LAYERS, CLASSES = (7, 12, 9), 4
told = {
    "seed": st.integers(0, 1000),
    "rate": st.floats(0.05, 0.3),
    "output_rate": st.floats(0.05, 0.3),
    "bias": st.booleans(),
    "gain": st.floats(0.3, 2),
    "activation": st.sampled_from(["relu", "tanh"]),
}


def asked(seed, devices=2, batch=6):
    random = np.random.default_rng(seed)
    x = random.random((batch, LAYERS[0]), np.float32)
    return x, random.dirichlet(np.ones(CLASSES), (devices, batch)).astype(np.float32)


@law
@given(decay=st.floats(0.5, 2), **told)
def test_one_step_is_a_step_down_the_gradient(seed, decay, **rule):
    population = grow("exact", LAYERS, 2, {"name": "backprop", **rule}, seed, classes=CLASSES)
    x, y = asked(seed)
    before = textbook.weights(population)
    answers = population.rule.learn(x, y, decay)
    # A schedule's rate multiplies both rates of the rule.
    s = BackpropSettings(**rule | {n: rule[n] * decay for n in ("rate", "output_rate")})
    textbook.agrees(population, before, textbook.descended, x, y, answers, s)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_gradient_of_the_textbook_is_the_slope_of_the_cross_entropy(activation):
    s = BackpropSettings(bias=False, activation=activation, gain=0.5, rate=0.5, output_rate=0.5)
    population = grow("exact", LAYERS, 1, {"name": "backprop", "bias": False}, 3, classes=CLASSES)
    w = textbook.of_device(textbook.weights(population), 0)
    x, y = asked(3)

    def loss(w):
        _, currents = textbook.passed(w, x.astype(np.float64), s)
        return -(y[0] * np.log(textbook.probabilities(currents[-1]))).sum()

    new, _ = textbook.descended(w, x.astype(np.float64), y[0], s)
    for name, old in w.items():
        for at in [(0, 0), (3, 1), (6, 2)]:
            tip = np.zeros_like(old)
            tip[at] = 1e-6
            rise = loss(w | {name: old + tip}) - loss(w | {name: old - tip})
            assert -rise / 2e-6 == pytest.approx((new[name] - old)[at], abs=1e-6)


def test_it_needs_a_reverse_read_and_says_so():
    assert BackpropSettings().needs() == (Need.REVERSE_READ,)
    with pytest.raises(RuleError, match=r"backprop.*reverse-read.*mortal-default"):
        grow("mortal-default", LAYERS, 1, "backprop")


def test_soft_targets_are_reached_softly():
    population = grow("exact", (8, 32), 2, "backprop", classes=3)
    x = np.eye(8, dtype=np.float32)
    targets = np.random.default_rng(1).dirichlet([1, 1, 1], 8).astype(np.float32)
    before = np.abs(np.exp(population.answer(x)) - targets).max()
    for _ in range(300):
        population.rule.learn(x, targets, 20.0)
    far = np.abs(np.exp(population.answer(x)) - targets).max()
    assert before > 0.3, before
    assert far < 0.05, far


@pytest.mark.parametrize(("technology", "least"), [("exact", 0.85), ("ecram-tang2018", 0.75)])
def test_it_learns_digits_and_the_untaught_guess(technology, least):
    data = load_data("digits", train=800, test=400)
    population = grow(technology, (64, 32), 2, "backprop", seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=6)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.25, untaught
    assert taught.min() > least, taught

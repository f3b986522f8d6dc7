"""PEPITA does what its equations say, against float64 NumPy that shares no code with it."""

import numpy as np
import pytest
import textbook
from hypothesis import given
from hypothesis import strategies as st
from test_rules_backprop import CLASSES, LAYERS, asked, law, told

from mortal import grow, load_data
from mortal.rules import PepitaSettings


def step(w, x, y, s):
    """New weights, and the answers of the first pass."""
    first, currents = textbook.passed(w, x, s)
    e = textbook.probabilities(currents[-1]) - y
    again = x + s.modulation / np.sqrt(x.shape[1]) * e @ w["feedback"]
    second, _ = textbook.passed(w, again, s, lines=first)
    new, names = dict(w), textbook.learnt(w)
    for number, (name, rate) in enumerate(zip(names, textbook.rates(w, s), strict=True)):
        if name == "output":
            d = e
        else:
            units = w[name].shape[1]
            d = first[number + 1][:, :units] - second[number + 1][:, :units]
        new[name] = w[name] - rate * second[number].T @ d
    return new, e + y


@law
@given(modulation=st.floats(1, 10), **told)
def test_two_passes_change_the_weights_by_what_the_equations_say(seed, **rule):
    population = grow("exact", LAYERS, 2, {"name": "pepita", **rule}, seed, classes=CLASSES)
    x, y = asked(seed)
    before = textbook.weights(population)
    answers = population.rule.learn(x, y, 1.0)
    textbook.agrees(population, before, step, x, y, answers, PepitaSettings(**rule))
    assert np.array_equal(textbook.weights(population)["feedback"], before["feedback"])


def test_who_makes_no_error_learns_nothing():
    population = grow("exact", LAYERS, 2, "pepita", classes=CLASSES)
    x, _ = asked(1)
    before = textbook.weights(population)
    population.rule.learn(x, np.exp(population.answer(x)), 1.0)
    for name, w in textbook.weights(population).items():
        assert w == pytest.approx(before[name], abs=1e-7)


@pytest.mark.parametrize(
    ("technology", "rule", "least"),
    [
        ("exact", {"rate": 0.1}, 0.8),
        # What two passes differ by must stand out of the noise of a read.
        ("ecram-tang2018", {"modulation": 8, "rate": 0.01}, 0.75),
    ],
)
def test_it_learns_digits_and_the_untaught_guess(technology, rule, least):
    data = load_data("digits", train=800, test=400)
    population = grow(technology, (64, 64), 2, {"name": "pepita", **rule}, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=6)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.25, untaught
    assert taught.min() > least, taught

"""Predictive coding does what its equations say, against float64 NumPy that shares no code."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from devices import probe
from mortal import grow, load_data
from mortal.errors import RuleError
from mortal.rules import Need, PredictiveCodingSettings

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=20)

LAYERS = (6, 8, 5)
CLASSES = 3
NAME = "predictive-coding"


def weights(population):
    return [probe.weights(a).astype(np.float64) for a in population.arrays.values()]


def born(seed, batch=4, **rule):
    """Two devices with sizeable weights, inputs and soft targets."""
    population = grow("exact", LAYERS, 2, {"name": NAME, **rule}, seed, classes=CLASSES)
    random = np.random.default_rng(seed)
    for array in population.arrays.values():
        array.update(np.eye(array.rows), random.normal(0, 0.4, (array.rows, array.columns)), 1.0)
    x = random.random((batch, LAYERS[0]), np.float32)
    y = random.dirichlet(np.ones(CLASSES), (2, batch)).astype(np.float32)
    return population, x, y


def lines(s, biased=True):
    return np.column_stack([s, np.ones(len(s))]) if biased else s


def probabilities(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def told(w, x, y, rule):
    """Two hidden layers, written out: answers, errors where the state rests, and gains."""
    one, two, out = w
    m1 = lines(x, rule.bias) @ one
    z1 = m1
    z2 = lines(np.maximum(z1, 0), rule.bias) @ two
    answers = probabilities(lines(np.maximum(z2, 0), rule.bias) @ out)

    def missed():
        e1, e2 = z1 - m1, z2 - lines(np.maximum(z1, 0), rule.bias) @ two
        o = probabilities(lines(np.maximum(z2, 0), rule.bias) @ out)
        return e1, e2, rule.precision * (y - o)

    for _ in range(rule.steps):
        e1, e2, e3 = missed()
        z1 = z1 + rule.pace * (-e1 + (z1 > 0) * (e2 @ two[:8].T))
        z2 = z2 + rule.pace * (-e2 + (z2 > 0) * (e3 @ out[:5].T))
    below = (x, np.maximum(z1, 0), np.maximum(z2, 0))
    errors = missed()
    gains = [lines(s, rule.bias).T @ e for s, e in zip(below, errors, strict=True)]
    return answers, errors, gains


@law
@given(
    seed=st.integers(0, 1000),
    rate=st.floats(0.05, 0.3),
    steps=st.integers(1, 8),
    pace=st.floats(0.05, 0.8),
    precision=st.floats(0.1, 2),
    decay=st.floats(0.5, 2),
    bias=st.booleans(),
)
def test_one_step_changes_the_weights_by_what_the_equations_say(
    seed, rate, steps, pace, precision, decay, bias
):
    population, x, y = born(seed, rate=rate, steps=steps, pace=pace, precision=precision, bias=bias)
    before, asked = weights(population), np.exp(population.rule.answer(x))
    answers = population.rule.learn(x, y, decay)
    after = weights(population)
    for device in range(2):
        w = [part[device] for part in before]
        expected, _, gains = told(w, x, y[device].astype(np.float64), population.settings)
        assert answers[device] == pytest.approx(expected, abs=1e-5)
        assert asked[device] == pytest.approx(expected, abs=1e-5)
        for old, new, gain in zip(w, after, gains, strict=True):
            moved = decay * rate * gain
            wrong = np.abs(new[device] - old - moved).max()
            assert wrong < 1e-3 * np.abs(moved).max() + 3e-6, (wrong, np.abs(moved).max())
        assume(np.abs(moved).max() > 1e-5)  # a step that does nothing proves nothing


def backprop(w, x, blame):
    """What each array gains from a blame of the output, in the state of a forward pass."""
    below, active = [lines(x)], []
    for part in w[:-1]:
        a = below[-1] @ part
        active.append(a > 0)
        below.append(lines(np.maximum(a, 0)))
    gains = []
    for at in reversed(range(len(w))):
        gains.insert(0, below[at].T @ blame)
        if at:
            blame = active[at - 1] * (blame @ w[at].T)[:, :-1]
    return gains


def distance(moved, true):
    wrong = sum(((m - t) ** 2).sum() for m, t in zip(moved, true, strict=True))
    return float(np.sqrt(wrong / sum((t**2).sum() for t in true)))


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_the_less_precise_the_output_the_closer_to_backprop(seed):
    errors = []
    for precision in (1.0, 0.1, 0.01):
        population, x, y = born(seed, rate=1 / precision, precision=precision, steps=60)
        w = [part[0] for part in weights(population)]
        forward = np.exp(population.rule.answer(x))[0].astype(np.float64)
        population.rule.learn(x, y, 1.0)
        moved = [part[0] - old for part, old in zip(weights(population), w, strict=True)]
        errors.append(distance(moved, backprop(w, x, y[0] - forward)))
    assert errors == sorted(errors, reverse=True), errors
    assert errors[-1] < 0.02, errors
    assert errors[-1] < 0.1 * errors[0], errors


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_the_less_the_output_errs_the_closer_is_a_rest_to_backprop_of_its_error(seed):
    distances = []
    for error in (0.5, 0.05, 0.005):
        population, x, y = born(seed, rate=1.0, steps=60)
        w = [part[0] for part in weights(population)]
        forward = np.exp(population.rule.answer(x))
        near = (1 - error) * forward + error * y
        population.rule.learn(x, near, 1.0)
        moved = [part[0] - old for part, old in zip(weights(population), w, strict=True)]
        _, rest, _ = told(w, x, near[0].astype(np.float64), population.settings)
        distances.append(distance(moved, backprop(w, x, rest[-1])))
    assert distances == sorted(distances, reverse=True), distances
    assert distances[-1] < 0.1 * distances[0], distances


def test_it_needs_the_reverse_read_and_settling_and_is_refused_without():
    assert PredictiveCodingSettings().needs() == (Need.REVERSE_READ, Need.SETTLING)
    with pytest.raises(RuleError, match=r"reverse-read.*mortal-default"):
        grow("mortal-default", LAYERS, 1, NAME)


def test_every_step_of_the_state_is_a_read_both_ways_and_takes_time_and_energy():
    spent = []
    for steps in (1, 2, 4):
        rule = {"name": NAME, "steps": steps, "rate": 1e-9}
        population = grow("gokmen-vlasov2016", LAYERS, 2, rule, classes=CLASSES)
        x, y = np.ones((10, 6), np.float32), np.eye(3, dtype=np.float32)[np.arange(10) % 3]
        population.rule.learn(x, y, 1.0)
        spent.append(population.ledger())
        assert (spent[-1].reads == 10 * (3 + steps * 4)).all(), spent[-1].reads
    for name in ("busy", "read"):
        once, twice, often = (getattr(ledger, name) for ledger in spent)
        assert (twice > once).all()
        assert often - twice == pytest.approx(2 * (twice - once), rel=0.2)


def test_soft_targets_are_reached_softly():
    population = grow("exact", (8, 32), 2, {"name": NAME, "rate": 0.1}, classes=3)
    x = np.eye(8, dtype=np.float32)
    targets = np.random.default_rng(1).dirichlet([1, 1, 1], 8).astype(np.float32)
    for _ in range(400):
        population.rule.learn(x, targets, 1.0)
    far = np.abs(np.exp(population.answer(x)) - targets).max()
    assert far < 0.05, far


@pytest.mark.parametrize(("technology", "least"), [("exact", 0.88), ("gokmen-vlasov2016", 0.8)])
def test_it_learns_digits_and_the_untaught_guess(technology, least):
    data = load_data("digits", train=800, test=400)
    population = grow(technology, (64, 32), 2, NAME, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=4)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught

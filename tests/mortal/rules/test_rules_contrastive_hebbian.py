"""Contrastive Hebbian learning does what its equations say, and comes close to backprop."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from devices import probe
from mortal import grow, load_data
from mortal.errors import RuleError
from mortal.rules import ContrastiveHebbianSettings, Need

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=20)

LAYERS = (6, 8, 5)
CLASSES = 3
NAME = "contrastive-hebbian"


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


def lines(s, biased):
    return np.column_stack([s, np.ones(len(s))]) if biased else s


def told(w, x, y, rule):
    """Two hidden layers, written out: free answers, and what each array should gain."""
    one, two, out = w
    g, b, slope = rule.feedback, rule.bias, rule.slope
    from_input = lines(x, b) @ one
    h1 = np.clip(slope * from_input, 0, 1)
    h2 = np.clip(slope * lines(h1, b) @ two, 0, 1)
    o = lines(h2, b) @ out
    for _ in range(rule.steps):
        h1 = np.clip(slope * (from_input + g * h2 @ two.T[:, :8]), 0, 1)
        h2 = np.clip(slope * (lines(h1, b) @ two + g * o @ out.T[:, :5]), 0, 1)
        o = lines(h2, b) @ out
    c1, c2 = h1, h2
    for _ in range(rule.clamped_steps):
        c1 = np.clip(slope * (from_input + g * c2 @ two.T[:, :8]), 0, 1)
        c2 = np.clip(slope * (lines(c1, b) @ two + g * y @ out.T[:, :5]), 0, 1)
    gains = [
        rule.rate / g**2 * (lines(x, b).T @ c1 - lines(x, b).T @ h1),
        rule.rate / g * (lines(c1, b).T @ c2 - lines(h1, b).T @ h2),
        rule.output_rate / 5 * (lines(c2, b).T @ y - lines(h2, b).T @ o),
    ]
    p = np.maximum(o, 0) + 0.01
    return p / p.sum(axis=1, keepdims=True), gains


@law
@given(
    seed=st.integers(0, 1000),
    rate=st.floats(0.05, 0.3),
    output_rate=st.floats(0.1, 0.5),
    feedback=st.floats(0.2, 1),
    slope=st.floats(0.3, 1),
    decay=st.floats(0.5, 2),
    sweeps=st.tuples(st.integers(1, 4), st.integers(1, 3)),
    bias=st.booleans(),
)
def test_one_step_changes_the_weights_by_the_clamped_products_less_the_free_ones(
    seed, rate, output_rate, feedback, slope, decay, sweeps, bias
):
    population, x, y = born(
        seed, rate=rate, output_rate=output_rate, feedback=feedback, slope=slope,
        steps=sweeps[0], clamped_steps=sweeps[1], bias=bias,
    )  # fmt: skip
    before = weights(population)
    answers = population.rule.learn(x, y, decay)
    after = weights(population)
    for device in range(2):
        w = [part[device] for part in before]
        expected, gains = told(w, x, y[device].astype(np.float64), population.settings)
        assert answers[device] == pytest.approx(expected, abs=1e-5)
        for old, new, gain in zip(w, after, gains, strict=True):
            wrong = np.abs(new[device] - old - decay * gain).max()
            # What float32 leaves of a difference of states; at the most divided by feedback^2.
            rounding = 1e-6 + 3e-6 * decay * rate / feedback**2
            assert wrong < 1e-3 * np.abs(gain).max() + rounding, (wrong, np.abs(gain).max())
        assume(np.abs(gains[-1]).max() > 1e-4)  # a step that does nothing proves nothing


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_weaker_the_feedback_the_closer_to_backprop(seed):
    errors = []
    for feedback in (0.5, 0.1, 0.01):
        population, x, y = born(
            seed, rate=0.1, output_rate=0.1 * LAYERS[-1], feedback=feedback, slope=0.5, steps=30,
            clamped_steps=30,
        )  # fmt: skip
        w = [part[0] for part in weights(population)]
        true = [0.1 * part for part in backprop(w, x, y[0], 0.5)]
        population.rule.learn(x, y, 1.0)
        moved = [part[0] - old for part, old in zip(weights(population), w, strict=True)]
        wrong = sum(((m - t) ** 2).sum() for m, t in zip(moved, true, strict=True))
        errors.append(float(np.sqrt(wrong / sum((t**2).sum() for t in true))))
    assert errors == sorted(errors, reverse=True), errors
    assert errors[-1] < 0.05, errors
    assert errors[-1] < 0.1 * errors[0], errors


def backprop(w, x, y, slope):
    """Minus the gradient of sum |y - o|^2 / 2 of a net that only goes forward."""
    below, active = [lines(x, True)], []
    for part in w[:-1]:
        a = slope * below[-1] @ part
        active.append(slope * ((a > 0) & (a < 1)))
        below.append(lines(np.clip(a, 0, 1), True))
    blame, descent = y - below[-1] @ w[-1], []
    for at in reversed(range(len(w))):
        descent.insert(0, below[at].T @ blame)
        if at:
            blame = active[at - 1] * (blame @ w[at].T)[:, :-1]
    return descent


def test_it_needs_the_reverse_read_and_settling_and_is_refused_without():
    assert ContrastiveHebbianSettings().needs() == (Need.REVERSE_READ, Need.SETTLING)
    with pytest.raises(RuleError, match=r"reverse-read.*mortal-default"):
        grow("mortal-default", LAYERS, 1, NAME)


def test_every_sweep_is_read_and_the_clamped_output_is_not():
    rule = {"name": NAME, "steps": 3, "clamped_steps": 2}
    population = grow("exact", LAYERS, 2, rule, classes=CLASSES)
    population.rule.learn(np.ones((10, 6), np.float32), np.ones((10, 3), np.float32) / 3, 1.0)
    # Forward; free sweeps, two reads either way; clamped ones, one forward and two back.
    assert (population.ledger().reads == 10 * (3 + 3 * 4 + 2 * 3)).all()


@pytest.mark.parametrize(("technology", "least"), [("exact", 0.8), ("gokmen-vlasov2016", 0.6)])
def test_it_learns_digits_and_the_untaught_guess(technology, least):
    data = load_data("digits", train=800, test=400)
    rule = {"name": NAME, "rate": 0.2, "output_rate": 0.1}
    population = grow(technology, (64, 32), 2, rule, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=5)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught

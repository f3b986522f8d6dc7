"""Mono-Forward does what its equations say, against float64 NumPy that shares no code with it."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from devices import probe
from mortal import grow, load_data
from mortal.rules import MonoForwardSettings

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=25)

LAYERS = (7, 12, 9)
CLASSES = 4


def weights(population):
    return {name: probe.weights(a).astype(np.float64) for name, a in population.arrays.items()}


def probabilities(scores):
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)


def told(w, m, x, y, s):
    """One step of one device, after the declaration: new W and M of each layer, and the answers."""
    w, m, total = dict(w), dict(m), 0.0
    for layer in w:
        rows = np.column_stack([x, np.abs(x).max(axis=1)]) if s.bias else x
        a = rows @ w[layer]
        h = np.where(a > 0, a, 0)
        rms = np.sqrt((h**2).mean(axis=1, keepdims=True))
        assume(rms.min() > 0.02)  # float32 knows nearly silent layers badly
        x = h / rms
        scores = x @ m[layer]
        e = y - probabilities(scores)
        w[layer] = w[layer] + s.rate * rows.T @ ((a > 0) * (e @ m[layer].T))
        m[layer] = m[layer] + s.label_rate / h.shape[1] * x.T @ e
        total = total + scores
    return w, m, probabilities(total)


def taught(rule, seed, devices=2, batch=6):
    """A population with label matrices that already say something, inputs and soft targets."""
    population = grow("exact", LAYERS, devices, {"name": "mono-forward", **rule}, seed, classes=4)
    random = np.random.default_rng(seed)
    x = random.random((batch, LAYERS[0]), np.float32)
    y = random.dirichlet(np.ones(CLASSES), (devices, batch)).astype(np.float32)
    for name, matrix in population.rule.memory.items():
        matrix[:] = random.normal(size=matrix.shape)
        assert name.startswith("label")
    for name, array in population.arrays.items():
        if name.startswith("label"):
            array.update(random.normal(size=(1, array.rows)), random.normal(size=(1, CLASSES)), 1.0)
    return population, x, y


def label_matrices(population):
    found = weights(population) | population.rule.memory
    return {f"layer{n}": found[f"label{n}"].astype(np.float64) for n in (1, 2)}


def layer_weights(population):
    return {name: w for name, w in weights(population).items() if name.startswith("layer")}


@law
@given(
    seed=st.integers(0, 1000),
    rate=st.floats(0.05, 0.3),
    label_rate=st.floats(0.5, 2),
    decay=st.floats(0.5, 2),
    bias=st.booleans(),
    where=st.sampled_from(["digital", "array"]),
)
def test_one_step_changes_weights_and_labels_by_what_the_equations_say(
    seed, rate, label_rate, decay, bias, where
):
    rule = {"rate": rate, "label_rate": label_rate, "bias": bias, "label_matrix": where}
    population, x, y = taught(rule, seed)
    before = layer_weights(population), label_matrices(population)
    given_answers = population.rule.learn(x, y, decay)
    after = layer_weights(population), label_matrices(population)
    # A schedule's rate multiplies both rates of the rule.
    declared = MonoForwardSettings(rate=rate * decay, label_rate=label_rate * decay, bias=bias)
    for device in range(2):
        w, m = ({name: part[device] for name, part in side.items()} for side in before)
        new_w, new_m, answers = told(w, m, x.astype(np.float64), y[device], declared)
        for name in w:
            for new, old, found in (
                (new_w[name], w[name], after[0][name][device]),
                (new_m[name], m[name], after[1][name][device]),
            ):
                moved, wrong = np.abs(new - old).max(), np.abs(new - found).max()
                assert moved > 2e-5, "a step that does nothing proves nothing"
                assert wrong < 1e-4 * moved + 1e-6, (wrong, moved)
        assert given_answers[device] == pytest.approx(answers, abs=1e-5)


@law
@given(seed=st.integers(0, 1000), bias=st.booleans())
def test_answers_are_the_logarithm_of_a_plain_forward_pass(seed, bias):
    population, x, y = taught({"bias": bias}, seed)
    answers = population.answer(x)
    assert answers.shape == (2, len(x), CLASSES)
    declared = MonoForwardSettings(bias=bias)
    for device in range(2):
        w = {name: part[device] for name, part in layer_weights(population).items()}
        m = {name: part[device] for name, part in label_matrices(population).items()}
        _, _, expected = told(w, m, x.astype(np.float64), y[device], declared)
        assert np.exp(answers[device]) == pytest.approx(expected, abs=1e-5)


def test_answering_changes_no_weight_and_no_label():
    population, x, _ = taught({}, 3)
    before = weights(population), {k: v.copy() for k, v in population.rule.memory.items()}
    population.answer(x)
    for name, old in before[0].items():
        assert np.array_equal(weights(population)[name], old)
    for name, old in before[1].items():
        assert np.array_equal(population.rule.memory[name], old)


def test_a_born_population_knows_nothing_and_learns_its_labels_first():
    population = grow("exact", LAYERS, 2, "mono-forward", classes=CLASSES)
    x = np.random.default_rng(0).random((5, LAYERS[0]), np.float32)
    assert np.exp(population.answer(x)) == pytest.approx(1 / CLASSES)
    before = weights(population)
    population.rule.learn(x, np.eye(CLASSES, dtype=np.float32)[[0, 1, 2, 3, 0]], 1.0)
    for name, old in before.items():
        assert np.array_equal(weights(population)[name], old), "M was zero, so M e is"
        assert np.abs(population.rule.memory[name.replace("layer", "label")]).max() > 0.01


def test_shared_targets_teach_like_the_same_targets_for_every_device():
    shared, x, y = taught({}, 5)
    own, _, _ = taught({}, 5)
    shared.rule.learn(x, y[0], 1.0)
    own.rule.learn(x, np.stack([y[0], y[0]]), 1.0)
    for name, w in weights(shared).items():
        assert np.array_equal(w, weights(own)[name])


def test_soft_targets_are_reached_softly():
    population = grow("exact", (8, 32), 2, "mono-forward", classes=3)
    x = np.eye(8, dtype=np.float32)
    targets = np.random.default_rng(1).dirichlet([1, 1, 1], 8).astype(np.float32)
    for _ in range(300):
        population.rule.learn(x, targets, 1.0)
    far = np.abs(np.exp(population.answer(x)) - targets).max()
    assert far < 0.05, far


@pytest.mark.parametrize(
    ("technology", "least"), [("exact", 0.85), ("mortal-default", 0.75), ("ecram-tang2018", 0.7)]
)
def test_it_learns_digits_and_the_untaught_guess(technology, least):
    rule = {"name": "mono-forward"}
    if technology.startswith("ecram"):
        rule["label_matrix"] = "array"
    data = load_data("digits", train=800, test=400)
    population = grow(technology, (64, 32), 2, rule, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=4)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.25, untaught
    assert taught.min() > least, taught


def test_digital_work_beside_the_arrays_is_paid_for():
    population = grow("mortal-default", (7, 5, 6), 2, "mono-forward", classes=CLASSES)
    x = np.random.default_rng(0).random((10, 7), np.float32)
    population.answer(x)
    scores = 10 * (5 + 6) * CLASSES * population.technology.energy.digital
    assert population.ledger().digital == pytest.approx(scores)
    population.rule.learn(x, np.full((10, CLASSES), 0.25, np.float32), 1.0)
    assert population.ledger().digital == pytest.approx(4 * scores), "scores, blame and labels"
